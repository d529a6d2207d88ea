#include "app/stream_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::app {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

ConfigInput flags(std::map<std::string, std::string> settings) {
  return {.flags = std::move(settings), .environment = {}, .file = {}};
}

TEST(StreamConfig, NeedsNothingButSymbols) {
  auto const stream = load_stream_config(flags({{"binance.symbols", "btcusdt,ethusdt"}})).value();
  EXPECT_EQ(selection_text(stream.symbols), "BTCUSDT,ETHUSDT");
  EXPECT_EQ(stream.start.since, std::nullopt);
  EXPECT_EQ(stream.stream_endpoints.front().host, "stream.binance.com");
  EXPECT_EQ(stream.stream_endpoints.front().port, "9443");
  EXPECT_EQ(stream.rest_endpoints.front().host, "api.binance.com");
  EXPECT_TRUE(stream.ssl_verify);
  EXPECT_TRUE(stream.custom_ca_bundle.empty());
  EXPECT_EQ(stream.reconnect_delay, 1s);
  EXPECT_EQ(stream.health_check_timeout, 30s);
  EXPECT_EQ(stream.rest_weight_share, 0.9);
  EXPECT_EQ(stream.gap_patience, 60s);
  EXPECT_EQ(stream.audit_patience, 180s);
  EXPECT_EQ(stream.data_dir, "./k2-data");
  EXPECT_EQ(stream.journal_sync, io::JournalSync::kNormal);
  EXPECT_EQ(stream.journal_commit_interval, 5ms);
  EXPECT_EQ(stream.duration, std::nullopt);
}

TEST(StreamConfig, TakesEverySource) {
  ConfigInput const input{
      .flags = {{"duration", "1m30s"}, {"journal.sync", "full"}},
      .environment = {{"K2_BINANCE_CUSTOM_CA_BUNDLE", "/etc/ca.pem"},
                      {"K2_BINANCE_SSL_VERIFY", "false"}},
      .file = ConfigInput::File{.name = "k2.toml",
                                .text = "data_dir = \"/var/lib/k2\"\n"
                                        "[binance]\nsymbols = [\"BTCUSDT\"]\n"
                                        "stream_url = \"wss://localhost:9443\"\n"}};
  auto const stream = load_stream_config(input).value();
  EXPECT_EQ(stream.duration, 90s);
  EXPECT_EQ(stream.journal_sync, io::JournalSync::kFull);
  EXPECT_EQ(stream.custom_ca_bundle, "/etc/ca.pem");
  EXPECT_FALSE(stream.ssl_verify);
  EXPECT_EQ(stream.data_dir, "/var/lib/k2");
  EXPECT_EQ(stream.stream_endpoints.size(), 1U);
}

TEST(StreamConfig, SaysWhatIsWrongWithTheBeginningOfATape) {
  auto const wrong = [](char const* key, char const* text) {
    return load_stream_config(flags({{"binance.symbols", "BTCUSDT"}, {key, text}})).error().detail;
  };
  EXPECT_THAT(wrong("binance.since", "noon"), HasSubstr("binance.since (from --since): 'noon' is"));
  EXPECT_EQ(wrong("binance.from_id", "ETHUSDT=1"),
            "binance.from_id (from --from-id): 'ETHUSDT' is not among binance.symbols");
}

TEST(StreamConfig, TakesAProxyAndNeverRepeatsItsPassword) {
  auto const stream = [](char const* url) {
    return load_stream_config(flags({{"binance.symbols", "BTCUSDT"}, {"binance.proxy_url", url}}));
  };
  EXPECT_EQ(stream("http://me:secret@proxy:3128").value().proxy,
            (io::Proxy{"proxy", "3128", "me", "secret"}));
  auto const wrong = stream("socks5://me:secret@proxy:3128").error().detail;
  EXPECT_THAT(wrong,
              HasSubstr("binance.proxy_url (from --proxy-url): the URL is not of the scheme"));
  EXPECT_THAT(wrong, testing::Not(HasSubstr("secret")));
}

TEST(StreamConfig, RefusesToRecordNothing) {
  auto const stream = load_stream_config({});
  ASSERT_TRUE(stream.has_error());
  EXPECT_EQ(stream.error().code, Errc::kConfigInvalid);
  EXPECT_THAT(stream.error().detail, HasSubstr("--symbols BTCUSDT,ETHUSDT"));
}

TEST(StreamConfig, TakesKafkaOnlyAsTheSink) {
  auto const stream = [](std::map<std::string, std::string> more) {
    more.emplace("binance.symbols", "BTCUSDT");
    return load_stream_config(flags(std::move(more)));
  };
  EXPECT_FALSE(stream({}).value().kafka);
  auto const kafka =
      stream({{"sink", "kafka"},
              {"kafka.schema_registry_url", "http://localhost:8081/apis/ccompat/v7/"},
              {"kafka.delivery", "at_least_once"},
              {"kafka.librdkafka", "security.protocol=SASL_SSL, sasl.password=a=b"}})
          .value()
          .kafka;
  ASSERT_TRUE(kafka);
  EXPECT_EQ(kafka->registry.url, "http://localhost:8081/apis/ccompat/v7");
  EXPECT_EQ(kafka->positions_topic(), "market.crypto.trades.binance.positions");
  EXPECT_EQ(kafka->partitions, 12);
  EXPECT_FALSE(kafka->transactions);
  EXPECT_EQ(kafka->trades_retention, io::KafkaOptions::kKeptForGood);
  EXPECT_EQ(kafka->librdkafka, (std::vector<std::pair<std::string, std::string>>{
                                   {"sasl.password", "a=b"}, {"security.protocol", "SASL_SSL"}}));
}

TEST(StreamConfig, TakesTheRetentionOfTradesAsATimeOrAsAWord) {
  auto const retention = [](std::string text) {
    return load_stream_config(flags({{"binance.symbols", "BTCUSDT"},
                                     {"sink", "kafka"},
                                     {"kafka.trades_retention", std::move(text)}}));
  };
  EXPECT_EQ(retention("broker").value().kafka.value().trades_retention, std::nullopt);
  EXPECT_EQ(retention("unlimited").value().kafka.value().trades_retention,
            io::KafkaOptions::kKeptForGood);
  EXPECT_EQ(retention("30d").value().kafka.value().trades_retention, std::chrono::hours{720});
  EXPECT_EQ(retention("7").value().kafka.value().trades_retention, std::chrono::hours{168});
  for (auto const* const text : {"for ever", "0", "-1", "1s"}) {
    EXPECT_THAT(retention(text).error().detail,
                HasSubstr("kafka.trades_retention (from --kafka-trades-retention): '"))
        << text;
  }
}

TEST(StreamConfig, SaysWhatIsWrongWithKafka) {
  auto const wrong = [](char const* key, char const* text) {
    return load_stream_config(
               flags({{"binance.symbols", "BTCUSDT"}, {"sink", "kafka"}, {key, text}}))
        .error()
        .detail;
  };
  EXPECT_EQ(wrong("kafka.schema_registry_url", "registry:8081"),
            "kafka.schema_registry_url (from --kafka-schema-registry-url): it must begin with "
            "http:// or https://");
  EXPECT_EQ(wrong("kafka.librdkafka", "linger.ms=5,hunter2"),
            "kafka.librdkafka (from --kafka-librdkafka): entry 2 of the list is no name=value; a "
            "value that holds a comma belongs into the table or into a variable of its own");
  EXPECT_THAT(wrong("kafka.librdkafka", "sasl.pasword=hunter2"),
              AllOf(HasSubstr("(from --kafka-librdkafka)"), HasSubstr("sasl.pasword"),
                    Not(HasSubstr("hunter2"))));
  EXPECT_THAT(wrong("kafka.librdkafka", "transactional.id=mine"),
              HasSubstr("transactional.id is K2's to set; leave it out"));
}

TEST(StreamConfig, NamesWhatIsWrong) {
  auto const stream =
      load_stream_config(flags({{"binance.symbols", "BTCUSDT"}, {"sink", "kafak"}}));
  EXPECT_THAT(stream.error().detail, HasSubstr("sink (from --sink): 'kafak' is not one of"));
}

}  // namespace
}  // namespace k2::app
