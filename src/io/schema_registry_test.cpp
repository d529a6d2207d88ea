#include "io/schema_registry.hpp"

#include "io/throwaway_ca.hpp"
#include "io/tls_context.hpp"
#include "tests/support/stub_registry.hpp"
#include "tests/support/temp_dir.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>

namespace k2::io {
namespace {

using namespace std::chrono_literals;
using test::reply;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char const* kSchema = R"({"type": "string"})";
constexpr char const* kRegistryUrl = "http://registry:8081";

/// Answers every request alike.
HttpServer::Handler always(unsigned status, std::string body) {
  return [=](HttpServerRequest const&) { return reply(status, body); };
}

bool is_lookup(HttpServerRequest const& request) {
  return !request.target.ends_with("/versions");
}

TEST(SchemaRegistry, FindsASchemaThatIsThereWithoutWriting) {
  test::StubRegistry registry{always(200, R"({"subject":"t-value","version":3,"id":41})")};
  auto const id = register_schema(registry.options(), "t-value", kSchema);
  EXPECT_EQ(id.value(), 41);
  EXPECT_THAT(registry.targets(), ElementsAre("POST /subjects/t-value"));
  EXPECT_EQ(registry.last().header("content-type"), "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(nlohmann::json::parse(registry.last().body), (nlohmann::json{{"schema", kSchema}}));
}

TEST(SchemaRegistry, RegistersASchemaThatIsNotThere) {
  test::StubRegistry registry{[](HttpServerRequest const& request) {
    return is_lookup(request) ? reply(404, R"({"error_code":40401,"message":"none"})")
                              : reply(200, R"({"id":7})");
  }};
  auto const id = register_schema(registry.options("http", "", "/apis/ccompat/v7"), "a/b", kSchema);
  EXPECT_EQ(id.value(), 7);
  EXPECT_THAT(registry.targets(), ElementsAre("POST /apis/ccompat/v7/subjects/a%2Fb",
                                              "POST /apis/ccompat/v7/subjects/a%2Fb/versions"));
}

TEST(SchemaRegistry, TellsAnIncompatibilityInTheRegistrysWords) {
  test::StubRegistry registry{[](HttpServerRequest const& request) {
    return is_lookup(request) ? reply(404, "{}")
                              : reply(409, R"({"message":"field 'side' was removed"})");
  }};
  auto const id = register_schema(registry.options(), "t-value", kSchema);
  EXPECT_EQ(id.error().code, Errc::kRegistryRefused);
  EXPECT_THAT(id.error().detail,
              AllOf(HasSubstr("subject t-value"), HasSubstr("status 409"),
                    HasSubstr("use another kafka.topic"), HasSubstr("field 'side' was removed")));
}

TEST(SchemaRegistry, LogsInAndNeverTellsThePassword) {
  test::StubRegistry registry{[](HttpServerRequest const& request) {
    // "me:p@ss" in base 64.
    return request.header("authorization") == "Basic bWU6cEBzcw==" ? reply(200, R"({"id":1})")
                                                                   : reply(401, "who are you?");
  }};
  EXPECT_EQ(register_schema(registry.options("http", "me:p%40ss@"), "s", kSchema).value(), 1);
  auto const wrong = register_schema(registry.options("http", "me:hunter2@"), "s", kSchema);
  EXPECT_EQ(wrong.error().code, Errc::kRegistryRefused);
  EXPECT_THAT(wrong.error().detail, AllOf(HasSubstr("check user and password"),
                                          HasSubstr("who are you?"), Not(HasSubstr("hunter2"))));
}

TEST(SchemaRegistry, NeverTellsThePasswordOfOneThatIsAway) {
  RegistryOptions options;
  {
    test::StubRegistry registry{always(200, "")};
    options = registry.options("http", "me:hunter2@", "/path");
  }
  auto const id = register_schema(options, "s", kSchema);
  EXPECT_EQ(id.error().code, Errc::kConnectFailed);
  EXPECT_THAT(id.error().detail,
              AllOf(HasSubstr("check kafka.schema_registry_url"), Not(HasSubstr("hunter2"))));
}

TEST(SchemaRegistry, TrustsTheAuthorityThatItIsGivenAndNoOther) {
  test::TempDir const folder;
  auto const files = ThrowawayAuthority{}.write(folder.path().string(), {"127.0.0.1"}).value();
  auto const tls = make_tls_server(files.certificate_file, files.key_file).value();
  test::StubRegistry registry{always(200, R"({"id":5})"), tls.get()};
  auto options = registry.options("https");
  EXPECT_EQ(register_schema(options, "s", kSchema).error().code, Errc::kTlsCertificate);
  options.custom_ca_bundle = files.ca_file;
  EXPECT_EQ(register_schema(options, "s", kSchema).value(), 5);
}

struct Nonsense {
  char const* name;
  unsigned status;
  std::string body;
  Errc code;
};
void PrintTo(Nonsense const& nonsense, std::ostream* out) {
  *out << nonsense.name;
}
class RegistryNonsense : public testing::TestWithParam<Nonsense> {};

TEST_P(RegistryNonsense, IsAnErrorThatNamesTheSetting) {
  test::StubRegistry registry{always(GetParam().status, GetParam().body)};
  auto const id = register_schema(registry.options(), "s", kSchema);
  ASSERT_TRUE(id.has_error());
  EXPECT_EQ(id.error().code, GetParam().code);
  EXPECT_THAT(id.error().detail, HasSubstr("127.0.0.1"));
  EXPECT_LT(id.error().detail.size(), 700U);
}

INSTANTIATE_TEST_SUITE_P(
    Answers, RegistryNonsense,
    testing::Values(Nonsense{"Html", 200, "<html>welcome</html>", Errc::kRegistryRefused},
                    Nonsense{"Empty", 200, "", Errc::kRegistryRefused},
                    Nonsense{"NoId", 200, "{}", Errc::kRegistryRefused},
                    Nonsense{"List", 200, "[1]", Errc::kRegistryRefused},
                    Nonsense{"TextId", 200, R"({"id":"1"})", Errc::kRegistryRefused},
                    Nonsense{"FractionId", 200, R"({"id":1.5})", Errc::kRegistryRefused},
                    Nonsense{"NegativeId", 200, R"({"id":-1})", Errc::kRegistryRefused},
                    Nonsense{"LargeId", 200, R"({"id":2147483648})", Errc::kRegistryRefused},
                    Nonsense{"CutJson", 200, R"({"id":1)", Errc::kRegistryRefused},
                    Nonsense{"Moved", 301, "", Errc::kRegistryRefused},
                    Nonsense{"LongRefusal", 422, std::string(100'000, 'x'), Errc::kRegistryRefused},
                    Nonsense{"LongMessage", 422,
                             "{\"message\":\"" + std::string(100'000, 'x') + "\"}",
                             Errc::kRegistryRefused},
                    Nonsense{"OddMessage", 422, R"({"message":{"a":1}})", Errc::kRegistryRefused},
                    Nonsense{"Broken", 500, R"({"message":"storage"})", Errc::kHttpStatus},
                    Nonsense{"Away", 503, "", Errc::kHttpStatus},
                    Nonsense{"Endless", 200, std::string((1U << 20) + 1, ' '), Errc::kHttpFailed}),
    [](auto const& info) { return info.param.name; });

TEST(SchemaRegistry, WaitsNoLongerThanItMay) {
  test::StubRegistry registry{[](HttpServerRequest const&) {
    auto slow = reply(200, R"({"id":1})");
    slow.delay = 60s;
    return slow;
  }};
  auto options = registry.options();
  options.timeout = 50ms;
  EXPECT_EQ(register_schema(options, "s", kSchema).error().code, Errc::kTimeout);
}

TEST(SchemaRegistry, ACutConnectionIsAnError) {
  test::StubRegistry registry{[](HttpServerRequest const&) {
    auto cut = reply(200, "");
    cut.cut = true;
    return cut;
  }};
  EXPECT_EQ(register_schema(registry.options(), "s", kSchema).error().code, Errc::kHttpFailed);
}

/// A registry with these answers to the lookup and to the question of compatibility.
HttpServer::Handler view_answers(HttpServerReply lookup, HttpServerReply fits) {
  return [lookup, fits](HttpServerRequest const& request) {
    return request.target.starts_with("/compatibility/") ? fits : lookup;
  };
}

TEST(SchemaView, TellsWhatIsThereAndWhatWouldFitAndRegistersNothing) {
  auto const reply = [](unsigned status, std::string body) {
    HttpServerReply reply;
    reply.status = status;
    reply.body = std::move(body);
    return reply;
  };
  auto const unknown = reply(404, R"({"error_code":40403,"message":"Schema not found"})");
  {
    test::StubRegistry registry{view_answers(reply(200, R"({"id":7})"), unknown)};
    auto const view = view_schema(registry.options(), "t-value", kSchema);
    EXPECT_EQ(view->id, 7);
    EXPECT_THAT(registry.targets(), ElementsAre("POST /subjects/t-value"));
  }
  {
    test::StubRegistry registry{view_answers(unknown, reply(200, R"({"is_compatible":true})"))};
    auto const view = view_schema(registry.options(), "t-value", kSchema);
    EXPECT_FALSE(view->id);
    EXPECT_TRUE(view->fits);
    EXPECT_THAT(registry.targets(),
                ElementsAre("POST /subjects/t-value",
                            "POST /compatibility/subjects/t-value/versions/latest"));
  }
  test::StubRegistry fresh{view_answers(unknown, unknown)};
  EXPECT_TRUE(view_schema(fresh.options(), "t-value", kSchema)->fits);
  test::StubRegistry other{view_answers(unknown, reply(200, R"({"is_compatible":false})"))};
  EXPECT_FALSE(view_schema(other.options(), "t-value", kSchema)->fits);
  test::StubRegistry closed{view_answers(reply(401, "who are you"), unknown)};
  EXPECT_EQ(view_schema(closed.options(), "t-value", kSchema).error().code, Errc::kRegistryRefused);
  test::StubRegistry broken{view_answers(unknown, reply(200, "pardon?"))};
  EXPECT_EQ(view_schema(broken.options(), "t-value", kSchema).error().code, Errc::kRegistryRefused);
}

TEST(KnownSchemas, AreThoseOfOneRegistryAndHoldNoPassword) {
  test::TempDir const folder;
  KnownSchemas const known{folder.path(), "https://me:secret@one:8081/path"};
  ASSERT_TRUE(known.remember("a", kSchema, 3));
  KnownSchemas const other{folder.path(), "https://two:8081/path"};
  EXPECT_LT(other.find("a", kSchema), 0);
  ASSERT_TRUE(other.remember("a", kSchema, 9));
  KnownSchemas const other_login{folder.path(), "https://you:hidden@one:8081/path"};
  EXPECT_EQ(other_login.find("a", kSchema), 3);
  std::ifstream file{folder.path() / "schema-ids.json"};
  std::string const text{std::istreambuf_iterator<char>{file}, {}};
  EXPECT_THAT(text, AllOf(HasSubstr("@https://one:8081/path"), Not(HasSubstr("secret")),
                          Not(HasSubstr("me:"))));
}

TEST(KnownSchemas, DoNotBelieveAnIdOfAnUnknownRegistry) {
  test::TempDir const folder;
  // As an earlier version wrote it: crc32c of the schema, and no URL.
  KnownSchemas const known{folder.path(), kRegistryUrl};
  ASSERT_TRUE(known.remember("a", kSchema, 3));
  std::ifstream in{folder.path() / "schema-ids.json"};
  auto const json = nlohmann::json::parse(in);
  std::string const name = json.begin().key();
  std::ofstream{folder.path() / "schema-ids.json"}
      << nlohmann::json{{name.substr(0, name.find('@')), 3}};
  EXPECT_LT(known.find("a", kSchema), 0);
}

TEST(KnownSchemas, RemembersIdsOfThisVerySchema) {
  test::TempDir const folder;
  KnownSchemas const known{folder.path(), kRegistryUrl};
  EXPECT_LT(known.find("a", kSchema), 0);
  ASSERT_TRUE(known.remember("a", kSchema, 3));
  ASSERT_TRUE(known.remember("b", kSchema, 4));
  ASSERT_TRUE(known.remember("a", kSchema, 5));
  KnownSchemas const later{folder.path(), kRegistryUrl};
  EXPECT_EQ(later.find("a", kSchema), 5);
  EXPECT_EQ(later.find("b", kSchema), 4);
  EXPECT_LT(later.find("a", R"({"type": "long"})"), 0);
}

TEST(KnownSchemas, ADamagedFileOnlyCostsWhatItKnew) {
  test::TempDir const folder;
  KnownSchemas const known{folder.path(), kRegistryUrl};
  for (char const* nonsense : {"", "{", "[1]", R"({"a#00000000":"x"})"}) {
    std::ofstream{folder.path() / "schema-ids.json"} << nonsense;
    EXPECT_LT(known.find("a", kSchema), 0);
    ASSERT_TRUE(known.remember("a", kSchema, 3));
    EXPECT_EQ(known.find("a", kSchema), 3);
  }
}

}  // namespace
}  // namespace k2::io
