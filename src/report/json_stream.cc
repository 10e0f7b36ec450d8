#include "report/json_stream.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/json_words.h"

namespace ekaci::report {
namespace {

using Json = nlohmann::json;

/// The deepest place of a report is 8 deep.
constexpr std::size_t kDeepest = 32;

/// So that two bytes of text, `0,`, cannot cost many of memory each.
constexpr std::size_t kMostValues = 1'000'000;

/// `line 3, column 7`
std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line = 1 + std::ranges::count(before, '\n');
  return fmt::format("line {}, column {}", line, before.size() - (before.rfind('\n') + 1) + 1);  // npos + 1 is 0
}

/// Builds the document from SAX events, which do not recurse, whatever the text does.
class StreamReader final : public nlohmann::json_sax<Json> {
 public:
  StreamReader(std::string_view text, Problems& problems, const RecordHandler& handler)
      : text_(text), problems_(problems), handler_(handler) {}

  bool null() override { return add(nullptr); }
  bool boolean(bool value) override { return add(value); }
  bool number_integer(number_integer_t value) override { return add(value); }
  bool number_unsigned(number_unsigned_t value) override { return add(value); }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value); }
  bool string(string_t& value) override;
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(Json::object()); }
  bool start_array(std::size_t /*elements*/) override { return open(Json::array()); }
  bool end_array() override {
    levels_.pop_back();
    return true;
  }
  bool end_object() override;
  bool key(string_t& name) override;
  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) override;

  [[nodiscard]] Json take() { return std::move(root_); }

 private:
  /// A value that is not closed yet.
  struct Level {
    Json* value = nullptr;  ///< growing the array that holds it never happens while it is open
    std::string key{};      ///< of an object: the one whose value comes
    std::size_t added = 0;  ///< of an array: elements so far, also those that were handed over
    std::size_t kept_before = 0;
  };

  Json* place(Json value);
  bool add(Json value) {
    place(std::move(value));
    return is_within_bounds();
  }
  bool is_within_bounds();
  bool open(Json value);
  [[nodiscard]] std::optional<RecordKind> record_kind() const;
  [[nodiscard]] std::optional<RecordKind> name_kind() const;
  bool hand_over_name(RecordKind kind, const Json& name);
  [[nodiscard]] std::string where() const;

  std::string_view text_;
  Problems& problems_;
  const RecordHandler& handler_;
  Json root_;
  std::vector<Level> levels_;
  std::size_t kept_ = 0;  ///< values in memory
};

bool StreamReader::is_within_bounds() {
  if (++kept_ <= kMostValues) return true;
  problems_.add("", fmt::format("more than {} values in one place", kMostValues));
  return false;
}

bool StreamReader::string(string_t& value) {
  const bool is_schema = levels_.size() == 1 && levels_.front().key == "schema";
  if (is_schema && value != kSchema) {
    problems_.add("schema", fmt::format("this version reads reports of {} only; review again", kSchema));
    return false;
  }
  if (const std::optional<RecordKind> kind = name_kind()) return hand_over_name(*kind, Json(std::move(value)));
  return add(std::move(value));
}

/// What a text that stands in `jobs[].unchanged[]` or `jobs[].notDerivations[]` names.
std::optional<RecordKind> StreamReader::name_kind() const {
  const bool in_job = levels_.size() == 4 && levels_[0].key == "jobs" && levels_[1].value->is_array() && levels_[3].value->is_array();
  if (in_job && levels_[2].key == "unchanged") return RecordKind::unchanged;
  if (in_job && levels_[2].key == "notDerivations") return RecordKind::not_a_derivation;
  return std::nullopt;
}

bool StreamReader::hand_over_name(RecordKind kind, const Json& name) {
  ++levels_.back().added;
  std::string place = fmt::format("jobs[{}].{}[{}]", levels_[1].added - 1, levels_[2].key, levels_[3].added - 1);
  handler_({.kind = kind, .job = levels_[1].added - 1, .node = {name, std::move(place), problems_}});
  return !problems_.first();
}

Json* StreamReader::place(Json value) {
  if (levels_.empty()) {
    root_ = std::move(value);
    return &root_;
  }
  Level& level = levels_.back();
  if (level.value->is_array()) {
    ++level.added;
    level.value->push_back(std::move(value));
    return &level.value->back();
  }
  return &((*level.value)[level.key] = std::move(value));
}

bool StreamReader::open(Json value) {
  if (levels_.size() == kDeepest) {
    problems_.add("", fmt::format("nested more than {} levels deep", kDeepest));
    return false;
  }
  const std::size_t kept_before = kept_;
  Json* placed = place(std::move(value));
  levels_.push_back({.value = placed, .kept_before = kept_before});
  return is_within_bounds();
}

bool StreamReader::key(string_t& name) {
  Level& level = levels_.back();
  if (level.value->contains(name)) {
    problems_.add(where(), fmt::format("the key '{}' stands there twice", clip(printable_line(name), 60)));
    return false;
  }
  level.key = std::move(name);
  return true;
}

/// What the innermost open object is: `changes[]`, `rootFailures[]`, or of a job one of `rebuilds[]`, `origins[]`, `ownDifferences[]` and
/// `retained[]`.
std::optional<RecordKind> StreamReader::record_kind() const {
  if (levels_.size() == 3 && levels_[0].key == "changes" && levels_[1].value->is_array()) return RecordKind::change;
  if (levels_.size() == 3 && levels_[0].key == "rootFailures" && levels_[1].value->is_array()) return RecordKind::root_failure;
  const bool in_job = levels_.size() == 5 && levels_[0].key == "jobs" && levels_[1].value->is_array() && levels_[3].value->is_array();
  if (in_job && levels_[2].key == "rebuilds") return RecordKind::rebuilt;
  if (in_job && levels_[2].key == "origins") return RecordKind::origin;
  if (in_job && levels_[2].key == "ownDifferences") return RecordKind::step_difference;
  if (in_job && levels_[2].key == "retained") return RecordKind::retained;
  return std::nullopt;
}

std::string StreamReader::where() const {
  std::string path;
  for (std::size_t i = 0; i + 1 < levels_.size(); ++i) {
    const Level& level = levels_[i];
    if (level.value->is_array()) {
      path += fmt::format("[{}]", level.added - 1);
    } else {
      path += (path.empty() ? "" : ".") + level.key;
    }
  }
  return path;
}

bool StreamReader::end_object() {
  const std::optional<RecordKind> kind = record_kind();
  if (!kind) {
    levels_.pop_back();
    return true;
  }
  const std::size_t job = levels_[0].key == "jobs" ? levels_[1].added - 1 : 0;
  handler_({.kind = *kind, .job = job, .node = {*levels_.back().value, where(), problems_}});
  kept_ = levels_.back().kept_before;
  levels_.pop_back();
  levels_.back().value->get_ref<Json::array_t&>().pop_back();
  return !problems_.first();
}

bool StreamReader::parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& error) {
  // what() is `[json.exception.parse_error.101] parse error at line 1, column 2: <reason>`; the place is said by us.
  std::string_view reason = error.what();
  const std::size_t place = reason.find("column ");
  const std::size_t end = place == std::string_view::npos ? place : reason.find(": ", place);
  if (end != std::string_view::npos) reason.remove_prefix(end + 2);
  problems_.add(place_of(text_, position == 0 ? 0 : position - 1), fmt::format("not JSON: {}", clip(printable_line(reason), 200)));
  return false;
}

}  // namespace

Result<Json> read_stream(std::string_view text, Problems& problems, const RecordHandler& handler) {
  StreamReader reader(text, problems, handler);
  const bool read = Json::sax_parse(text, &reader);
  if (!read && !problems.first()) problems.add("", "cannot be read as JSON");
  if (const std::optional<Error>& problem = problems.first()) return fail(*problem);
  return reader.take();
}

}  // namespace ekaci::report
