#include "report/table.h"

#include <algorithm>
#include <numeric>
#include <span>

#include "base/text.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

constexpr std::size_t kIndent = 2;
constexpr std::size_t kBetween = 2;

using Columns = std::span<const NumberTable::Column>;

std::string cell(std::uint64_t number) { return number == 0 ? "–" : review::grouped(number); }

std::size_t width_of(const NumberTable::Column& column) {
  std::size_t width = 0;
  for (const std::string& line : column.heading) width = std::max(width, display_width(line));
  for (const std::uint64_t number : column.numbers) width = std::max(width, display_width(cell(number)));
  return width;
}

std::size_t label_width(const NumberTable& table) {
  std::size_t width = table.columns.empty() || table.columns.front().heading.empty() ? 0 : display_width(table.corner);
  for (const NumberTable::Row& row : table.rows) width = std::max(width, display_width(row.label));
  return width;
}

/// How many of the columns fit into the room, at least one.
std::size_t fitting(Columns columns, std::size_t room) {
  std::size_t used = 0;
  std::size_t count = 0;
  for (const NumberTable::Column& column : columns) {
    used += kBetween + width_of(column);
    if (used > room && count > 0) break;
    ++count;
  }
  return count;
}

void print_heading(Page& page, const NumberTable& table, Columns columns, std::size_t labels) {
  const std::size_t lines = columns.front().heading.size();
  for (std::size_t i = 0; i < lines; ++i) {
    Line line = {{std::string(kIndent, ' ')}, {padded_right(i == 0 ? table.corner : "", labels), Tone::strong}};
    for (const NumberTable::Column& column : columns) {
      line.push_back({std::string(kBetween, ' ')});
      line.push_back({padded_left(column.heading[i], width_of(column)), Tone::dim});
    }
    page.line(line);
  }
}

void print_rule(Page& page, Columns columns, std::size_t labels) {
  const std::size_t width = std::accumulate(columns.begin(), columns.end(), labels, [](std::size_t sum, const NumberTable::Column& column) {
    return sum + kBetween + width_of(column);
  });
  std::string rule;
  for (std::size_t i = 0; i < std::min(width, page.columns() - kIndent); ++i) rule += "─";
  page.line({{std::string(kIndent, ' ')}, {rule, Tone::dim}});
}

void print_rows(Page& page, const NumberTable& table, Columns columns, std::size_t labels) {
  for (std::size_t i = 0; i < table.rows.size(); ++i) {
    const NumberTable::Row& row = table.rows[i];
    if (row.rule_above) print_rule(page, columns, labels);
    Line line = {{std::string(kIndent, ' ')}, {padded_right(row.label, labels), row.tone}};
    for (const NumberTable::Column& column : columns) {
      const std::uint64_t number = column.numbers[i];
      line.push_back({std::string(kBetween, ' ')});
      line.push_back({padded_left(cell(number), width_of(column)), number == 0 ? Tone::dim : row.tone});
    }
    page.line(line);
  }
}

}  // namespace

void print_table(Page& page, const NumberTable& table) {
  const std::size_t labels = label_width(table);
  const std::size_t taken = kIndent + labels;
  const std::size_t room = page.columns() > taken ? page.columns() - taken : 0;
  for (Columns rest = table.columns; !rest.empty();) {
    const std::size_t count = fitting(rest, room);
    page.gap();
    print_heading(page, table, rest.first(count), labels);
    print_rows(page, table, rest.first(count), labels);
    rest = rest.subspan(count);
  }
}

}  // namespace ekaci::report
