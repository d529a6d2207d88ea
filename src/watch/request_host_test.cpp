#include "watch/request_host.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace k2::watch {
namespace {

bool admits(std::string_view host) {
  std::vector<std::string> const names{"k2.example.com", "recorder"};
  return is_own_host(host, names);
}

TEST(RequestHost, AnswersAddressesLocalhostAndItsOwnNames) {
  for (char const* host : {"127.0.0.1", "127.0.0.1:9091", "10.1.2.3:80", "[::1]", "[::1]:9091",
                           "localhost", "LOCALHOST:9091", "recorder:9091", "K2.Example.Com", ""}) {
    EXPECT_TRUE(admits(host)) << host;
  }
}

TEST(RequestHost, RefusesEveryNameThatAStrangerCanPointHere) {
  for (char const* host :
       {"evil.example", "evil.example:9091", "127.0.0.1.evil.example", "localhost.evil.example",
        "1.2.3", "1.2.3.4.5", "1.2.3.4evil", "k2.example.com.evil", "k2", "127.0.0.1:evil",
        "[::1].evil", "[", ":9091", "."}) {
    EXPECT_FALSE(admits(host)) << host;
  }
}

}  // namespace
}  // namespace k2::watch
