#include "db/evaluation_codec.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <optional>
#include <utility>

#include "db/encoding.h"

namespace ekaci::db {
namespace {

/// What is written. Format 1 had no metadata.
constexpr std::uint64_t kFormat = 2;
constexpr std::uint64_t kFormatWithoutMetadata = 1;

/// Written to files: numbers never change their meaning.
enum class ResultKind : std::uint8_t { derivation = 0, refusal = 1, error = 2, set = 3, other = 4 };
constexpr std::uint64_t kLastResultKind = 4;

/// A damaged count must not make us reserve gigabytes.
constexpr std::size_t kTrustedCount = 100'000;

constexpr std::uint64_t kLargest32 = std::numeric_limits<std::uint32_t>::max();
constexpr std::uint64_t kLargestDuration = std::numeric_limits<std::int64_t>::max();

void encode_kind(Encoder& out, ResultKind kind) { out.integer(static_cast<std::uint64_t>(kind)); }

void encode_path(Encoder& out, const StorePath& path) {
  const auto hash = std::bit_cast<std::array<char, std::tuple_size_v<StoreHash>>>(path.hash());
  out.raw({hash.data(), hash.size()});
  out.text(path.name());
}

template <class Texts>
void encode_texts(Encoder& out, const Texts& texts) {
  out.integer(texts.size());
  for (const std::string& text : texts) out.text(text);
}

void encode_position(Encoder& out, const std::optional<SourcePosition>& position) {
  out.integer(position ? 1 : 0);
  if (!position) return;
  out.text(position->file);
  out.integer(position->line);
  out.integer(position->column);
}

void encode_metadata(Encoder& out, const std::optional<Metadata>& metadata) {
  out.integer(metadata ? 1 : 0);
  if (!metadata) return;
  out.text(metadata->pname);
  out.text(metadata->version);
  out.text(metadata->description);
  encode_texts(out, metadata->licences);
  encode_texts(out, metadata->maintainers);
  encode_texts(out, metadata->vulnerabilities);
  out.integer(metadata->broken ? 1 : 0);
  out.integer(metadata->insecure ? 1 : 0);
  encode_position(out, metadata->position);
  out.text(metadata->problem);
}

struct EncodeResult {
  Encoder& out;

  void operator()(const EvaluatedDerivation& derivation) const {
    encode_kind(out, ResultKind::derivation);
    encode_path(out, derivation.path);
    out.text(derivation.name);
    encode_texts(out, derivation.outputs);
  }
  void operator()(const Refusal& refusal) const {
    encode_kind(out, ResultKind::refusal);
    out.integer(refusal.reasons.size());
    for (const RefusalReason reason : refusal.reasons) out.text(to_string(reason));
  }
  void operator()(const EvaluationError& error) const {
    encode_kind(out, ResultKind::error);
    out.text(to_string(error.failure));
    out.text(error.message);
    encode_position(out, error.position);
  }
  void operator()(const AttributeSet& set) const {
    encode_kind(out, ResultKind::set);
    out.integer(set.recursed ? 1 : 0);
  }
  void operator()(const OtherValue& value) const {
    encode_kind(out, ResultKind::other);
    out.text(value.type);
  }
};

void encode_cost(Encoder& out, const EvaluationCost& cost) {
  const auto duration = [](std::chrono::microseconds time) { return static_cast<std::uint64_t>(std::max<std::int64_t>(time.count(), 0)); };
  out.integer(duration(cost.cpu));
  out.integer(duration(cost.wall));
  out.integer(cost.peak_memory);
  out.integer(cost.workers_started);
  out.integer(cost.workers_died);
}

EvaluationCost decode_cost(Decoder& in) {
  EvaluationCost cost;
  cost.cpu = std::chrono::microseconds(in.integer_up_to(kLargestDuration));
  cost.wall = std::chrono::microseconds(in.integer_up_to(kLargestDuration));
  cost.peak_memory = in.integer();
  cost.workers_started = static_cast<std::uint32_t>(in.integer_up_to(kLargest32));
  cost.workers_died = static_cast<std::uint32_t>(in.integer_up_to(kLargest32));
  return cost;
}

/// Every element takes a byte at least, which bounds how far a damaged count can make us loop.
std::size_t decode_count(Decoder& in) { return in.integer_up_to(in.remaining()); }

std::vector<std::string> decode_texts(Decoder& in) {
  std::vector<std::string> texts;
  for (std::size_t left = decode_count(in); left > 0 && !in.failed(); --left) texts.emplace_back(in.text());
  return texts;
}

bool decode_flag(Decoder& in) { return in.integer_up_to(1) == 1; }

std::optional<SourcePosition> decode_position(Decoder& in) {
  if (!decode_flag(in)) return std::nullopt;
  SourcePosition position;
  position.file = in.text();
  position.line = static_cast<std::uint32_t>(in.integer_up_to(kLargest32));
  position.column = static_cast<std::uint32_t>(in.integer_up_to(kLargest32));
  return position;
}

std::optional<Metadata> decode_metadata(Decoder& in) {
  if (!decode_flag(in)) return std::nullopt;
  Metadata metadata;
  metadata.pname = in.text();
  metadata.version = in.text();
  metadata.description = in.text();
  metadata.licences = decode_texts(in);
  metadata.maintainers = decode_texts(in);
  metadata.vulnerabilities = decode_texts(in);
  metadata.broken = decode_flag(in);
  metadata.insecure = decode_flag(in);
  metadata.position = decode_position(in);
  metadata.problem = in.text();
  return metadata;
}

std::optional<EvaluatedDerivation> decode_derivation(Decoder& in) {
  StoreHash hash{};
  std::ranges::copy(in.raw(hash.size()), hash.begin());
  Result<StorePath> path = StorePath::from_parts(hash, in.text());
  if (!path) return std::nullopt;
  std::string name(in.text());
  return EvaluatedDerivation{.path = std::move(*path), .name = std::move(name), .outputs = decode_texts(in)};
}

std::optional<Refusal> decode_refusal(Decoder& in) {
  Refusal refusal;
  for (std::size_t left = decode_count(in); left > 0; --left) {
    const std::optional<RefusalReason> reason = parse_refusal_reason(in.text());
    if (!reason) return std::nullopt;
    refusal.reasons.insert(*reason);
  }
  return refusal;
}

std::optional<EvaluationError> decode_error(Decoder& in) {
  const std::optional<EvaluationFailure> failure = parse_evaluation_failure(in.text());
  if (!failure) return std::nullopt;
  EvaluationError error{.failure = *failure, .message = std::string(in.text()), .position = std::nullopt};
  error.position = decode_position(in);
  return error;
}

std::optional<AttributeResult> decode_result(Decoder& in) {
  switch (static_cast<ResultKind>(in.integer_up_to(kLastResultKind))) {
    case ResultKind::derivation:
      return decode_derivation(in);
    case ResultKind::refusal:
      return decode_refusal(in);
    case ResultKind::error:
      return decode_error(in);
    case ResultKind::set:
      return AttributeSet{.recursed = decode_flag(in)};
    case ResultKind::other:
      return OtherValue{.type = std::string(in.text())};
  }
  return std::nullopt;
}

}  // namespace

std::string encode_evaluation(const Evaluation& evaluation) {
  Encoder out;
  out.integer(kFormat);
  encode_cost(out, evaluation.cost);
  encode_texts(out, evaluation.notes);
  out.integer(evaluation.attributes.size());
  for (const Attribute& attribute : evaluation.attributes) {
    encode_texts(out, attribute.path.names());
    std::visit(EncodeResult{out}, attribute.result);
    encode_metadata(out, attribute.metadata);
  }
  return out.bytes();
}

Result<Evaluation> decode_evaluation(std::string_view bytes) {
  Decoder in(bytes);
  const std::uint64_t format = in.integer();
  if (format != kFormat && format != kFormatWithoutMetadata) return fail(ErrorCode::corrupt, "a stored evaluation has an unknown format");
  Evaluation evaluation;
  evaluation.cost = decode_cost(in);
  evaluation.notes = decode_texts(in);
  const std::size_t count = decode_count(in);
  evaluation.attributes.reserve(std::min(count, kTrustedCount));
  for (std::size_t i = 0; i < count && !in.failed(); ++i) {
    AttributePath path(decode_texts(in));
    std::optional<AttributeResult> result = decode_result(in);
    if (!result) return fail(ErrorCode::corrupt, "a stored evaluation is damaged at attribute {}", i);
    evaluation.attributes.push_back({.path = std::move(path), .result = std::move(*result), .metadata = {}});
    if (format == kFormat) evaluation.attributes.back().metadata = decode_metadata(in);
  }
  if (!in.finished()) return fail(ErrorCode::corrupt, "a stored evaluation is damaged");
  return evaluation;
}

}  // namespace ekaci::db
