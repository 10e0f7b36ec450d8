#include "report/terminal_difference.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <optional>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "report/facts.h"
#include "review/wording.h"

namespace ekaci::report {
namespace {

/// One thing that differs, printable. Sides are empty where it is absent there.
struct Entry {
  std::string kind;  ///< `env`; empty where the name says it
  std::string name;
  std::optional<std::string> base;
  std::optional<std::string> head;
};

std::optional<std::string> quoted(const std::optional<std::string>& text) {
  if (!text) return std::nullopt;
  return '"' + printable_line(*text) + '"';
}

std::string name_of(const StorePath& path) { return std::string(without_drv(path.name())); }

void add_texts(std::vector<Entry>& entries, std::string_view kind, const std::vector<TextDifference>& differences) {
  for (const TextDifference& each : differences)
    entries.push_back({std::string(kind), printable_line(each.name), quoted(each.base), quoted(each.head)});
}

void add_paths(std::vector<Entry>& entries, std::string_view kind, const std::vector<PathDifference>& differences) {
  for (const PathDifference& each : differences) {
    const std::optional<StorePath>& named = each.head ? each.head : each.base;
    if (!named) continue;
    const bool same_name = each.base && each.head && each.base->name() == each.head->name();
    const auto side = [&](const std::optional<StorePath>& path) -> std::optional<std::string> {
      if (!path) return std::nullopt;
      return same_name ? path->to_string() : name_of(*path);
    };
    entries.push_back({std::string(kind), name_of(*named), side(each.base), side(each.head)});
  }
}

/// What people change by hand comes before what follows from it.
bool is_telling(const Entry& entry) {
  constexpr std::array<std::string_view, 6> kTelling = {"version", "rev", "url", "urls", "src", "patches"};
  return entry.kind == "env" && std::ranges::find(kTelling, entry.name) != kTelling.end();
}

std::vector<Entry> entries_of(const DerivationDifference& difference) {
  std::vector<Entry> entries;
  add_texts(entries, "env", difference.environment);
  const std::vector<Entry> environment = std::exchange(entries, {});
  std::ranges::copy_if(environment, std::back_inserter(entries), is_telling);
  std::ranges::copy_if(environment, std::back_inserter(entries), std::not_fn(is_telling));
  add_paths(entries, "source", difference.sources);
  add_texts(entries, "argument", difference.arguments);
  add_texts(entries, "output", difference.outputs);
  add_texts(entries, "", difference.fields);
  add_paths(entries, "input", difference.inputs);
  return entries;
}

std::size_t first_difference(std::string_view left, std::string_view right) {
  const auto [at, other] = std::ranges::mismatch(left, right);
  auto place = static_cast<std::size_t>(at - left.begin());
  const auto inside_character = [&](std::string_view text) {
    return place < text.size() && (static_cast<unsigned char>(text[place]) & 0xc0U) == 0x80U;
  };
  while (place > 0 && (inside_character(left) || inside_character(right))) --place;
  return place;
}

/// As much of the text around `place` as fits; cuts are marked.
std::string excerpt(const std::string& text, std::size_t place, std::size_t columns) {
  if (display_width(text) <= columns) return text;
  std::size_t start = std::min(place, text.size());
  while (start > 0 && display_width(std::string_view(text).substr(start, place - start)) < columns / 3) --start;
  while (start > 0 && (static_cast<unsigned char>(text[start]) & 0xc0U) == 0x80U) --start;
  return start == 0 ? clip(text, columns) : "…" + clip(std::string_view(text).substr(start), columns - 1);
}

std::string label_of(const Entry& entry) { return entry.kind.empty() ? entry.name : entry.kind + " " + entry.name; }

/// One side, or the one that there is, at the place where the two differ.
struct Side {
  Span sign;
  std::string text;
  std::size_t place = 0;
};

void print_side(Page& page, const Side& side, const DifferenceStyle& style) {
  const Line start = {{std::string(style.indent, ' ')}, side.sign, {" "}};
  if (style.values == Values::whole) {
    page.paragraph(start, side.text, Tone::plain);
    return;
  }
  const std::size_t taken = style.indent + 2;
  const std::size_t room = std::max<std::size_t>(page.columns() > taken ? page.columns() - taken : 0, 8);
  Line line = start;
  line.push_back({excerpt(side.text, side.place, room)});
  page.line(line);
}

/// What is there on both sides.
struct BothSides {
  const std::string& base;
  const std::string& head;
};

void print_both(Page& page, const std::string& label, const BothSides& sides, const DifferenceStyle& style) {
  const std::string start = std::string(style.indent, ' ') + label + ": ";
  if (sides.base == sides.head) {
    page.line({{start}, {"differs in white space or control characters only"}});
    return;
  }
  const std::string line = sides.base + " → " + sides.head;
  if (display_width(start) + display_width(line) <= page.columns()) {
    page.line({{start}, {line}});
    return;
  }
  const std::size_t place = first_difference(sides.base, sides.head);
  const DifferenceStyle inner{.indent = style.indent + 2, .entries = style.entries, .values = style.values};
  page.line({{start}});
  print_side(page, {{"-", Tone::bad}, sides.base, place}, inner);
  print_side(page, {{"+", Tone::good}, sides.head, place}, inner);
}

void print_entry(Page& page, const Entry& entry, const DifferenceStyle& style) {
  const bool is_path = entry.kind == "source" || entry.kind == "input";
  if (entry.base && entry.head) {
    const bool same_name = is_path && entry.base->starts_with('/');
    if (!same_name || style.values == Values::whole) {
      print_both(page, label_of(entry), {*entry.base, *entry.head}, style);
    } else {
      page.line({{std::string(style.indent, ' ') + label_of(entry)}, {": other content"}});
    }
    return;
  }
  const std::string& text = entry.head ? *entry.head : entry.base.value_or("");
  print_side(page, {entry.head ? Span{"+", Tone::good} : Span{"-", Tone::bad}, is_path ? label_of(entry) : label_of(entry) + ": " + text},
             style);
}

}  // namespace

void print_difference(Page& page, const DerivationDifference& difference, const DifferenceStyle& style) {
  const std::vector<Entry> entries = entries_of(difference);
  const std::string indent(style.indent, ' ');
  const std::size_t shown = std::min(style.entries, entries.size());
  for (std::size_t i = 0; i < shown; ++i) print_entry(page, entries[i], style);
  if (entries.size() > shown) {
    const std::string rest = review::counted(entries.size() - shown, "more difference");
    page.line({{fmt::format("{}… and {}{}", indent, rest, difference.cut ? ", and others" : ""), Tone::dim}});
  } else if (difference.cut) {
    page.line({{indent + "… and others", Tone::dim}});
  }
  if (entries.empty()) page.line({{indent + "nothing but paths of inputs that were replaced differs", Tone::dim}});
}

void print_changed_lines(Page& page, const std::vector<ChangedLine>& lines, std::size_t indent) {
  for (const ChangedLine& line : lines) {
    const std::string position = printable_line(position_text(line.position));
    std::string text = printable_line(line.text);
    text.erase(0, std::min(text.find_first_not_of(' '), text.size()));
    page.line({{std::string(indent, ' ')}, {position + "  ", Tone::dim}, {"+ ", Tone::good}, {text}});
  }
}

std::string difference_in_words(const DerivationDifference& difference) {
  std::vector<std::string> words;
  for (const Entry& entry : entries_of(difference)) words.push_back(entry.kind == "env" ? entry.name : label_of(entry));
  return review::enumerated(words, 4);
}

}  // namespace ekaci::report
