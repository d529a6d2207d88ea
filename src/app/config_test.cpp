#include "app/config.hpp"

#include "app/cmd_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace k2::app {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr std::array kSettings{
    Setting{.key = "level",
            .kind = Kind::kNumber,
            .fallback = "1",
            .range = Range{0, 10},
            .drill_range = Range{0, 100},
            .meaning = "A level."},
    Setting{.key = "binance.password", .fallback = "", .meaning = "A secret.", .secret = true},
    Setting{.key = "kafka.extra", .kind = Kind::kNamed, .fallback = "", .meaning = "Any."},
    Setting{.key = "allow_drills", .kind = Kind::kBool, .fallback = "false", .meaning = "Drills."},
};

Resolved resolve(ConfigInput const& input) {
  return resolve_config(kSettings, input);
}

ConfigInput::File file(std::string text) {
  return {.name = "k2.toml", .text = std::move(text)};
}

TEST(Config, TakesTheFlagThenTheEnvironmentThenTheFileThenTheDefault) {
  struct Case {
    ConfigInput input;
    double level;
    Source source;
    std::string origin;
  };
  auto const in_file = file("\nlevel = 2");
  for (auto const& [input, level, source, origin] : {
           Case{{}, 1, Source::kDefault, ""},
           Case{{.flags = {}, .environment = {}, .file = in_file}, 2, Source::kFile, "k2.toml:2"},
           Case{{.flags = {}, .environment = {{"K2_LEVEL", "3"}}, .file = in_file},
                3,
                Source::kEnvironment,
                "K2_LEVEL"},
           Case{{.flags = {{"level", "4"}}, .environment = {{"K2_LEVEL", "3"}}, .file = in_file},
                4,
                Source::kFlag,
                "--level"},
       }) {
    auto const resolved = resolve(input);
    EXPECT_THAT(resolved.problems, IsEmpty());
    EXPECT_EQ(resolved.config.get<double>("level"), level);
    EXPECT_EQ(resolved.config.at("level").source, source);
    EXPECT_EQ(resolved.config.at("level").origin, origin);
  }
}

TEST(Config, ChecksOnlyTheValueThatWins) {
  ConfigInput const input{
      .flags = {{"level", "4"}}, .environment = {{"K2_LEVEL", "many"}}, .file = {}};
  EXPECT_THAT(resolve(input).problems, IsEmpty());
}

TEST(Config, TellsEveryProblemAtOnceWithItsRemedy) {
  ConfigInput const input{.flags = {{"level", "11"}},
                          .environment = {{"K2_LEVELS", "1"}, {"HOME", "/"}, {"K2_CONFIG", "x"}},
                          .file = file("[binance]\npasword = 1\n")};
  EXPECT_THAT(resolve(input).problems,
              ElementsAre("k2.toml:2: there is no setting 'binance.pasword'; did you mean "
                          "'binance.password'? (`k2 config` lists them)",
                          "K2_LEVELS in the environment names no setting; did you mean 'K2_LEVEL'? "
                          "(`k2 config` lists them; unset it)",
                          "level (from --level): '11' is outside 0..10 (drills may use 0..100: "
                          "K2_ALLOW_DRILLS=1 or --allow-drills)"));
}

TEST(Config, IgnoresForeignVariablesWithOneWarningThatNamesThem) {
  // A Kubernetes Service called k2 injects the first two, compose.yml uses the third.
  auto const resolved = resolve({.flags = {},
                                 .environment = {{"K2_PORT", "tcp://10.0.0.1:9091"},
                                                 {"K2_SERVICE_HOST", "10.0.0.1"},
                                                 {"K2_IMAGE", "k2:1"},
                                                 {"K2_LEVEL", "3"}},
                                 .file = {}});
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_EQ(resolved.config.get<double>("level"), 3);
  EXPECT_THAT(resolved.warnings,
              ElementsAre(testing::EndsWith(": K2_IMAGE, K2_PORT, K2_SERVICE_HOST")));
}

TEST(Config, TakesNoServiceLinkOrVariableOfComposeForASlip) {
  std::map<std::string, std::string> foreign;
  for (char const* const name :
       {"K2_PORT", "K2_SERVICE_HOST", "K2_SERVICE_PORT", "K2_PORT_9091_TCP",
        "K2_PORT_9091_TCP_ADDR", "K2_KAFKA_PORT", "K2_KAFKA_SERVICE_PORT", "K2_METRICS_PORT",
        "K2_IMAGE", "K2_PUBLISH", "K2_SIM_RATE", "K2_SIM_FLAGS", "K2_SIM_SYMBOLS",
        "K2_BUILD_NETWORK", "K2_KAFKA_IMAGE", "K2_REGISTRY_IMAGE", "K2_GRAFANA_PASSWORD"}) {
    foreign.emplace(name, "x");
  }
  auto const resolved =
      resolve_config(all_settings(), {.flags = {}, .environment = foreign, .file = {}});
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_EQ(resolved.warnings.size(), 1U);
}

TEST(Config, TrimsWhatAFileOfVariablesLeavesBehindAValue) {
  auto const resolved =
      resolve({.flags = {},
               .environment = {{"K2_LEVEL", " 2\r"}, {"K2_KAFKA_EXTRA_SASL_USERNAME", "me\r\n"}},
               .file = {}});
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_EQ(resolved.config.get<double>("level"), 2);
  EXPECT_EQ(resolved.config.get<NamedTexts>("kafka.extra"), (NamedTexts{{"sasl.username", "me"}}));
}

TEST(Config, ShowsWhatIsNotPrintableAsAnEscape) {
  auto const resolved =
      resolve({.flags = {{"level", "\x1b[31m2\xe2\x80\xae"}}, .environment = {}, .file = {}});
  ASSERT_EQ(resolved.problems.size(), 1U);
  EXPECT_THAT(resolved.problems[0], Not(HasSubstr("\x1b")));
  EXPECT_THAT(resolved.problems[0], Not(HasSubstr("\xe2\x80\xae")));
}

/// The settings of this build with a registry's URL.
std::vector<std::string> warnings_of(std::map<std::string, std::string> flags,
                                     std::map<std::string, std::string> environment) {
  return resolve_config(
             all_settings(),
             {.flags = std::move(flags), .environment = std::move(environment), .file = {}})
      .warnings;
}

TEST(Config, WarnsOfASecretInTheListOfProcesses) {
  EXPECT_THAT(
      warnings_of({{"binance.proxy_url", "http://u:hunter2@proxy:1"}}, {}),
      ElementsAre(testing::AllOf(HasSubstr("binance.proxy_url (from --proxy-url) holds a "),
                                 HasSubstr("K2_BINANCE_PROXY_URL"),
                                 HasSubstr("binance.proxy_url_file"), Not(HasSubstr("hunter2")))));
  EXPECT_THAT(warnings_of({{"binance.proxy_url", "http://proxy:1"}}, {}), IsEmpty());
  EXPECT_THAT(warnings_of({}, {{"K2_BINANCE_PROXY_URL", "http://u:p@proxy:1"}}), IsEmpty());
  EXPECT_THAT(warnings_of({{"kafka.librdkafka", "sasl.username=a,sasl.password=hunter2"}}, {}),
              ElementsAre(testing::AllOf(HasSubstr("kafka.librdkafka (from --kafka-librdkafka)"),
                                         Not(HasSubstr("hunter2")))));
  EXPECT_THAT(warnings_of({{"kafka.librdkafka", "linger.ms=5"}}, {}), IsEmpty());
}

TEST(Config, WarnsOfAPasswordThatGoesToTheRegistryInClearText) {
  std::string const name = "K2_KAFKA_SCHEMA_REGISTRY_URL";
  EXPECT_THAT(warnings_of({}, {{name, "http://u:hunter2@registry:8081"}}),
              ElementsAre(testing::AllOf(HasSubstr("in clear text; use https://"),
                                         Not(HasSubstr("hunter2")))));
  EXPECT_THAT(warnings_of({}, {{name, "https://u:p@registry:8081"}}), IsEmpty());
  EXPECT_THAT(warnings_of({}, {{name, "http://registry:8081"}}), IsEmpty());
}

Result<std::string> one_secret(std::string const& path) {
  if (path != "/run/secret") return Error{Errc::kFileFailed, "'" + path + "' cannot be read"};
  return std::string{"http://u:hunter2@proxy:1\n"};
}

TEST(Config, TakesSecretsOutOfFiles) {
  ConfigInput input{.flags = {{"binance.proxy_url_file", "/run/secret"},
                              {"kafka.librdkafka", "ssl.key.password.file=/run/secret"}},
                    .environment = {{"K2_KAFKA_LIBRDKAFKA_SASL_PASSWORD_FILE", "/run/secret"}},
                    .file = {},
                    .read_secret = one_secret};
  auto const resolved = resolve_config(all_settings(), input);
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_THAT(resolved.warnings, IsEmpty()) << "a path is no secret";
  EXPECT_EQ(resolved.config.get<std::string>("binance.proxy_url"), "http://u:hunter2@proxy:1");
  EXPECT_EQ(resolved.config.get<NamedTexts>("kafka.librdkafka"),
            (NamedTexts{{"sasl.password", "http://u:hunter2@proxy:1"},
                        {"ssl.key.password", "http://u:hunter2@proxy:1"}}));
  EXPECT_THAT(config_table(resolved.config), Not(HasSubstr("hunter2")));
  EXPECT_THAT(config_toml(resolved.config), Not(HasSubstr("hunter2")));
}

TEST(Config, RefusesASecretFileThatIsNotThereAndOneBesideTheSecret) {
  ConfigInput input{.flags = {{"binance.proxy_url_file", "/none"}},
                    .environment = {},
                    .file = {},
                    .read_secret = one_secret};
  EXPECT_THAT(resolve_config(all_settings(), input).problems,
              ElementsAre("binance.proxy_url_file (from --proxy-url-file): '/none' cannot be "
                          "read"));
  input.environment = {{"K2_BINANCE_PROXY_URL", "http://u:hunter2@p:1"}};
  EXPECT_THAT(resolve_config(all_settings(), input).problems,
              ElementsAre("binance.proxy_url (from K2_BINANCE_PROXY_URL) and "
                          "binance.proxy_url_file (from --proxy-url-file) are both set; keep one"));
}

TEST(ConfigToml, NeverShowsASecret) {
  auto const resolved = resolve_config(
      all_settings(), {.flags = {{"binance.proxy_url", "http://u:hunter2@proxy:1"}},
                       .environment = {{"K2_KAFKA_SCHEMA_REGISTRY_URL", "http://u:hunter2@r:1"},
                                       {"K2_KAFKA_LIBRDKAFKA_SASL_PASSWORD", "hunter2"}},
                       .file = {}});
  auto const text = config_toml(resolved.config);
  EXPECT_THAT(text, Not(HasSubstr("hunter2")));
  EXPECT_THAT(text, HasSubstr("# It is set, and a secret: it is not shown here.\n"
                              "# proxy_url = \"\"\n"));
}

TEST(Config, NamesTheFileThatIsNotToml) {
  EXPECT_THAT(resolve({.flags = {}, .environment = {}, .file = file("level = ")}).problems,
              ElementsAre(HasSubstr("k2.toml: line 1")));
}

TEST(Config, AllowsDrillsFromAnySourceAndWarns) {
  ConfigInput const input{
      .flags = {{"level", "50"}}, .environment = {{"K2_ALLOW_DRILLS", "1"}}, .file = {}};
  auto const resolved = resolve(input);
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_THAT(resolved.warnings,
              ElementsAre("drills are allowed: not for production; outside the ranges of "
                          "production: level = 50"));
}

TEST(Config, WarnsOfDrillsAlsoWhenNothingIsOutside) {
  auto const resolved =
      resolve({.flags = {{"allow_drills", "true"}}, .environment = {}, .file = {}});
  EXPECT_THAT(resolved.warnings, ElementsAre(HasSubstr("production: nothing")));
  EXPECT_THAT(resolve({}).warnings, IsEmpty());
}

TEST(Config, WarnsOfWhatIsAllowedButDangerous) {
  auto const warnings_of = [](char const* verify) {
    return resolve_config(
               all_settings(),
               {.flags = {{"binance.ssl_verify", verify}}, .environment = {}, .file = {}})
        .warnings;
  };
  EXPECT_THAT(warnings_of("off"), ElementsAre(HasSubstr("binance.ssl_verify is false: ")));
  EXPECT_THAT(warnings_of("true"), IsEmpty());
}

TEST(Config, NeverShowsASecret) {
  auto const resolved =
      resolve({.flags = {}, .environment = {{"K2_BINANCE_PASSWORD", "hunter2"}}, .file = {}});
  EXPECT_EQ(resolved.config.get<std::string>("binance.password"), "hunter2");
  for (auto const& shown : {config_table(resolved.config), config_json(resolved.config)}) {
    EXPECT_THAT(shown, HasSubstr("********"));
    EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  }
}

TEST(Config, AddsUpTextsByNameFromAllSources) {
  ConfigInput const input{
      .flags = {{"kafka.extra", "linger.ms=7"}},
      .environment = {{"K2_KAFKA_EXTRA", "linger.ms=6, acks=all"},
                      {"K2_KAFKA_EXTRA_SASL_PASSWORD", "a,b=c"}},
      .file = file("[kafka.extra]\nsasl.username = \"me\"\n\"sasl.password\" = \"old\"\n"
                   "linger.ms = 5\n")};
  auto const resolved = resolve(input);
  EXPECT_THAT(resolved.problems, IsEmpty());
  EXPECT_EQ(resolved.config.get<NamedTexts>("kafka.extra"), (NamedTexts{{"acks", "all"},
                                                                        {"linger.ms", "7"},
                                                                        {"sasl.password", "a,b=c"},
                                                                        {"sasl.username", "me"}}));
  EXPECT_EQ(resolved.config.at("kafka.extra").source, Source::kFlag);
  EXPECT_EQ(resolved.config.at("kafka.extra").origin,
            "k2.toml:2, k2.toml:3, k2.toml:4, K2_KAFKA_EXTRA, K2_KAFKA_EXTRA_SASL_PASSWORD, "
            "--kafka-extra");
}

TEST(Config, TakesTextsByNameAsAListInTheFileToo) {
  auto const resolved = resolve(
      {.flags = {}, .environment = {}, .file = file("kafka.extra = [\"a=1\", \"b.c=2\"]\n")});
  EXPECT_EQ(resolved.config.get<NamedTexts>("kafka.extra"), (NamedTexts{{"a", "1"}, {"b.c", "2"}}));
  EXPECT_EQ(resolve({}).config.get_or_empty<NamedTexts>("kafka.extra"), NamedTexts{});
}

TEST(Config, ShowsTextsByNameWithoutTheirSecrets) {
  auto const resolved =
      resolve({.flags = {{"kafka.extra",
                          "sasl.username=me,sasl.password=hunter2,ssl.key.pem=hunter2,"
                          "sasl.oauthbearer.client.secret=hunter2"}},
               .environment = {},
               .file = {}});
  for (auto const& shown : {config_table(resolved.config), config_json(resolved.config)}) {
    EXPECT_THAT(shown, HasSubstr("sasl.password=********,sasl.username=me,ssl.key.pem=********"));
    EXPECT_THAT(shown, Not(HasSubstr("hunter2")));
  }
}

TEST(ConfigTable, ShowsEachValueAndWhereItCameFrom) {
  auto const resolved = resolve({.flags = {{"level", "4"}}, .environment = {}, .file = {}});
  EXPECT_EQ(config_table(resolved.config),
            "setting           value  from\n"
            "level             4      --level\n"
            "binance.password  -      default\n"
            "kafka.extra       -      default\n"
            "allow_drills      false  default\n");
}

TEST(ConfigJson, ShowsEachValueAndWhereItCameFrom) {
  auto const resolved = resolve({.flags = {}, .environment = {}, .file = file("level = 4\n")});
  EXPECT_THAT(config_json(resolved.config),
              testing::StartsWith("{\n  \"level\": {\n    \"value\": \"4\",\n"
                                  "    \"source\": \"file\",\n    \"origin\": \"k2.toml:1\",\n"
                                  "    \"env\": \"K2_LEVEL\",\n    \"flag\": \"--level\"\n  },\n"
                                  "  \"binance.password\": {\n    \"value\": null,\n"));
}

}  // namespace
}  // namespace k2::app
