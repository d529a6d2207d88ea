#include "core/decimal.hpp"

#include <gtest/gtest.h>

namespace k2 {
namespace {

Errc code_of(std::string_view text) {
  std::int64_t mantissa = 0;
  return parse_decimal(text, mantissa);
}

TEST(Decimal, KeepsTheSmallestPriceExactly) {
  auto const price = Price::parse("0.00000001").value();
  EXPECT_EQ(price.mantissa(), 1);
  EXPECT_EQ(price.to_string(), "0.00000001");
}

TEST(Decimal, KeepsTheLargestQuantityThatTheExchangeAllows) {
  auto const quantity = Quantity::parse("92141578736.00000000").value();
  EXPECT_EQ(quantity.mantissa(), 9'214'157'873'600'000'000);
  EXPECT_EQ(quantity.to_string(), "92141578736.00000000");
}

TEST(Decimal, PrintsEightPlacesWhateverWasGiven) {
  EXPECT_EQ(Price::parse("59000").value().to_string(), "59000.00000000");
  EXPECT_EQ(Price::parse("0.1").value().to_string(), "0.10000000");
  EXPECT_EQ(Price::parse("007.5").value().to_string(), "7.50000000");
}

TEST(Decimal, AcceptsZerosBeyondTheEighthPlaceAndNothingElse) {
  EXPECT_EQ(Price::parse("1.123456780000").value().mantissa(), 112'345'678);
  EXPECT_EQ(code_of("1.123456789"), Errc::kDecimalRange);
}

TEST(Decimal, StopsAtTheEdgeOfInt64) {
  EXPECT_EQ(Price::parse("92233720368.54775807").value().mantissa(), INT64_MAX);
  EXPECT_EQ(code_of("92233720368.54775808"), Errc::kDecimalRange);
  EXPECT_EQ(code_of("92233720369"), Errc::kDecimalRange);
  EXPECT_EQ(code_of("99999999999999999999999999999"), Errc::kDecimalRange);
}

TEST(Decimal, RefusesWhatIsNotAPlainDecimal) {
  for (auto const* text :
       {"", ".", "1.", ".5", "-1", "+1", "1e5", " 1", "1 ", "1.2.3", "0x1", "1,5", "nan", "1.5a"}) {
    EXPECT_EQ(code_of(text), Errc::kDecimalSyntax) << text;
  }
}

TEST(Decimal, LeavesTheMantissaAloneOnFailure) {
  std::int64_t mantissa = 42;
  EXPECT_NE(parse_decimal("x", mantissa), Errc::kOk);
  EXPECT_EQ(mantissa, 42);
}

}  // namespace
}  // namespace k2
