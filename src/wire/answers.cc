#include "wire/answers.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

namespace ekaci::wire {
namespace {

constexpr std::size_t kHashDigits = 64;
constexpr std::size_t kMostSignatures = 1024;
constexpr std::size_t kMostTraces = 1024;
constexpr std::size_t kMostOutputs = 4096;
constexpr std::size_t kMostResults = 4096;
/// Of names, signatures and such.
constexpr std::size_t kLongestWord = 4096;
constexpr std::uint64_t kMinorWithProcessorTime = 37;

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string read_nar_hash(Reader& reader) {
  const std::string_view hash = reader.text(kHashDigits);
  if (reader.is_good() && (hash.size() != kHashDigits || !is_lower_hex(hash))) reader.refuse("an archive's hash is no SHA-256");
  return std::string(hash);
}

void skip_optional_number(Reader& reader) {
  if (reader.flag()) reader.number();
}

/// Which realisation each output has: text and JSON. Nothing of ours has floating outputs.
void skip_realisations(Reader& reader) {
  const std::size_t entries = reader.count(kMostOutputs);
  for (std::size_t n = 0; n < entries && reader.is_good(); ++n) {
    reader.text(kLongestWord);
    reader.long_text_of_people();
  }
}

}  // namespace

PathFacts read_path_facts(Reader& reader) {
  PathFacts facts;
  facts.deriver = reader.optional_path();
  facts.nar_hash = read_nar_hash(reader);
  facts.references = reader.paths();
  reader.number();  // when it was registered
  facts.nar_size = reader.number();
  reader.flag();  // whether it was built here
  const std::size_t signatures = reader.count(kMostSignatures);
  for (std::size_t n = 0; n < signatures && reader.is_good(); ++n) reader.text(kLongestWord);
  facts.content_address = std::string(reader.text(kLongestWord));
  return facts;
}

PathInfoAnswer read_path_info(Reader& reader) {
  if (!reader.flag()) return {};
  return {.facts = read_path_facts(reader)};
}

std::optional<Message> read_added(Reader& reader) {
  std::optional<StorePath> path = reader.path();
  PathFacts facts = read_path_facts(reader);
  if (!path) return std::nullopt;
  return Added{.path = std::move(*path), .facts = std::move(facts)};
}

BuildResult read_build_result(Reader& reader, std::uint64_t minor) {
  BuildResult result;
  result.status = static_cast<BuildStatus>(reader.number());
  result.message = std::string(reader.long_text_of_people());
  result.times_built = reader.number();
  reader.flag();  // whether several rounds differed
  result.start = reader.number();
  result.stop = reader.number();
  if (minor >= kMinorWithProcessorTime) {
    skip_optional_number(reader);  // user
    skip_optional_number(reader);  // system
  }
  skip_realisations(reader);
  return result;
}

BuildResults read_build_results(Reader& reader, std::uint64_t minor) {
  BuildResults answer;
  const std::size_t entries = reader.count(kMostResults);
  for (std::size_t n = 0; n < entries && reader.is_good(); ++n) {
    reader.text(kLongestWord);  // what was asked for
    answer.results.push_back(read_build_result(reader, minor));
  }
  return answer;
}

Refusal read_refusal(Reader& reader) {
  reader.text(kLongestWord);  // always `Error`
  reader.number();            // its level
  reader.text(kLongestWord);  // its name
  Refusal refusal{.message = std::string(reader.long_text_of_people())};
  reader.number();  // whether it has a position: no
  const std::size_t traces = reader.count(kMostTraces);
  for (std::size_t n = 0; n < traces && reader.is_good(); ++n) {
    reader.number();
    reader.long_text_of_people();
  }
  return refusal;
}

ActivityStart read_activity_start(Reader& reader) {
  ActivityStart start;
  start.id = reader.number();
  reader.number();  // its level
  start.type = reader.number();
  start.text = std::string(reader.long_text_of_people());
  start.fields = reader.fields();
  reader.number();  // its parent
  return start;
}

ActivityResult read_activity_result(Reader& reader) {
  ActivityResult result;
  result.id = reader.number();
  result.type = reader.number();
  result.fields = reader.fields();
  return result;
}

}  // namespace ekaci::wire
