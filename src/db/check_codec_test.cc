#include "db/check_codec.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "db/test_data.h"

namespace ekaci::db {
namespace {

rc::Gen<std::optional<Clock::Wall>> time() {
  return rc::gen::exec([]() -> std::optional<Clock::Wall> {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return Clock::Wall(std::chrono::microseconds(*rc::gen::arbitrary<std::int32_t>()));
  });
}

rc::Gen<forge::Annotation> annotation() {
  return rc::gen::exec([] {
    return forge::Annotation{
        .path = *generate::bytes(),
        .line = *rc::gen::arbitrary<std::uint64_t>(),
        .level = *rc::gen::element(forge::Annotation::Level::notice, forge::Annotation::Level::warning, forge::Annotation::Level::failure),
        .title = *generate::bytes(),
        .message = *generate::bytes()};
  });
}

rc::Gen<forge::CheckAction> action() {
  return rc::gen::exec(
      [] { return forge::CheckAction{.identifier = *generate::bytes(), .label = *generate::bytes(), .description = *generate::bytes()}; });
}

rc::Gen<forge::CheckText> check_text() {
  return rc::gen::exec([] {
    forge::CheckText text{
        .status = *rc::gen::element(forge::CheckStatus::queued, forge::CheckStatus::in_progress, forge::CheckStatus::completed),
        .title = *generate::bytes(),
        .summary = *generate::bytes(),
        .text = *generate::bytes(),
        .annotations = *rc::gen::container<std::vector<forge::Annotation>>(annotation()),
        .actions = *rc::gen::container<std::vector<forge::CheckAction>>(action()),
        .details_path = *generate::bytes(),
        .started = *time(),
        .completed = *time()};
    if (text.status == forge::CheckStatus::completed) {
      text.conclusion = *rc::gen::element(forge::Conclusion::success, forge::Conclusion::failure, forge::Conclusion::neutral,
                                          forge::Conclusion::action_required, forge::Conclusion::cancelled, forge::Conclusion::timed_out);
    }
    return text;
  });
}

RC_GTEST_PROP(CheckCodec, TextsComeBack, ()) {
  const forge::CheckText text = *check_text();
  const auto decoded = decode_check_text(encode_check_text(text));
  RC_ASSERT(decoded.has_value());
  RC_ASSERT(*decoded == text);
}

RC_GTEST_PROP(CheckCodec, DamageIsAnErrorOrAnotherTextButNeverACrash, ()) {
  std::string bytes = encode_check_text(*check_text());
  const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[place] = *rc::gen::arbitrary<char>();
  const auto decoded = decode_check_text(bytes);
  if (!decoded) RC_ASSERT(decoded.error().code() == ErrorCode::corrupt);
  RC_ASSERT(!decode_check_text(std::string_view(bytes).substr(0, place)).has_value());
}

TEST(CheckCodec, RefusesAnUnknownFormat) { EXPECT_EQ(decode_check_text("\x02").error().code(), ErrorCode::corrupt); }

}  // namespace
}  // namespace ekaci::db
