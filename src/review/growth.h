#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "model/review.h"

/// Runtime closures against what base's configuration allows them to grow (SizeCheck).
namespace ekaci::review {

/// A closure that grew by more than is allowed.
struct Growth {
  std::string attribute;  ///< printable
  std::uint64_t base = 0;
  std::uint64_t head = 0;
  double allowed_percent = 0;
};

/// What all jobs of base that have a size_check show.
struct SizeFindings {
  bool wanted = false;                     ///< there is such a job
  std::uint64_t measured = 0;              ///< changed attributes both of whose closures are known
  std::uint64_t exceeding = 0;             ///< of them, those that grew by more than their job allows
  std::optional<Growth> worst{};           ///< of those; what grew by the largest part
  std::uint64_t unknown = 0;               ///< changed attributes whose growth should be known, and is not
  std::uint64_t unknown_base = 0;          ///< of them, those whose closure at base is not known
  std::uint64_t unknown_head = 0;          ///< likewise at head
  std::vector<std::string> unseen_jobs{};  ///< printable; whose closures cannot be compared at all
};

/// Adds the changes of a job; does nothing where it has no size_check.
void add_growth(SizeFindings& sizes, const JobReview& job);

}  // namespace ekaci::review
