#include "io/tls_client.hpp"

#include "io/log.hpp"

#include <sys/stat.h>
#include <utility>

namespace k2::io {

TlsClient::TlsClient(TlsClientOptions options, SslCtx context, State state)
    : options_(std::move(options)), context_(std::move(context)), state_(state) {}

Result<TlsClient> TlsClient::make(TlsClientOptions options) {
  State const state = state_of(options.custom_ca_bundle);
  auto context = make_tls_client(options);
  if (!context) return context.error();
  return TlsClient{std::move(options), *std::move(context), state};
}

TlsClient::State TlsClient::state_of(std::string const& file) {
  struct stat found{};
  if (file.empty() || ::stat(file.c_str(), &found) != 0) return {};
  return {found.st_ino, found.st_size,
          std::int64_t{found.st_mtim.tv_sec} * 1'000'000'000 + found.st_mtim.tv_nsec};
}

SSL_CTX* TlsClient::context() {
  State const state = state_of(options_.custom_ca_bundle);
  if (state == state_) return context_.get();
  auto context = make_tls_client(options_);
  if (context) {
    context_ = *std::move(context);
    state_ = state;
    log_event(LogLevel::kInfo, "ca_bundle.reloaded", {{"file", options_.custom_ca_bundle}});
  } else {
    // It may be half written: the next connection looks again.
    log_event_limited(LogLevel::kWarn, "ca_bundle.refused", "",
                      {{"error", context.error().to_string()},
                       {"action", "the authorities read before stay in use; correct the file"}});
  }
  return context_.get();
}

}  // namespace k2::io
