#include "core/ws/message_assembler.hpp"

#include <gtest/gtest.h>

#include <string>

namespace k2::ws {
namespace {

TEST(MessageAssembler, JoinsWhatItIsGiven) {
  MessageAssembler assembler;
  assembler.begin(Opcode::kBinary);
  EXPECT_TRUE(assembler.open());
  EXPECT_TRUE(assembler.append("\xFF"));
  EXPECT_TRUE(assembler.append(""));
  EXPECT_TRUE(assembler.append("ab"));
  EXPECT_TRUE(assembler.finish());
  EXPECT_FALSE(assembler.open());
  EXPECT_EQ(assembler.payload(), "\xFF\x61\x62");
  EXPECT_EQ(assembler.opcode(), Opcode::kBinary);
}

TEST(MessageAssembler, ChecksTextAcrossItsPieces) {
  MessageAssembler assembler;
  assembler.begin(Opcode::kText);
  EXPECT_TRUE(assembler.append("\xE2\x82"));
  EXPECT_FALSE(assembler.finish());
  assembler.begin(Opcode::kText);
  EXPECT_TRUE(assembler.append("\xE2"));
  EXPECT_FALSE(assembler.append("("));
}

TEST(MessageAssembler, ForgetsTheMessageBefore) {
  MessageAssembler assembler;
  assembler.begin(Opcode::kText);
  EXPECT_TRUE(assembler.append("cut \xE2\x82"));
  EXPECT_FALSE(assembler.finish());
  assembler.begin(Opcode::kText);
  EXPECT_TRUE(assembler.append("whole"));
  EXPECT_TRUE(assembler.finish());
  EXPECT_EQ(assembler.payload(), "whole");
}

TEST(MessageAssembler, HasReadableSlackBehindAMessageOfAnySize) {
  MessageAssembler assembler;
  for (std::size_t const size : {0U, 1U, 63U, 64U, 65U, 1000U, 2'000'000U, 10U}) {
    assembler.begin(Opcode::kText);
    EXPECT_TRUE(assembler.append(std::string(size, 'x')));
    EXPECT_TRUE(assembler.finish());
    char const* const end = assembler.payload().data() + size;
    std::string const slack{end, end + MessageAssembler::kSlackBytes};
    EXPECT_EQ(slack.size(), 64U) << size;  // AddressSanitizer is the judge here
  }
}

}  // namespace
}  // namespace k2::ws
