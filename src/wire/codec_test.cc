#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

#include "wire/reader.h"
#include "wire/writer.h"

namespace ekaci::wire {
namespace {

constexpr std::string_view kPath = "/nix/store/6hsckckhy06j3bc2kiih3yi7s21cnggw-onig";

TEST(Codec, NumbersAreLittleEndian) {
  std::string bytes;
  Writer(bytes).number(0x0102030405060708);
  EXPECT_EQ(bytes, "\x08\x07\x06\x05\x04\x03\x02\x01");
}

TEST(Codec, TextsArePaddedWithZeros) {
  std::string bytes;
  Writer(bytes).text("abc");
  EXPECT_EQ(bytes, std::string("\3\0\0\0\0\0\0\0abc\0\0\0\0\0", 16));
}

TEST(Codec, WhatIsWrittenReadsBack) {
  EXPECT_TRUE(rc::check([](std::uint64_t number, const std::string& text, const std::vector<std::string>& list) {
    std::string bytes;
    Writer writer(bytes);
    writer.number(number);
    writer.text(text);
    writer.texts(list);
    Reader reader(bytes);
    RC_ASSERT(reader.number() == number);
    RC_ASSERT(reader.text(text.size()) == text);
    const std::size_t entries = reader.count(list.size());
    RC_ASSERT(entries == list.size());
    for (const std::string& each : list) RC_ASSERT(reader.text(each.size()) == each);
    RC_ASSERT(reader.is_good());
    RC_ASSERT(reader.used() == bytes.size());
  }));
}

TEST(Codec, AnyPrefixIsTooShortAndSaysHowMuchIsNeeded) {
  EXPECT_TRUE(rc::check([](std::uint64_t number, const std::vector<std::string>& list) {
    std::string bytes;
    Writer writer(bytes);
    writer.number(number);
    writer.texts(list);
    const std::size_t length = *rc::gen::inRange<std::size_t>(0, bytes.size());
    Reader reader(std::string_view(bytes).substr(0, length));
    reader.number();
    const std::size_t entries = reader.count(list.size());
    for (std::size_t n = 0; n < entries; ++n) reader.text(1000);
    RC_ASSERT(reader.state() == Reader::State::short_of_bytes);
    RC_ASSERT(reader.needed() > length);
    RC_ASSERT(reader.needed() <= bytes.size());
  }));
}

TEST(Codec, AnyBytesAreReadWithoutHarm) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) {
    Reader reader(bytes);
    reader.fields();
    reader.paths();
    reader.optional_path();
    RC_ASSERT(reader.used() <= bytes.size());
  }));
}

TEST(Codec, TheFirstRefusalStays) {
  std::string bytes;
  Writer writer(bytes);
  writer.number(2);
  writer.number(3);
  Reader reader(bytes);
  reader.flag();
  EXPECT_EQ(reader.state(), Reader::State::refused);
  EXPECT_EQ(reader.number(), 0U);
  reader.refuse("another reason");
  EXPECT_EQ(reader.reason(), "2 where 0 or 1 was expected");
}

TEST(Codec, AHugeLengthIsRefusedBeforeAnythingIsAllocated) {
  std::string bytes;
  Writer(bytes).number(~std::uint64_t{0});
  Reader text(bytes);
  EXPECT_EQ(text.text(1000), "");
  EXPECT_EQ(text.state(), Reader::State::refused);
  Reader list(bytes);
  EXPECT_EQ(list.count(1000), 0U);
  EXPECT_EQ(list.state(), Reader::State::refused);
}

TEST(Codec, AListIsNotBegunBeforeItsLeastBytesAreThere) {
  std::string bytes;
  Writer(bytes).number(1000);
  Reader reader(bytes);
  EXPECT_EQ(reader.count(1000), 0U);
  EXPECT_EQ(reader.needed(), 8U + 8U * 1000U);
}

TEST(Codec, PaddingThatIsNotZeroIsRefused) {
  const std::string bytes("\3\0\0\0\0\0\0\0abc\0\0\0\0\1", 16);
  Reader reader(bytes);
  reader.text(1000);
  EXPECT_EQ(reader.state(), Reader::State::refused);
}

TEST(Codec, OnlyStorePathsAreStorePaths) {
  std::string bytes;
  Writer writer(bytes);
  writer.text(kPath);
  writer.text("/nix/store/../etc/passwd");
  Reader reader(bytes);
  EXPECT_EQ(reader.path().value().to_string(), kPath);
  EXPECT_EQ(reader.path(), std::nullopt);
  EXPECT_EQ(reader.state(), Reader::State::refused);
}

TEST(Codec, AnEmptyFrameIsNotWritten) {
  std::string bytes;
  Writer writer(bytes);
  writer.frame("");
  EXPECT_EQ(bytes, "");
  writer.frame("ab");
  writer.end_of_frames();
  EXPECT_EQ(bytes, std::string("\2\0\0\0\0\0\0\0ab\0\0\0\0\0\0\0\0", 18));
}

}  // namespace
}  // namespace ekaci::wire
