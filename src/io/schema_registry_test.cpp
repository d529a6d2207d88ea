#include "io/schema_registry.hpp"

#include "io/http_server.hpp"
#include "io/throwaway_ca.hpp"
#include "io/tls_context.hpp"
#include "tests/support/temp_dir.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <fstream>
#include <mutex>
#include <thread>

namespace k2::io {
namespace {

namespace asio = boost::asio;
using namespace std::chrono_literals;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr char const* kSchema = R"({"type": "string"})";

/// A registry that answers what a test tells it, on a thread of its own.
class Registry {
 public:
  explicit Registry(HttpServer::Handler handler, SSL_CTX* tls = nullptr)
      : server_(std::make_unique<HttpServer>(io_, tls, HttpLimits{},
                                             [this, handler](HttpServerRequest const& request) {
                                               note(request);
                                               return handler(request);
                                             })) {
    port_ = server_->listen("127.0.0.1", 0).value();
    thread_ = std::thread{[this] { io_.run(); }};
  }
  ~Registry() {
    asio::post(io_, [this] { server_.reset(); });
    asio::post(io_, [this] { guard_.reset(); });
    thread_.join();
  }
  Registry(Registry const&) = delete;
  Registry& operator=(Registry const&) = delete;

  [[nodiscard]] RegistryOptions options(std::string const& scheme = "http",
                                        std::string const& login = "",
                                        std::string const& path = "") const {
    RegistryOptions options;
    options.url = scheme + "://" + login + "127.0.0.1:" + std::to_string(port_) + path;
    options.timeout = 5s;
    return options;
  }
  [[nodiscard]] std::vector<std::string> targets() {
    std::scoped_lock const lock{mutex_};
    return targets_;
  }
  [[nodiscard]] HttpServerRequest last() {
    std::scoped_lock const lock{mutex_};
    return last_;
  }

 private:
  void note(HttpServerRequest const& request) {
    std::scoped_lock const lock{mutex_};
    targets_.push_back(request.method + " " + request.target);
    last_ = request;
  }

  asio::io_context io_;
  asio::executor_work_guard<asio::io_context::executor_type> guard_{io_.get_executor()};
  std::unique_ptr<HttpServer> server_;
  std::mutex mutex_;
  std::vector<std::string> targets_;
  HttpServerRequest last_;
  std::uint16_t port_ = 0;
  std::thread thread_;
};

HttpServerReply reply(unsigned status, std::string body) {
  HttpServerReply reply;
  reply.status = status;
  reply.body = std::move(body);
  return reply;
}

/// Answers every request alike.
HttpServer::Handler always(unsigned status, std::string body) {
  return [=](HttpServerRequest const&) { return reply(status, body); };
}

bool is_lookup(HttpServerRequest const& request) {
  return !request.target.ends_with("/versions");
}

TEST(SchemaRegistry, FindsASchemaThatIsThereWithoutWriting) {
  Registry registry{always(200, R"({"subject":"t-value","version":3,"id":41})")};
  auto const id = register_schema(registry.options(), "t-value", kSchema);
  EXPECT_EQ(id.value(), 41);
  EXPECT_THAT(registry.targets(), ElementsAre("POST /subjects/t-value"));
  EXPECT_EQ(registry.last().header("content-type"), "application/vnd.schemaregistry.v1+json");
  EXPECT_EQ(nlohmann::json::parse(registry.last().body), (nlohmann::json{{"schema", kSchema}}));
}

TEST(SchemaRegistry, RegistersASchemaThatIsNotThere) {
  Registry registry{[](HttpServerRequest const& request) {
    return is_lookup(request) ? reply(404, R"({"error_code":40401,"message":"none"})")
                              : reply(200, R"({"id":7})");
  }};
  auto const id = register_schema(registry.options("http", "", "/apis/ccompat/v7"), "a/b", kSchema);
  EXPECT_EQ(id.value(), 7);
  EXPECT_THAT(registry.targets(), ElementsAre("POST /apis/ccompat/v7/subjects/a%2Fb",
                                              "POST /apis/ccompat/v7/subjects/a%2Fb/versions"));
}

TEST(SchemaRegistry, TellsAnIncompatibilityInTheRegistrysWords) {
  Registry registry{[](HttpServerRequest const& request) {
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
  Registry registry{[](HttpServerRequest const& request) {
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
    Registry registry{always(200, "")};
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
  Registry registry{always(200, R"({"id":5})"), tls.get()};
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
  Registry registry{always(GetParam().status, GetParam().body)};
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
  Registry registry{[](HttpServerRequest const&) {
    auto slow = reply(200, R"({"id":1})");
    slow.delay = 60s;
    return slow;
  }};
  auto options = registry.options();
  options.timeout = 50ms;
  EXPECT_EQ(register_schema(options, "s", kSchema).error().code, Errc::kTimeout);
}

TEST(SchemaRegistry, ACutConnectionIsAnError) {
  Registry registry{[](HttpServerRequest const&) {
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
    Registry registry{view_answers(reply(200, R"({"id":7})"), unknown)};
    auto const view = view_schema(registry.options(), "t-value", kSchema);
    EXPECT_EQ(view->id, 7);
    EXPECT_THAT(registry.targets(), ElementsAre("POST /subjects/t-value"));
  }
  {
    Registry registry{view_answers(unknown, reply(200, R"({"is_compatible":true})"))};
    auto const view = view_schema(registry.options(), "t-value", kSchema);
    EXPECT_FALSE(view->id);
    EXPECT_TRUE(view->fits);
    EXPECT_THAT(registry.targets(),
                ElementsAre("POST /subjects/t-value",
                            "POST /compatibility/subjects/t-value/versions/latest"));
  }
  Registry fresh{view_answers(unknown, unknown)};
  EXPECT_TRUE(view_schema(fresh.options(), "t-value", kSchema)->fits);
  Registry other{view_answers(unknown, reply(200, R"({"is_compatible":false})"))};
  EXPECT_FALSE(view_schema(other.options(), "t-value", kSchema)->fits);
  Registry closed{view_answers(reply(401, "who are you"), unknown)};
  EXPECT_EQ(view_schema(closed.options(), "t-value", kSchema).error().code, Errc::kRegistryRefused);
  Registry broken{view_answers(unknown, reply(200, "pardon?"))};
  EXPECT_EQ(view_schema(broken.options(), "t-value", kSchema).error().code, Errc::kRegistryRefused);
}

TEST(KnownSchemas, RemembersIdsOfThisVerySchema) {
  test::TempDir const folder;
  KnownSchemas const known{folder.path()};
  EXPECT_LT(known.find("a", kSchema), 0);
  ASSERT_TRUE(known.remember("a", kSchema, 3));
  ASSERT_TRUE(known.remember("b", kSchema, 4));
  ASSERT_TRUE(known.remember("a", kSchema, 5));
  KnownSchemas const later{folder.path()};
  EXPECT_EQ(later.find("a", kSchema), 5);
  EXPECT_EQ(later.find("b", kSchema), 4);
  EXPECT_LT(later.find("a", R"({"type": "long"})"), 0);
}

TEST(KnownSchemas, ADamagedFileOnlyCostsWhatItKnew) {
  test::TempDir const folder;
  KnownSchemas const known{folder.path()};
  for (char const* nonsense : {"", "{", "[1]", R"({"a#00000000":"x"})"}) {
    std::ofstream{folder.path() / "schema-ids.json"} << nonsense;
    EXPECT_LT(known.find("a", kSchema), 0);
    ASSERT_TRUE(known.remember("a", kSchema, 3));
    EXPECT_EQ(known.find("a", kSchema), 3);
  }
}

}  // namespace
}  // namespace k2::io
