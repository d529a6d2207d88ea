// The schema registry (Confluent's REST API, which Apicurio and others speak as well): gives a
// schema and gets its id. Blocks its caller; used when a producer's life begins.
#pragma once

#include "core/result.hpp"
#include "io/kafka_options.hpp"

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace k2::io {

/// The id of the schema under the subject: looked up, and registered when it is not there yet.
/// Errors: kRegistryRefused (an incompatible schema among others, with the registry's words),
/// kHttpStatus, kHttpFailed, kConnectFailed, kDnsFailed, kTimeout, kTlsCertificate.
[[nodiscard]] Result<std::int32_t> register_schema(RegistryOptions const& options,
                                                   std::string_view subject,
                                                   std::string_view schema);

/// The registry's view of a schema that is not being registered.
struct SchemaView {
  /// The id under which it is registered already.
  std::optional<std::int32_t> id{};
  /// True if the registry would accept it; otherwise its reason.
  bool fits = true;
  std::string why{};
};
/// Queries the registry and changes nothing.
/// Errors: those of register_schema().
[[nodiscard]] Result<SchemaView> view_schema(RegistryOptions const& options,
                                             std::string_view subject, std::string_view schema);

/// The ids that were learned, kept beside the journal so that a start with the registry down works.
/// They are those of one registry: another URL has ids of its own. User and password of the URL are
/// not stored.
class KnownSchemas {
 public:
  KnownSchemas(std::filesystem::path const& data_dir, std::string_view registry_url);

  /// The id under which this very schema was registered last, or a negative number.
  [[nodiscard]] std::int32_t find(std::string_view subject, std::string_view schema) const;
  /// Remembers it durably.
  /// Errors: kFileFailed, kDiskFull.
  [[nodiscard]] Result<void> remember(std::string_view subject, std::string_view schema,
                                      std::int32_t id) const;

 private:
  [[nodiscard]] std::string name_of(std::string_view subject, std::string_view schema) const;

  std::filesystem::path file_;
  std::string registry_;
};

}  // namespace k2::io
