#include "io/schema_registry.hpp"

#include "core/assert.hpp"
#include "io/curl_errc.hpp"
#include "io/curl_trust.hpp"
#include "io/output_file.hpp"
#include "io/tls_context.hpp"
#include "sink/crc32c.hpp"

#include <curl/curl.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <limits>
#include <memory>

namespace k2::io {
namespace {

/// No answer of a registry is longer than a schema.
constexpr std::size_t kBodyBytesMax = std::size_t{1} << 20;

/// So much of a registry's own words is repeated. Chosen: the first sentences say it.
constexpr std::size_t kRefusalBytesMax = 400;

struct CurlDeleter {
  void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  void operator()(curl_slist* list) const noexcept { curl_slist_free_all(list); }
  void operator()(char* text) const noexcept { curl_free(text); }
};
template <class T>
using CurlOwned = std::unique_ptr<T, CurlDeleter>;

struct Answer {
  long status = 0;
  std::string body;
};

std::size_t on_body(char* data, std::size_t one, std::size_t size, void* user) {
  auto& body = *static_cast<std::string*>(user);
  if (body.size() + one * size > kBodyBytesMax) return 0;
  body.append(data, one * size);
  return one * size;
}

/// The URL as it may be shown: without user and password.
std::string shown(std::string_view url) {
  auto const begin = url.find("://") + 3;
  auto const at = url.substr(0, url.find('/', begin)).rfind('@');
  if (at == std::string_view::npos || at < begin) return std::string{url};
  return std::string{url.substr(0, begin)}.append(url.substr(at + 1));
}

/// Returns the reason of a registry's refusal, in its own text where it has some.
std::string refusal(std::string_view body) {
  auto const json = nlohmann::json::parse(body, nullptr, false);
  if (json.is_object() && json.contains("message") && json["message"].is_string()) {
    return json["message"].get<std::string>().substr(0, kRefusalBytesMax);
  }
  return std::string{body.substr(0, kRefusalBytesMax)};
}

Result<std::int32_t> read_answer(RegistryOptions const& options, std::string_view subject,
                                 Answer const& answer) {
  long const status = answer.status;
  std::string const where = fmt::format("{}, subject {}", shown(options.url), subject);
  if (status == 200) {
    auto const json = nlohmann::json::parse(answer.body, nullptr, false);
    if (json.is_object() && json.contains("id") && json["id"].is_number_integer()) {
      auto const id = json["id"].get<std::int64_t>();
      if (id >= 0 && id <= std::numeric_limits<std::int32_t>::max()) {
        return static_cast<std::int32_t>(id);
      }
    }
    return Error{Errc::kRegistryRefused,
                 where +
                     ": the answer holds no schema id; is this a schema registry's URL, with "
                     "its path?"};
  }
  if (status >= 500) return Error{Errc::kHttpStatus, fmt::format("{}: status {}", where, status)};
  std::string_view remedy = "check kafka.schema_registry_url";
  if (status == 409) {
    remedy = "the subject holds another schema that is incompatible: use another kafka.topic";
  } else if (status == 401 || status == 403) {
    remedy = "check user and password in kafka.schema_registry_url, and their rights";
  }
  return Error{Errc::kRegistryRefused, fmt::format("{}: status {}; {}; its answer: {}", where,
                                                   status, remedy, refusal(answer.body))};
}

/// Posts the schema to the subject, with a path before and behind it.
Result<Answer> post(RegistryOptions const& options, std::string_view subject,
                    std::string_view schema, std::string_view path, std::string_view before = "") {
  CurlOwned<CURL> const easy{curl_easy_init()};
  K2_ASSERT(easy != nullptr);
  CurlOwned<char> const escaped{
      curl_easy_escape(easy.get(), subject.data(), static_cast<int>(subject.size()))};
  std::string const url =
      fmt::format("{}{}/subjects/{}{}", options.url, before, escaped.get(), path);
  std::string const question = nlohmann::json{{"schema", schema}}.dump();
  CurlOwned<curl_slist> const headers{
      curl_slist_append(nullptr, "Content-Type: application/vnd.schemaregistry.v1+json")};
  Answer answer;
  char words[CURL_ERROR_SIZE] = {};
  curl_easy_setopt(easy.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(easy.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy.get(), CURLOPT_USERAGENT, "k2");
  curl_easy_setopt(easy.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(easy.get(), CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
  curl_easy_setopt(easy.get(), CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  curl_easy_setopt(easy.get(), CURLOPT_SSL_CIPHER_LIST, kTlsCiphers);
  CurlTrust trust{{.custom_ca_bundle = options.custom_ca_bundle}};
  CurlTrust::Use use;
  trust.apply(easy.get(), url, use);
  curl_easy_setopt(easy.get(), CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(easy.get(), CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(easy.get(), CURLOPT_POSTFIELDS, question.c_str());
  curl_easy_setopt(easy.get(), CURLOPT_WRITEFUNCTION, &on_body);
  curl_easy_setopt(easy.get(), CURLOPT_WRITEDATA, &answer.body);
  curl_easy_setopt(easy.get(), CURLOPT_ERRORBUFFER, words);
  CURLcode const result = curl_easy_perform(easy.get());
  if (result == CURLE_WRITE_ERROR) {
    return Error{Errc::kHttpFailed,
                 fmt::format("the schema registry {}: its answer is longer than {} bytes; check "
                             "kafka.schema_registry_url",
                             shown(options.url), kBodyBytesMax)};
  }
  if (use.error) {
    return Error{errc_of_curl(result),
                 fmt::format("the schema registry {}: {}; check kafka.schema_registry_ca",
                             shown(options.url), use.error->detail)};
  }
  if (result != CURLE_OK) {
    return Error{
        errc_of_curl(result),
        fmt::format("the schema registry {}: {}; check kafka.schema_registry_url",
                    shown(options.url), words[0] != 0 ? words : curl_easy_strerror(result))};
  }
  curl_easy_getinfo(easy.get(), CURLINFO_RESPONSE_CODE, &answer.status);
  return answer;
}

nlohmann::json read_known(std::filesystem::path const& file) {
  std::ifstream stream{file};
  auto json = nlohmann::json::parse(stream, nullptr, false);
  // A damaged file only costs what it was to save.
  return json.is_object() ? json : nlohmann::json::object();
}

}  // namespace

Result<std::int32_t> register_schema(RegistryOptions const& options, std::string_view subject,
                                     std::string_view schema) {
  // Looked up first: a client that may only read a registry can still use existing schemas.
  auto const found = post(options, subject, schema, "");
  if (!found) return found.error();
  if (found->status == 200 || found->status >= 500) return read_answer(options, subject, *found);
  auto const made = post(options, subject, schema, "/versions");
  if (!made) return made.error();
  return read_answer(options, subject, *made);
}

Result<SchemaView> view_schema(RegistryOptions const& options, std::string_view subject,
                               std::string_view schema) {
  auto const found = post(options, subject, schema, "");
  if (!found) return found.error();
  if (found->status != 404) {
    auto const id = read_answer(options, subject, *found);
    if (!id) return id.error();
    return SchemaView{.id = *id};
  }
  auto const fits = post(options, subject, schema, "/versions/latest", "/compatibility");
  if (!fits) return fits.error();
  // A subject that is not there takes whatever comes first.
  if (fits->status == 404) return SchemaView{};
  auto const json = nlohmann::json::parse(fits->body, nullptr, false);
  if (fits->status == 200 && json.is_object() && json.contains("is_compatible") &&
      json["is_compatible"].is_boolean()) {
    if (json["is_compatible"].get<bool>()) return SchemaView{};
    return SchemaView{.fits = false, .why = std::string{fits->body.substr(0, kRefusalBytesMax)}};
  }
  auto const refused = read_answer(options, subject, *fits);
  return refused ? Error{Errc::kRegistryRefused, refusal(fits->body)} : refused.error();
}

KnownSchemas::KnownSchemas(std::filesystem::path const& data_dir, std::string_view registry_url)
    : file_(data_dir / "schema-ids.json"), registry_(shown(registry_url)) {}

/// Identifies a schema under its subject of this registry. Entries of versions that did not store
/// the registry are never found: which one gave them is not known.
std::string KnownSchemas::name_of(std::string_view subject, std::string_view schema) const {
  return fmt::format("{}#{:08x}@{}", subject, sink::crc32c(schema), registry_);
}

std::int32_t KnownSchemas::find(std::string_view subject, std::string_view schema) const {
  auto const known = read_known(file_);
  auto const found = known.find(name_of(subject, schema));
  return found != known.end() && found->is_number_integer() ? found->get<std::int32_t>() : -1;
}

Result<void> KnownSchemas::remember(std::string_view subject, std::string_view schema,
                                    std::int32_t id) const {
  auto known = read_known(file_);
  known[name_of(subject, schema)] = id;
  auto file = OutputFile::open(file_);
  if (!file) return file.error();
  if (auto const written = file->write(known.dump() + "\n"); !written) return written;
  return file->commit();
}

}  // namespace k2::io
