#include "db/encoding.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "db/compression.h"
#include "db/derivations.h"
#include "db/evaluation_codec.h"
#include "db/test_data.h"

namespace ekaci::db {
namespace {

RC_GTEST_PROP(Encoding, IntegersAndTextsComeBack, (std::uint64_t number)) {
  const std::string text = *generate::bytes();
  Encoder out;
  out.integer(number);
  out.text(text);
  Decoder in(out.bytes());
  RC_ASSERT(in.integer() == number);
  RC_ASSERT(in.text() == text);
  RC_ASSERT(in.finished());
}

TEST(Encoding, TakesTheLargestIntegerAndNothingLarger) {
  const std::string largest = "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01";
  EXPECT_EQ(Decoder(largest).integer(), UINT64_MAX);
  Decoder above("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02");
  EXPECT_EQ(above.integer(), 0U);
  EXPECT_TRUE(above.failed());
}

TEST(Encoding, StaysFailedOnceBytesAreMissing) {
  Decoder in(
      "\x05"
      "ab");
  EXPECT_EQ(in.text(), "");
  EXPECT_TRUE(in.failed());
  EXPECT_EQ(in.integer(), 0U);
  EXPECT_FALSE(in.finished());
}

RC_GTEST_PROP(Encoding, IdsComeBackSortedAndOnce, ()) {
  const auto numbers = generate::as_set(*rc::gen::container<std::vector<std::int64_t>>(rc::gen::inRange<std::int64_t>(1, INT64_MAX)));
  std::vector<DerivationId> ids;
  for (const std::int64_t number : numbers) ids.push_back({number});
  std::vector<DerivationId> twice = ids;
  twice.insert(twice.end(), ids.rbegin(), ids.rend());
  RC_ASSERT(decode_ids(encode_ids(twice)).value() == ids);
}

RC_GTEST_PROP(Encoding, AnyBytesAreIdsOrAnError, ()) {
  const auto ids = decode_ids(*generate::bytes());
  if (!ids) RC_ASSERT(ids.error().code() == ErrorCode::corrupt);
}

RC_GTEST_PROP(EvaluationCodec, EvaluationsComeBack, ()) {
  const Evaluation evaluation = *generate::evaluation();
  const auto decoded = decode_evaluation(encode_evaluation(evaluation));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == evaluation);
}

RC_GTEST_PROP(EvaluationCodec, DamageIsAnErrorOrAnotherEvaluationButNeverACrash, ()) {
  std::string bytes = encode_evaluation(*generate::evaluation());
  const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[place] = *rc::gen::arbitrary<char>();
  const auto decoded = decode_evaluation(bytes);
  if (!decoded) RC_ASSERT(decoded.error().code() == ErrorCode::corrupt);
  const auto cut = decode_evaluation(std::string_view(bytes).substr(0, place));
  RC_ASSERT(!cut.has_value());
}

TEST(EvaluationCodec, RefusesAnUnknownFormat) { EXPECT_EQ(decode_evaluation("\x02").error().code(), ErrorCode::corrupt); }

RC_GTEST_PROP(Compression, BytesComeBack, ()) {
  const std::string bytes = *generate::bytes();
  RC_ASSERT(decompress(compress(bytes).value(), bytes.size()).value() == bytes);
}

TEST(Compression, RefusesDamageAndWhatClaimsTooMuch) {
  std::string frame = compress(std::string(10'000, 'x')).value();
  EXPECT_EQ(decompress(frame, 9'999).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(decompress("", 100).error().code(), ErrorCode::corrupt);
  EXPECT_EQ(decompress("not a frame at all", 100).error().code(), ErrorCode::corrupt);
  frame.back() = static_cast<char>(frame.back() ^ 1);  // the checksum
  EXPECT_EQ(decompress(frame, 10'000).error().code(), ErrorCode::corrupt);
}

}  // namespace
}  // namespace ekaci::db
