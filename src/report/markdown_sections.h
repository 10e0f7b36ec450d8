#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>
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

/// The parts of a markdown report. Each gives whole blocks, ended by a line feed, or nothing where there is nothing to say.
namespace ekaci::report {

/// All that the sections are made from, gathered once; points into the review, which has to outlive it.
struct MarkdownFacts {
  const Review& review;
  std::vector<std::string> places{};
  std::vector<DirectChange> direct{};
  std::vector<ErrorGroup> errors{};
  SizeFacts sizes{};
  RetainedFacts retained{};
  TimeFacts times{};
  OriginFacts origins{};
  std::vector<SetChanges> rebuilt{};                   ///< through their inputs
  std::map<ChangeKind, std::vector<Listed>> listed{};  ///< removed, added, fixed, newly and no longer refused
  std::vector<Maintained> maintainers{};
  RootFacts roots{};
  Troubles troubles{};
  LogNames log_names;
};
MarkdownFacts markdown_facts(const Review& review);

/// How much of each list is shown.
struct MarkdownDetail {
  std::size_t rebuilt_names = 2000;   ///< of each package set
  std::size_t sizes = 10;             ///< attributes whose closures differ most
  std::size_t retained = 10;          ///< dependencies that closures gained, lost or have in another version
  std::size_t times = 10;             ///< attributes whose build times differ most
  std::size_t sets = 60;              ///<
  std::size_t difference_lines = 40;  ///< at each origin; 0 leaves the differences out
  std::size_t listed = 100;           ///< added, removed, refused, … of each kind
  std::size_t message_lines = 40;     ///< of each error
  std::size_t message_bytes = 4096;   ///< of each error
  std::size_t direct = 60;            ///<
  std::size_t errors = 40;            ///< groups of attributes that fail alike
  std::size_t error_names = 20;       ///< of each such group
  std::size_t origins = 15;           ///<
  std::size_t jobs = 50;              ///<
  std::size_t maintainers = 60;       ///<
  std::size_t roots = 20;             ///< root failures
  std::size_t root_names = 10;        ///< attributes that each explains
  std::size_t log_lines = 20;         ///< of the end of each log, and of what the store says; 0 leaves them out
};

std::string verdict_section(const MarkdownFacts& facts);
/// What it comes to, as a heading.
std::string decision_heading(const MarkdownFacts& facts);
/// Which commit is compared with which.
std::string sides_line(const MarkdownFacts& facts);
std::string conflict_section(const MarkdownFacts& facts);
std::string build_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string root_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string count_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string direct_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string error_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string size_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string retained_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string time_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string origin_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string rebuilt_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string listed_section(const MarkdownFacts& facts, ChangeKind kind, const MarkdownDetail& detail);
std::string maintainer_section(const MarkdownFacts& facts, const MarkdownDetail& detail);
std::string note_section(const MarkdownFacts& facts);
std::string cost_section(const MarkdownFacts& facts);

/// `Built 41 derivations, … by …. `; empty where nothing was to be built.
std::string built_sentence(const Review& review);
std::string_view mark_of_trouble(Transition trouble);
/// The mark of an attribute that does not build, and a space; else nothing.
std::string trouble_mark(const Troubles& troubles, const AttributePath& path);

}  // namespace ekaci::report
