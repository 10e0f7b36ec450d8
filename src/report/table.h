#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "report/layout.h"

namespace ekaci::report {

/// A table of numbers with labelled rows and columns. Text has to be printable.
struct NumberTable {
  struct Column {
    std::vector<std::string> heading;    ///< as many lines as every other column
    std::vector<std::uint64_t> numbers;  ///< one for each row
  };
  struct Row {
    std::string label;
    Tone tone = Tone::plain;
    bool rule_above = false;  ///< a line that sets sums apart
  };
  std::string corner;  ///< above the labels
  std::vector<Row> rows;
  std::vector<Column> columns;
};

/// Prints the table, aligned; columns that do not fit beside each other go below, labels repeated. Zero is printed as `–`.
void print_table(Page& page, const NumberTable& table);

}  // namespace ekaci::report
