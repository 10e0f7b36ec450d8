#pragma once

#include <optional>
#include <string>
#include <vector>

#include "model/review.h"
#include "report/facts.h"
#include "report/facts_builds.h"
#include "report/facts_errors.h"
#include "report/facts_origins.h"
#include "report/facts_retained.h"
#include "report/facts_sets.h"
#include "report/facts_sizes.h"
#include "report/facts_times.h"

/// The parts of the page. Each is whole elements, or empty where there is nothing to say.
namespace ekaci::report {

/// All that the sections are made from, gathered once; points into the review, which has to outlive it.
struct PageFacts {
  const Review& review;
  std::vector<std::string> places{};
  std::vector<DirectChange> direct{};
  std::vector<ErrorGroup> errors{};
  SizeFacts sizes{};
  RetainedFacts retained{};
  TimeFacts times{};
  OriginFacts origins{};
  std::vector<Maintained> maintainers{};
  RootFacts roots{};
  Troubles troubles{};
  LogNames log_names;
};
PageFacts page_facts(const Review& review);

std::string verdict_html(const PageFacts& facts);
std::string requirements_html(const PageFacts& facts);
std::string conflicts_html(const PageFacts& facts);
/// Transitions by job and system.
std::string builds_html(const PageFacts& facts);
std::string roots_html(const PageFacts& facts);
std::string counts_html(const PageFacts& facts);
std::string direct_html(const PageFacts& facts);
std::string errors_html(const PageFacts& facts);
std::string sizes_html(const PageFacts& facts);
std::string retained_html(const PageFacts& facts);
std::string times_html(const PageFacts& facts);
/// Elements `origin-<number>` for the foremost; data/report.js takes copies of what they hold.
std::string origins_html(const PageFacts& facts);
/// Attributes of every kind of change, written out in folded parts.
std::string lists_html(const PageFacts& facts);
/// The table that data/report.js fills; hidden without it.
std::string explorer_html(const PageFacts& facts);
std::string notes_html(const PageFacts& facts);
std::string cost_html(const PageFacts& facts);

/// How much was built, and by whom; empty where nothing was to be built.
std::string built_html(const Review& review);
/// What is behind an attribute that does not build.
std::string trouble_html(const std::optional<Transition>& trouble);

}  // namespace ekaci::report
