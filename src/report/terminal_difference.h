#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/rebuild.h"
#include "report/layout.h"

namespace ekaci::report {

/// How much of a long text is printed.
enum class Values {
  excerpt,  ///< what surrounds the first difference, on one line
  whole,    ///< all, on as many lines as it takes
};

/// Where and how much of a difference is printed.
struct DifferenceStyle {
  std::size_t indent = 4;
  std::size_t entries = 4;  ///< how many are left out is said
  Values values = Values::excerpt;
};

/// What differs, a line for each, or two where both sides do not fit: `env version: "5.4.1" → "5.4.2"`.
void print_difference(Page& page, const DerivationDifference& difference, const DifferenceStyle& style);

/// `pkgs/xz/default.nix:12  version = "5.4.2";`
void print_changed_lines(Page& page, const std::vector<ChangedLine>& lines, std::size_t indent);

/// What differs in a few words, most telling first: `version, url, source fix.patch`.
std::string difference_in_words(const DerivationDifference& difference);

}  // namespace ekaci::report
