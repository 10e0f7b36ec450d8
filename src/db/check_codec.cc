#include "db/check_codec.h"

#include <bit>
#include <utility>

#include "db/encoding.h"
#include "db/wall_time.h"

namespace ekaci::db {
namespace {

constexpr std::uint64_t kFormat = 1;

void encode_time(Encoder& out, const std::optional<Clock::Wall>& time) {
  out.integer(time ? 1 : 0);
  if (time) out.integer(std::bit_cast<std::uint64_t>(microseconds(*time)));
}

std::optional<Clock::Wall> decode_time(Decoder& in) {
  if (in.integer_up_to(1) == 0) return std::nullopt;
  return wall_at(std::bit_cast<std::int64_t>(in.integer()));
}

void encode_annotation(Encoder& out, const forge::Annotation& annotation) {
  out.text(annotation.path);
  out.integer(annotation.line);
  out.text(to_string(annotation.level));
  out.text(annotation.title);
  out.text(annotation.message);
}

std::optional<forge::Annotation> decode_annotation(Decoder& in) {
  forge::Annotation annotation;
  annotation.path = in.text();
  annotation.line = in.integer();
  const std::optional<forge::Annotation::Level> level = forge::parse_annotation_level(in.text());
  if (!level) return std::nullopt;
  annotation.level = *level;
  annotation.title = in.text();
  annotation.message = in.text();
  return annotation;
}

void encode_action(Encoder& out, const forge::CheckAction& action) {
  out.text(action.identifier);
  out.text(action.label);
  out.text(action.description);
}

std::optional<forge::CheckAction> decode_action(Decoder& in) {
  forge::CheckAction action;
  action.identifier = in.text();
  action.label = in.text();
  action.description = in.text();
  return action;
}

/// Every element takes a byte at least, which bounds how far a damaged count can make us loop.
template <class Element, class Decode>
bool decode_list(Decoder& in, std::vector<Element>& list, const Decode& decode) {
  for (std::size_t left = in.integer_up_to(in.remaining()); left > 0 && !in.failed(); --left) {
    std::optional<Element> element = decode(in);
    if (!element) return false;
    list.push_back(std::move(*element));
  }
  return true;
}

/// Both or neither: a conclusion is there exactly where the check is completed.
bool decode_state(Decoder& in, forge::CheckText& text) {
  const std::optional<forge::CheckStatus> status = forge::parse_check_status(in.text());
  if (!status) return false;
  text.status = *status;
  if (text.status != forge::CheckStatus::completed) return true;
  text.conclusion = forge::parse_conclusion(in.text());
  return text.conclusion.has_value();
}

Failure damaged() { return fail(ErrorCode::corrupt, "a stored check is damaged"); }

}  // namespace

std::string encode_check_text(const forge::CheckText& text) {
  Encoder out;
  out.integer(kFormat);
  out.text(to_string(text.status));
  if (text.status == forge::CheckStatus::completed) out.text(to_string(text.conclusion.value_or(forge::Conclusion::failure)));
  out.text(text.title);
  out.text(text.summary);
  out.text(text.text);
  out.integer(text.annotations.size());
  for (const forge::Annotation& annotation : text.annotations) encode_annotation(out, annotation);
  out.integer(text.actions.size());
  for (const forge::CheckAction& action : text.actions) encode_action(out, action);
  out.text(text.details_path);
  encode_time(out, text.started);
  encode_time(out, text.completed);
  return out.bytes();
}

Result<forge::CheckText> decode_check_text(std::string_view bytes) {
  Decoder in(bytes);
  if (in.integer() != kFormat) return fail(ErrorCode::corrupt, "a stored check has an unknown format");
  forge::CheckText text;
  if (!decode_state(in, text)) return damaged();
  text.title = in.text();
  text.summary = in.text();
  text.text = in.text();
  if (!decode_list(in, text.annotations, decode_annotation) || !decode_list(in, text.actions, decode_action)) return damaged();
  text.details_path = in.text();
  text.started = decode_time(in);
  text.completed = decode_time(in);
  if (!in.finished()) return damaged();
  return text;
}

}  // namespace ekaci::db
