#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "model/review.h"

/// What the page's table of all changes has a row for, and in which order.
namespace ekaci::report {

/// What a row can be filtered by: the kind of change, with the transition where there is one.
struct Label {
  ChangeKind kind = ChangeKind::unchanged;
  std::optional<Transition> transition{};
  friend auto operator<=>(const Label&, const Label&) = default;
};

/// For a person: `newly failing (rebuilt)`. Ours.
std::string label_in_words(const Label& label);

/// What does not build, then all kinds without a transition, then what builds; of labels with a transition those that occur.
std::vector<Label> labels_of(const std::vector<JobReview>& jobs);

/// A change in one place.
struct Located {
  const Change* change;
  std::size_t place;
  std::size_t rank;  ///< of its label
};

/// By label, those that the change is about before those that follow from them. Not what is unchanged or no derivation.
std::vector<Located> located_changes(const std::vector<JobReview>& jobs, const std::vector<Label>& labels);

}  // namespace ekaci::report
