#include "io/peer_addresses.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace k2::io {
namespace {

using boost::asio::ip::make_address;
using boost::asio::ip::tcp;
using testing::ElementsAre;

std::vector<std::string> ordered(PeerAddresses const& addresses) {
  std::vector<tcp::endpoint> found{{make_address("192.0.2.1"), 443},
                                   {make_address("192.0.2.2"), 443},
                                   {make_address("2001:db8::1"), 443}};
  addresses.order(found);
  std::vector<std::string> texts;
  for (auto const& one : found) texts.push_back(one.address().to_string());
  return texts;
}

TEST(PeerAddresses, LeaveTheResolversOrderWhileNoneFailed) {
  EXPECT_THAT(ordered({}), ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
}

TEST(PeerAddresses, PutWhatFailedBehindTheOthersAndTheNewestFailureLast) {
  PeerAddresses addresses;
  addresses.failed("192.0.2.1:443");
  EXPECT_THAT(ordered(addresses), ElementsAre("192.0.2.2", "2001:db8::1", "192.0.2.1"));
  addresses.failed("192.0.2.2:443");
  EXPECT_THAT(ordered(addresses), ElementsAre("2001:db8::1", "192.0.2.1", "192.0.2.2"));
  addresses.failed("192.0.2.1:443");
  addresses.failed("2001:db8::1:443");
  EXPECT_THAT(ordered(addresses), ElementsAre("192.0.2.2", "192.0.2.1", "2001:db8::1"));
}

TEST(PeerAddresses, CountPortsApartAndForgetWhatWorks) {
  PeerAddresses addresses;
  addresses.failed("192.0.2.1:9443");
  EXPECT_THAT(ordered(addresses), ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
  addresses.failed("192.0.2.1:443");
  addresses.worked("192.0.2.1:443");
  EXPECT_THAT(ordered(addresses), ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
}

TEST(PeerAddresses, RememberABoundedNumber) {
  PeerAddresses addresses;
  addresses.failed("192.0.2.1:443");
  for (std::size_t port = 1; port <= PeerAddresses::kRememberedMax; ++port) {
    addresses.failed("198.51.100.1:" + std::to_string(port));
  }
  EXPECT_THAT(ordered(addresses), ElementsAre("192.0.2.1", "192.0.2.2", "2001:db8::1"));
}

}  // namespace
}  // namespace k2::io
