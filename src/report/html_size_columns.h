#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "report/html_columns.h"
#include "report/html_rows.h"

namespace ekaci::report {

/// What the table of all changes says of sizes: by how much a row's runtime closure grows. One thread.
class SizeColumns {
 public:
  /// `places`: the names of all.
  explicit SizeColumns(const std::vector<std::string>& places) : places_(places) {}

  /// The next row: one attribute, wherever it changes alike.
  void add(const std::vector<const Located*>& found, Numbered<std::string>& texts);

  /// `grown` (bytes, of the place where it differs most; null where it is not known), `growth` and `closure` (which of the texts; -1 for
  /// none), as members of an object; none where no size is known.
  [[nodiscard]] std::vector<std::string> members() const;

 private:
  std::vector<std::string> places_;
  std::vector<std::optional<std::int64_t>> grown_;
  Numbers growth_;
  Numbers closure_;
};

}  // namespace ekaci::report
