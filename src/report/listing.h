#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/review.h"

namespace ekaci::report {

/// What a list says of one attribute, or of all attributes that fail with the same error. All text is printable.
struct Row {
  std::string name;                     ///< the attribute's written form
  std::string detail;                   ///< `1.0 → 1.1`, `was hello-1.0`, `broken`; empty for errors
  std::string where;                    ///< systems (with jobs where there are several); empty where it is everywhere
  std::uint64_t attributes = 0;         ///< how many of the section's it stands for
  std::optional<Transition> trouble{};  ///< where building does not succeed; said in the detail
  std::vector<std::string> message{};   ///< of an error: its lines, none empty
  std::string position{};               ///< of an error: `file:line:column`
  std::vector<std::string> others{};    ///< of an error: further attributes with the same
};

/// All attributes with one kind of change, the ones to read first first.
struct Section {
  ChangeKind kind = ChangeKind::unchanged;
  std::uint64_t attributes = 0;  ///< the sum of the rows'
  std::vector<Row> rows{};
};

/// An attribute's written form, printable; the root by what it stands for.
std::string shown_path(const AttributePath& path);

/// What changed and is told neither by direct_changes() nor by rebuilt_through_inputs() alone, worst first; kinds that no attribute has are
/// left out. An attribute that changes alike for several jobs and systems is one row, and so are attributes with the same error, headed by
/// the one that is defined in the file where the error is, if there is one. Of errors, also those of direct changes, the ones that explain
/// most first. Of the rebuilt, those whose name or version moved. Never unchanged or not_a_derivation.
std::vector<Section> sections_of(const std::vector<JobReview>& jobs);

}  // namespace ekaci::report
