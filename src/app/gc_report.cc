#include "app/gc_report.h"

#include <array>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/text.h"
#include "report/units.h"

namespace ekaci::app {
namespace {

using nlohmann::json;

constexpr int kSchema = 1;

using Row = std::array<std::string, 4>;

std::string why_text(const std::string& why) {
  return why == "age" ? "not used for longer than it is kept" : "least recently used, to keep within the bounds of disk and keep_free";
}

/// Numbers to the right, words to the left.
std::string aligned(const std::vector<Row>& rows) {
  std::array<std::size_t, 3> widths{};
  for (const Row& row : rows) {
    for (std::size_t i = 0; i < widths.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
  }
  std::string text;
  for (const Row& row : rows) {
    text += fmt::format("{:<{}}  {:>{}}  {:>{}}  {}\n", row[0], widths[0], row[1], widths[1], row[2], widths[2], row[3]);
  }
  return text;
}

std::string size_of(const json& number) { return report::bytes_text(number.get<std::uint64_t>()); }

/// May throw where something is missing or of another type.
std::string table_of(const json& document) {
  const bool is_dry = document.at("dryRun").get<bool>();
  std::vector<Row> rows{{"what", "number", "size", "why"}};
  std::uint64_t bytes = 0;
  for (const json& line : document.at("dropped")) {
    bytes += line.at("bytes").get<std::uint64_t>();
    rows.push_back({printable_line(line.at("what").get<std::string>()), fmt::format("{}", line.at("count").get<std::uint64_t>()),
                    size_of(line.at("bytes")), why_text(line.at("why").get<std::string>())});
  }
  std::string text = rows.size() > 1 ? aligned(rows) : std::string();
  const std::string directory = printable_line(document.at("directory").get<std::string>());
  const json& after = document.at("taken").at("after");
  const json& free = document.at("free").at("after");
  if (rows.size() == 1) {
    text += fmt::format("nothing to drop: {} takes {}, {} are free\n", directory, size_of(after), size_of(free));
  } else if (is_dry) {
    text += fmt::format("would drop {} of {}: {} would be left, {} free\n", report::bytes_text(bytes), directory, size_of(after),
                        size_of(free));
  } else {
    text += fmt::format("dropped {} of {}: {} are left, {} free\n", report::bytes_text(bytes), directory, size_of(after), size_of(free));
  }
  if (document.at("missing").get<std::uint64_t>() > 0) {
    text += fmt::format("{} more should go and cannot: the rest is in use, or cannot be made again\n", size_of(document.at("missing")));
  }
  return text;
}

}  // namespace

std::string gc_json(const retention::Swept& swept, std::string_view directory) {
  json dropped = json::array();
  for (const retention::SweptLine& line : swept.lines) {
    dropped.push_back({{"what", to_string(line.kind)}, {"why", to_string(line.why)}, {"count", line.count}, {"bytes", line.bytes}});
  }
  const json document = {{"schema", kSchema},
                         {"directory", directory},
                         {"dryRun", swept.is_dry},
                         {"dropped", std::move(dropped)},
                         {"taken", {{"before", swept.before.taken}, {"after", swept.after.taken}}},
                         {"free", {{"before", swept.before.free}, {"after", swept.after.free}}},
                         {"missing", swept.missing}};
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

Result<std::string> gc_table(std::string_view json_text) {
  try {
    return table_of(json::parse(json_text));
  } catch (const json::exception& error) {
    return fail(ErrorCode::corrupt, "what was dropped is told in a way that cannot be read: {}", error.what());
  }
}

}  // namespace ekaci::app
