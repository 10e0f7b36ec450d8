#include "report/facts_errors.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

#include "base/text.h"

namespace ekaci::report {
namespace {

bool is_at_home(const Change& change, const std::optional<SourcePosition>& position) {
  const std::optional<Metadata>& metadata = change.head_metadata ? change.head_metadata : change.base_metadata;
  return position && metadata && metadata->position && metadata->position->file == position->file;
}

/// A group while it grows.
struct Growing {
  std::vector<AttributePath> attributes;
  std::optional<AttributePath> at_home;
  Places places;
};

ErrorGroup grown(const std::pair<std::string, std::optional<SourcePosition>>& key, Growing growing) {
  std::vector<AttributePath>& attributes = growing.attributes;
  std::ranges::sort(attributes);
  const auto [first, last] = std::ranges::unique(attributes);
  attributes.erase(first, last);
  const auto home = growing.at_home ? std::ranges::find(attributes, *growing.at_home) : attributes.end();
  if (home != attributes.end()) std::rotate(attributes.begin(), home, home + 1);
  return {.message = key.first, .position = key.second, .attributes = std::move(attributes), .places = std::move(growing.places)};
}

bool explains_more(const ErrorGroup& left, const ErrorGroup& right) {
  if (left.attributes.size() != right.attributes.size()) return left.attributes.size() > right.attributes.size();
  return std::tie(left.attributes.front(), left.message, left.position) < std::tie(right.attributes.front(), right.message, right.position);
}

}  // namespace

std::string message_of(const EvaluationError& error) {
  std::string_view message = trim(error.message);
  constexpr std::string_view kPrefix = "error:";
  if (message.starts_with(kPrefix)) message = trim(message.substr(kPrefix.size()));
  if (error.failure == EvaluationFailure::evaluation) return message.empty() ? "failed without a message" : std::string(message);
  const std::string words = spelled_out(to_string(error.failure));
  if (message.empty() || message.starts_with(words)) return message.empty() ? words : std::string(message);
  return words + ": " + std::string(message);
}

std::vector<ErrorGroup> error_groups(const std::vector<JobReview>& jobs, ChangeKind kind) {
  std::map<std::pair<std::string, std::optional<SourcePosition>>, Growing> found;
  for (std::size_t place = 0; place < jobs.size(); ++place) {
    for (const Change& change : jobs[place].changes) {
      const EvaluationError* error = change.kind == kind ? error_of(change.head) : nullptr;
      if (error == nullptr) continue;
      Growing& growing = found[{message_of(*error), error->position}];
      growing.attributes.push_back(change.path);
      growing.places.insert(place);
      if (!growing.at_home && is_at_home(change, error->position)) growing.at_home = change.path;
    }
  }
  std::vector<ErrorGroup> groups;
  groups.reserve(found.size());
  for (auto& [key, growing] : found) groups.push_back(grown(key, std::move(growing)));
  std::ranges::sort(groups, explains_more);
  return groups;
}

}  // namespace ekaci::report
