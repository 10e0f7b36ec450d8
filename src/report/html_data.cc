#include "report/html_data.h"

#include <fmt/core.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/facts.h"
#include "report/facts_errors.h"
#include "report/facts_sets.h"
#include "report/html_columns.h"
#include "report/html_rows.h"
#include "report/html_size_columns.h"
#include "report/html_text.h"

namespace ekaci::report {
namespace {

constexpr std::size_t kTextColumns = 300;

std::string detail_of(const Change& change) {
  const EvaluationError* error = error_of(change.head);
  std::string words = error != nullptr ? message_of(*error) : summary_of(change);
  if (words.empty() && change.head_metadata) words = change.head_metadata->version;
  return clip(printable_line(words), kTextColumns);
}

class PageData {
 public:
  PageData(const Review& review, const OriginFacts& origins)
      : review_(review), origins_(origins), labels_(labels_of(review.jobs)), sizes_(place_names(review.jobs)) {}

  std::string written() {
    add_rows();
    std::vector<std::string> rebuilds;
    rebuilds.reserve(review_.jobs.size());
    for (const JobReview& job : review_.jobs) rebuilds.push_back(rebuilds_of(job));
    std::vector<std::string> titles;
    titles.reserve(origins_.origins.size());
    for (const OriginFact& origin : origins_.origins) titles.push_back(clip(printable_line(origin_title(origin.name)), kTextColumns));
    const std::vector<std::string> members = {member("kinds", array_of(kind_words())),
                                              member("places", array_of(place_names(review_.jobs))),
                                              member("cards", array_of(titles)),
                                              member("rows", rows()),
                                              member("leftOut", std::to_string(left_out_)),
                                              member("rebuilds", joined(rebuilds, '[', ']')),
                                              member("origins", origin_cards()),
                                              member("people", lists(people_)),
                                              member("where", lists(where_)),
                                              member("texts", texts())};
    return joined(members, '{', '}');
  }

 private:
  /// The same attribute with the same kind and the same words is one row, wherever it is.
  void add_rows() {
    const std::vector<Located> changes = located_changes(review_.jobs, labels_);
    std::size_t first = 0;
    while (first < changes.size() && names_.size() < kMaxPageRows) {
      std::size_t end = first + 1;
      while (end < changes.size() && changes[end].rank == changes[first].rank && changes[end].change->path == changes[first].change->path)
        ++end;
      std::map<std::string, std::vector<const Located*>> alike;
      for (std::size_t i = first; i < end; ++i) alike[detail_of(*changes[i].change)].push_back(&changes[i]);
      for (const auto& [detail, found] : alike) add_row(detail, found);
      first = end;
    }
    left_out_ = changes.size() - first;
  }

  void add_row(const std::string& detail, const std::vector<const Located*>& found) {
    const Change& change = *found.front()->change;
    const std::optional<Metadata>& metadata = change.head_metadata ? change.head_metadata : change.base_metadata;
    const std::vector<std::string>& path = change.path.names();
    names_.push_back(path.empty() ? "(the whole job)" : clip(printable_line(AttributePath({path.back()}).to_string()), kTextColumns));
    sets_.push_back(text(set_of(change.path)));
    kinds_.push_back(static_cast<std::int64_t>(found.front()->rank));
    details_.push_back(text(detail));
    positions_.push_back(text(metadata && metadata->position ? position_text(*metadata->position) : ""));
    Numbers maintainers;
    if (metadata) {
      for (const std::string& name : metadata->maintainers) maintainers.push_back(text(name));
    }
    row_people_.push_back(people_(maintainers));
    Numbers places;
    Numbers ways;
    for (const Located* one : found) {
      places.push_back(static_cast<std::int64_t>(one->place));
      ways.push_back(way_of(*one));
    }
    row_where_.push_back(where_(places));
    sizes_.add(found, texts_);
    whys_.push_back(ways.size() == 1 ? std::to_string(ways.front()) : array_of(ways));
  }

  [[nodiscard]] std::int64_t way_of(const Located& one) const {
    const std::optional<std::uint32_t>& index = one.change->rebuild;
    return index && *index < review_.jobs[one.place].rebuilds.size() ? std::int64_t{*index} : kNone;
  }

  std::int64_t text(std::string_view hostile) { return texts_(clip(printable_line(hostile), kTextColumns)); }

  std::string rebuilds_of(const JobReview& job) {
    Numbers heads;
    Numbers bases;
    Numbers towards;
    Numbers distances;
    Numbers origins;
    std::vector<std::string> head_hashes;
    std::vector<std::string> base_hashes;
    for (const RebuiltDerivation& one : job.rebuilds) {
      heads.push_back(text(without_drv(one.head.name())));
      bases.push_back(one.base ? text(without_drv(one.base->name())) : kNone);
      head_hashes.push_back(to_nix_base32(one.head.hash()));
      base_hashes.push_back(one.base ? to_nix_base32(one.base->hash()) : "");
      towards.push_back(one.towards ? std::int64_t{*one.towards} : kNone);
      distances.push_back(one.distance);
      origins.push_back(one.origin);
    }
    return joined({member("head", array_of(heads)), member("base", array_of(bases)), member("headHash", array_of(head_hashes)),
                   member("baseHash", array_of(base_hashes)), member("towards", array_of(towards)), member("distance", array_of(distances)),
                   member("origin", array_of(origins))},
                  '{', '}');
  }

  [[nodiscard]] std::string origin_cards() const {
    std::vector<std::string> places;
    for (const std::vector<std::size_t>& origins : origins_.of_place) {
      Numbers cards;
      for (const std::size_t card : origins) cards.push_back(card == std::string::npos ? kNone : static_cast<std::int64_t>(card));
      places.push_back(array_of(cards));
    }
    return joined(places, '[', ']');
  }

  [[nodiscard]] std::string rows() const {
    std::vector<std::string> columns = {member("set", array_of(sets_)),           member("name", array_of(names_)),
                                        member("kind", array_of(kinds_)),         member("detail", array_of(details_)),
                                        member("position", array_of(positions_)), member("people", array_of(row_people_)),
                                        member("where", array_of(row_where_)),    member("why", joined(whys_, '[', ']'))};
    for (const std::string& column : sizes_.members()) columns.push_back(column);
    return joined(columns, '{', '}');
  }

  [[nodiscard]] std::vector<std::string> kind_words() const {
    std::vector<std::string> words;
    words.reserve(labels_.size());
    for (const Label& label : labels_) words.push_back(label_in_words(label));
    return words;
  }

  static std::string lists(const Numbered<Numbers>& numbered) {
    std::vector<std::string> arrays;
    for (const Numbers* numbers : numbered.values()) arrays.push_back(array_of(*numbers));
    return joined(arrays, '[', ']');
  }

  [[nodiscard]] std::string texts() const {
    std::vector<std::string> quoted;
    quoted.reserve(texts_.values().size());
    for (const std::string* one : texts_.values()) quoted.push_back(script_string(*one));
    return joined(quoted, '[', ']');
  }

  const Review& review_;
  const OriginFacts& origins_;
  std::vector<Label> labels_;
  Numbered<std::string> texts_;
  Numbered<Numbers> people_;
  Numbered<Numbers> where_;
  std::size_t left_out_ = 0;  ///< changes beyond kMaxPageRows
  Numbers sets_;
  std::vector<std::string> names_;
  Numbers kinds_;
  Numbers details_;
  Numbers positions_;
  Numbers row_people_;
  Numbers row_where_;
  std::vector<std::string> whys_;
  SizeColumns sizes_;
};

}  // namespace

std::string page_data(const Review& review, const OriginFacts& origins) { return PageData(review, origins).written(); }

std::string origin_title(const StepName& name) {
  if (name.is_new) return name.after.empty() ? name.name : name.name + " " + name.after;
  if (name.before == name.after) return name.after.empty() ? name.name : name.name + " " + name.after;
  return fmt::format("{} {} → {}", name.name, name.before.empty() ? "none" : name.before, name.after.empty() ? "none" : name.after);
}

}  // namespace ekaci::report
