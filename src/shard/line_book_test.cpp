#include "shard/line_book.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::shard {
namespace {

using feed::LineReason;
using feed::LineState;
using std::chrono::milliseconds;

constexpr LineId kLine{1};

std::uint64_t of(LineBook::Reasons const& reasons, LineReason reason) {
  return reasons[static_cast<std::size_t>(reason)];
}

TEST(LineBook, TellsRotationsFromReconnects) {
  LineBook book;
  book.changed({kLine, LineState::kLive, LineState::kDraining, LineReason::kRotation});
  book.changed({kLine, LineState::kDraining, LineState::kClosed, LineReason::kReplaced});
  book.changed({LineId{2}, LineState::kLive, LineState::kDraining, LineReason::kNoData});
  book.changed({LineId{3}, LineState::kLive, LineState::kClosed, LineReason::kError});
  EXPECT_EQ(of(book.rotations(), LineReason::kRotation), 1U);
  EXPECT_EQ(of(book.reconnects(), LineReason::kRotation), 0U);
  EXPECT_EQ(of(book.reconnects(), LineReason::kNoData), 1U);
  EXPECT_EQ(of(book.reconnects(), LineReason::kError), 1U);
  EXPECT_EQ(of(book.reconnects(), LineReason::kReplaced), 0U);
}

TEST(LineBook, CountsAnAttemptThatFailedAsAnErrorAndNotAsAReconnect) {
  LineBook book;
  book.ended(kLine, Error{Errc::kTlsCertificate});
  book.changed({kLine, LineState::kConnecting, LineState::kClosed, LineReason::kError});
  book.changed(
      {LineId{2}, LineState::kConnecting, LineState::kClosed, LineReason::kConnectTimeout});
  EXPECT_EQ(book.errors().at(Errc::kTlsCertificate), 1U);
  EXPECT_EQ(book.errors().at(Errc::kTimeout), 1U);
  EXPECT_EQ(of(book.reconnects(), LineReason::kError), 0U);
}

TEST(LineBook, MeasuresAPingFromItsFirstSending) {
  LineBook book;
  MonoTime const start{milliseconds{1000}};
  book.pinged(kLine, start);
  book.pinged(kLine, start + milliseconds{100});
  book.pong(kLine, {.mono = start + milliseconds{130}, .utc = UtcTime{milliseconds{77}}});
  EXPECT_EQ(book.round_trip(), milliseconds{130});
  EXPECT_EQ(book.last_pong(), UtcTime{milliseconds{77}});
  EXPECT_EQ(book.pongs(), 1U);
}

TEST(LineBook, ForgetsTheEndpointOfALineThatIsGone) {
  LineBook book;
  book.opening(kLine, "wss://exchange:9443");
  EXPECT_EQ(book.endpoint(kLine), "wss://exchange:9443");
  book.changed({kLine, LineState::kLive, LineState::kClosed, LineReason::kError});
  EXPECT_EQ(book.endpoint(kLine), "");
}

}  // namespace
}  // namespace k2::shard
