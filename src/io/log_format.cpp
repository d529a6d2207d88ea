#include "io/log_format.hpp"

#include "core/utf8.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace k2::io {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";  // U+FFFD

/// Units: bytes of the code point that `text` starts with; 0 when it starts with none.
std::size_t code_point_size(std::string_view text) {
  for (std::size_t size = 1; size <= std::min<std::size_t>(4, text.size()); ++size) {
    if (is_utf8(text.substr(0, size))) return size;
  }
  return 0;
}

// Inside double quotes; the escapes are JSON's, which logfmt readers take as well.
void append_quoted(std::string& out, std::string_view text) {
  out.push_back('"');
  for (std::size_t at = 0; at < text.size();) {
    auto const byte = static_cast<unsigned char>(text[at]);
    if (byte >= 0x80) {
      auto const size = code_point_size(text.substr(at));
      out.append(size == 0 ? kReplacement : text.substr(at, size));
      at += std::max<std::size_t>(size, 1);
      continue;
    }
    switch (byte) {
      case '"':
        out.append("\\\"");
        break;
      case '\\':
        out.append("\\\\");
        break;
      case '\n':
        out.append("\\n");
        break;
      case '\r':
        out.append("\\r");
        break;
      case '\t':
        out.append("\\t");
        break;
      default:
        if (byte < 0x20 || byte == 0x7F) {
          fmt::format_to(std::back_inserter(out), "\\u{:04x}", byte);
        } else {
          out.push_back(static_cast<char>(byte));
        }
    }
    ++at;
  }
  out.push_back('"');
}

bool is_bare_logfmt(std::string_view text) {
  return !text.empty() && std::ranges::all_of(text, [](char c) {
    return c > ' ' && c < 0x7F && c != '"' && c != '=' && c != '\\';
  });
}

// Units: bytes of one text. Chosen: a whole URL or reply fits, a reply of megabytes does not.
constexpr std::size_t kTextMax = 4096;

void append_text(std::string& out, LogFormat format, std::string_view text) {
  if (text.size() > kTextMax) {
    append_quoted(out, std::string{text.substr(0, kTextMax)} + "\u2026");
    return;
  }
  if (format == LogFormat::kLogfmt && is_bare_logfmt(text)) {
    out.append(text);
  } else {
    append_quoted(out, text);
  }
}

struct AppendValue {
  std::string& out;
  LogFormat format;

  void operator()(std::string_view text) const { append_text(out, format, text); }
  void operator()(bool flag) const { out.append(flag ? "true" : "false"); }
  void operator()(double number) const {
    // JSON has neither infinity nor NaN.
    if (format == LogFormat::kJson && !std::isfinite(number)) {
      out.append("null");
    } else {
      fmt::format_to(std::back_inserter(out), "{}", number);
    }
  }
  void operator()(auto integer) const { fmt::format_to(std::back_inserter(out), "{}", integer); }
};

void append_name(std::string& out, LogFormat format, std::string_view name) {
  if (!out.empty() && out != "{") out.push_back(format == LogFormat::kJson ? ',' : ' ');
  append_text(out, format, name);
  out.push_back(format == LogFormat::kJson ? ':' : '=');
}

}  // namespace

std::string_view log_level_name(LogLevel level) noexcept {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarn:
      return "warn";
    case LogLevel::kError:
      return "error";
  }
  return "unknown";
}

std::string log_timestamp(UtcTime time) {
  auto const seconds = std::chrono::floor<std::chrono::seconds>(time);
  auto const micros = (time - seconds).count();
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:06}Z", fmt::gmtime(seconds.time_since_epoch().count()),
                     micros);
}

std::string format_log_line(LogFormat format, UtcTime time, LogLevel level, std::string_view event,
                            std::span<LogField const> fields) {
  std::string line;
  line.reserve(128);
  if (format == LogFormat::kJson) line.push_back('{');
  AppendValue const append{line, format};
  append_name(line, format, "ts");
  append(std::string_view{log_timestamp(time)});
  append_name(line, format, "level");
  append(log_level_name(level));
  append_name(line, format, "event");
  append(event);
  for (auto const& field : fields) {
    append_name(line, format, field.name);
    std::visit(append, field.value);
  }
  if (format == LogFormat::kJson) line.push_back('}');
  return line;
}

}  // namespace k2::io
