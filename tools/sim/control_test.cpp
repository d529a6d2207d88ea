#include "tools/sim/control.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::sim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string refused(std::string_view text) {
  auto const parsed = parse_control(text);
  auto const* const error = std::get_if<ControlError>(&parsed);
  return error == nullptr ? "accepted" : error->reply;
}

ControlRequest accepted(std::string_view text) {
  return std::get<ControlRequest>(parse_control(text));
}

TEST(Control, TakesIdsOfEveryKindAndEchoesThem) {
  EXPECT_EQ(accepted(R"({"method":"LIST_SUBSCRIPTIONS","id":-9007199254740993})").id,
            "-9007199254740993");
  EXPECT_EQ(accepted(R"({"method":"LIST_SUBSCRIPTIONS","id":null})").id, "null");
  EXPECT_EQ(accepted(R"({"method":"LIST_SUBSCRIPTIONS"})").id, "null");
  EXPECT_EQ(
      accepted(R"({"method":"LIST_SUBSCRIPTIONS","id":"123e4567-e89b-12d3-a456-426614174000"})").id,
      R"("123e4567-e89b-12d3-a456-426614174000")");
}

TEST(Control, RefusesIdsThatTheExchangeRefuses) {
  for (std::string_view const id :
       {R"("123e4567-e89b-12d3-a456-4266141740001")", R"("a b")", "1.5", "true", "[]"}) {
    std::string const message = R"({"method":"LIST_SUBSCRIPTIONS","id":)" + std::string{id} + "}";
    EXPECT_THAT(refused(message), StartsWith(R"({"code":2,"msg":"Invalid request: request ID)"))
        << id;
  }
}

TEST(Control, ReadsTheStreamsInOrder) {
  auto const request = accepted(R"({"method":"SUBSCRIBE","params":["b@trade","a@trade"],"id":1})");
  EXPECT_EQ(request.method, ControlMethod::kSubscribe);
  EXPECT_THAT(request.streams, ElementsAre("b@trade", "a@trade"));
}

TEST(Control, AnswersMistakesInTheExchangesWords) {
  EXPECT_THAT(refused("{"), StartsWith(R"({"code":3,"msg":"Invalid JSON)"));
  EXPECT_THAT(refused("{"), testing::Not(HasSubstr("\"id\"")));
  EXPECT_EQ(refused(R"({"id":1})"),
            R"({"code":2,"msg":"Invalid request: missing field `method`","id":1})");
  EXPECT_THAT(refused(R"({"method":"SUB","id":1})"), HasSubstr("unknown variant `SUB`"));
  EXPECT_THAT(refused(R"({"method":5,"id":1})"), HasSubstr("unknown variant `5`"));
  EXPECT_EQ(refused(R"({"method":"SET_PROPERTY","params":["colour",true],"id":1})"),
            R"({"code":0,"msg":"Unknown property","id":1})");
  EXPECT_EQ(refused(R"({"method":"SET_PROPERTY","params":["combined",1],"id":1})"),
            R"({"code":1,"msg":"Invalid value type: expected Boolean","id":1})");
  EXPECT_EQ(refused(R"({"method":"GET_PROPERTY","params":["combined",1],"id":1})"),
            R"({"code":2,"msg":"Invalid request: too many parameters","id":1})");
  EXPECT_EQ(refused(R"({"method":"GET_PROPERTY","params":[1],"id":1})"),
            R"({"code":2,"msg":"Invalid request: property name must be a string","id":1})");
  EXPECT_THAT(refused(R"({"method":"SUBSCRIBE","params":"x","id":1})"), HasSubstr(R"("code":2)"));
  EXPECT_THAT(refused("[]"), HasSubstr(R"("code":2)"));
}

TEST(Control, ADeepNestOfBracketsIsRefusedAndNotFatal) {
  std::string const deep(200'000, '[');
  EXPECT_THAT(refused(R"({"method":"SUBSCRIBE","params":)" + deep), StartsWith(R"({"code":3)"));
  std::string const closed = deep + std::string(200'000, ']');
  EXPECT_THAT(refused(R"({"method":)" + closed + R"(,"id":1})"), StartsWith(R"({"code":3)"));
  EXPECT_EQ(accepted(R"({"method":"SUBSCRIBE","params":["[[[[[[[[[[[["],"id":1})").streams.size(),
            1U);
}

}  // namespace
}  // namespace k2::sim
