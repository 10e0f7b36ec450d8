#pragma once

#include <memory>
#include <string>

#include "app/runtime_closure.h"
#include "model/review.h"

/// What `ekaci why-depends` says, for a person at a terminal. Strangers' text is shown printable; nothing is left out but the smallest
/// packages of a long list, and their number is said.
namespace ekaci::app {

/// What is known of one attribute in one job and system.
struct MeasuredAttribute {
  /// Holds this one change and what it gained, lost or keeps in another version.
  JobReview job{};
  /// Null where the side has no derivation.
  std::unique_ptr<RuntimeClosure> base{};
  std::unique_ptr<RuntimeClosure> head{};
};

/// What its closure gained, lost or keeps in another version; where only one side is known, what that keeps.
std::string dependencies_text(const MeasuredAttribute& attribute);

/// How each side keeps the dependency; empty where no side is known to.
std::string ways_text(const MeasuredAttribute& attribute, const std::string& dependency);

/// Why nothing can be said of a side, one line for each such side; empty where both are known or absent.
std::string unknown_sides_text(const MeasuredAttribute& attribute);

}  // namespace ekaci::app
