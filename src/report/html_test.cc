#include "report/html.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/base64.h"
#include "base/html_text.h"
#include "base/sha256.h"
#include "base/text.h"
#include "report/facts_samples_test.h"
#include "report/facts_sizes.h"
#include "report/html_assets.h"
#include "report/html_data.h"
#include "report/html_text.h"
#include "report/samples_builds_test.h"
#include "report/samples_sizes_test.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

using Json = nlohmann::json;

/// What stands in the element of data.
std::string data_of(const std::string& page) {
  constexpr std::string_view kStart = "id=\"data\">";
  const std::size_t start = page.find(kStart) + kStart.size();
  return page.substr(start, page.find("</script>", start) - start);
}

/// The page without its own style, script and data.
std::string markup_of(std::string page) {
  for (const auto& [open, close] :
       {std::pair{"<style>", "</style>"}, std::pair{"id=\"data\">", "</script>"}, std::pair{"<script>", "</script>"}}) {
    const std::size_t start = page.find(open);
    if (start == std::string::npos) continue;
    const std::size_t inner = start + std::string_view(open).size();
    page.erase(inner, page.find(close, inner) - inner);
  }
  return page;
}

/// Every element of the page is one that it writes itself, every `<` begins one, and each is closed in order.
void expect_well_formed(const std::string& page) {
  const std::string markup = markup_of(page);
  const std::set<std::string> known = {
      "html",    "head",     "meta",  "title", "style",  "body",   "a",      "header", "div",     "p",      "h1",      "h2",  "h3",
      "svg",     "circle",   "path",  "rect",  "span",   "b",      "code",   "dl",     "dt",      "dd",     "nav",     "ul",  "li",
      "main",    "section",  "table", "thead", "tbody",  "tr",     "th",     "td",     "article", "pre",    "del",     "ins", "details",
      "summary", "noscript", "label", "input", "select", "option", "button", "dialog", "footer",  "script", "!doctype"};
  const std::set<std::string> empty = {"meta", "input", "!doctype"};
  std::vector<std::string> open;
  for (std::size_t at = markup.find('<'); at != std::string::npos; at = markup.find('<', at + 1)) {
    const bool closes = markup[at + 1] == '/';
    const std::size_t start = at + (closes ? 2 : 1);
    const std::string name = markup.substr(start, markup.find_first_of(" >/\n", start) - start);
    ASSERT_TRUE(known.contains(name)) << markup.substr(at, 60);
    const std::size_t end = markup.find('>', at);
    if (closes) {
      ASSERT_FALSE(open.empty());
      ASSERT_EQ(open.back(), name) << markup.substr(at > 200 ? at - 200 : 0, 260);
      open.pop_back();
    } else if (markup[end - 1] != '/' && !empty.contains(name)) {
      open.push_back(name);
    }
    for (const std::string_view bad : {" onload", " onerror", "javascript:"})
      EXPECT_EQ(markup.substr(at, end - at).find(bad), std::string::npos) << markup.substr(at, end - at);
  }
  EXPECT_TRUE(open.empty());
  EXPECT_TRUE(is_utf8(page));
  EXPECT_EQ(page.find('\x1b'), std::string::npos);
  EXPECT_EQ(page.find("\xe2\x80\xae"), std::string::npos);
}

TEST(HtmlText, EscapesForEachPlace) {
  EXPECT_EQ(html_line("<a b=\"c\" d='e'>\n&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt; &amp;");
  EXPECT_EQ(script_string("</script>&\"\\\x1b[31m\xe2\x80\xae\xff"), R"("\u003c/script\u003e\u0026\"\\\\u202e\ufffd")");
}

TEST(HtmlText, ScriptStringsAreReadBack) {
  EXPECT_TRUE(rc::check([](const std::string& text) {
    const std::string quoted = script_string(text);
    EXPECT_EQ(quoted.find_first_of("<>&\n"), std::string::npos);
    EXPECT_EQ(Json::parse(quoted).get<std::string>(), printable_line(text));
  }));
}

TEST(Html, PagesAreWellFormedWhateverTheTextsHold) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    Review review = seed % 2 == 0 ? hostile_sample() : bump_sample();
    std::uint32_t next = seed;
    for (Change& change : review.jobs.front().changes) {
      change.path = AttributePath({hostile_text(++next), hostile_text(++next)});
      if (change.head_metadata) {
        change.head_metadata->maintainers = {hostile_text(++next)};
        change.head_metadata->version = hostile_text(++next);
        change.head_metadata->position = SourcePosition{hostile_text(++next), 1, 1};
        change.aspects = differing_aspects(change.base_metadata, change.head_metadata);
      }
      if (auto* error = change.head ? std::get_if<EvaluationError>(&*change.head) : nullptr) error->message = hostile_text(++next);
    }
    for (Origin& origin : review.jobs.front().origins) {
      origin.lines = {{.position = {hostile_text(++next), 1, 1}, .text = hostile_text(++next)}};
      origin.difference->environment = {{.name = hostile_text(++next), .base = hostile_text(++next), .head = hostile_text(++next)}};
    }
    review.notes = {hostile_text(++next)};
    review.head_name = hostile_text(++next);
    review.evaluator.version = hostile_text(++next);
    review.verdict.sentence += hostile_text(++next);
    review.verdict.requirements.front().text = hostile_text(++next);
    review.jobs.front().job = hostile_text(++next);
    review.conflicts = {{.path = hostile_text(++next), .message = hostile_text(++next)}};
    const std::string page = to_html(review);
    expect_well_formed(page);
    EXPECT_TRUE(Json::accept(data_of(page)));
  }));
}

TEST(Html, BuildsAreWellFormedWhateverTheirLogsHold) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    Review review = hostile_builds_sample();
    std::uint32_t next = seed;
    for (RootFailure& root : review.root_failures) {
      root.message = hostile_text(++next);
      root.phase = hostile_text(++next);
      root.system = hostile_text(++next);
      root.last_lines = {hostile_text(++next), hostile_text(++next)};
      root.attributes = {hostile_text(++next)};
    }
    review.builds->builders = {hostile_text(++next)};
    const std::string page = to_html(review);
    expect_well_formed(page);
    EXPECT_TRUE(Json::accept(data_of(page)));
  }));
}

TEST(Html, SizesAreWellFormedWhateverTheirNamesHold) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    Review review = hostile_sizes_sample();
    std::uint32_t next = seed;
    for (Change& change : review.jobs.front().changes) {
      change.path = AttributePath({hostile_text(++next)});
      change.size->responsible = {{hostile_text(++next), 0, 7}};
    }
    for (RetainedDependency& retained : review.jobs.front().retained) {
      retained.name = hostile_text(++next);
      retained.head_versions = {hostile_text(++next), hostile_text(++next)};
      retained.example = AttributePath({hostile_text(++next)});
    }
    const std::string page = to_html(review);
    expect_well_formed(page);
    EXPECT_TRUE(Json::accept(data_of(page)));
  }));
}

TEST(Html, TheTableOfChangesHasSizesWhereOneIsKnown) {
  const std::string page = to_html(sizes_sample());
  EXPECT_NE(page.find("data-column=\"size\""), std::string::npos);
  const Json data = Json::parse(data_of(page));
  const Json& rows = data.at("rows");
  for (const auto& [name, column] : rows.items()) EXPECT_EQ(column.size(), rows.at("name").size()) << name;
  std::size_t known = 0;
  for (std::size_t row = 0; row < rows.at("name").size(); ++row) {
    const bool is_known = rows.at("grown").at(row).is_number();
    known += is_known ? 1U : 0U;
    EXPECT_EQ(is_known, rows.at("growth").at(row) != -1);
  }
  EXPECT_EQ(known, size_facts(sizes_sample().jobs).known() - size_facts(sizes_sample().jobs).added);
  const std::string without = to_html(bump_sample());
  EXPECT_EQ(without.find("data-column=\"size\""), std::string::npos);
  EXPECT_FALSE(Json::parse(data_of(without)).at("rows").contains("grown"));
}

TEST(Html, WhatDoesNotBuildCanBeFiltered) {
  const Json data = Json::parse(data_of(to_html(mixed_builds_sample())));
  EXPECT_EQ(data.at("kinds").at(0), "newly failing (rebuilt)");
  EXPECT_EQ(data.at("kinds").at(1), "added and failing");
  std::size_t newly_failing = 0;
  for (const Json& kind : data.at("rows").at("kind")) newly_failing += kind == 0 ? 1U : 0U;
  EXPECT_EQ(newly_failing, 4U);
}

TEST(Html, AsksForNothingAndRunsOnlyItsOwn) {
  const std::string page = to_html(bump_sample());
  EXPECT_NE(page.find("content=\"default-src 'none'; style-src 'sha256-"), std::string::npos);
  const Sha256 hash = sha256(page_script());
  EXPECT_NE(page.find("script-src 'sha256-" + base64(std::string(hash.begin(), hash.end())) + "'"), std::string::npos);
  const std::string markup = markup_of(page);
  for (const std::string_view bad : {" src=", " style=", "http://", "<link", "<img", "<iframe"})
    EXPECT_EQ(markup.find(bad), std::string::npos) << bad;
}

TEST(Html, DataHoldsEveryChangeOnce) {
  const Json data = Json::parse(data_of(to_html(bump_sample())));
  const Json& rows = data.at("rows");
  ASSERT_EQ(rows.at("name").size(), 5U);
  for (const auto& [name, column] : rows.items()) EXPECT_EQ(column.size(), 5U) << name;
  EXPECT_EQ(data.at("rebuilds").size(), 2U);
  const auto text = [&data](const Json& index) { return data.at("texts").at(index.get<std::size_t>()).get<std::string>(); };
  for (std::size_t row = 0; row < 5; ++row) {
    EXPECT_EQ(data.at("where").at(rows.at("where").at(row).get<std::size_t>()), Json::array({0, 1}));
    if (rows.at("name").at(row) != "xz") continue;
    EXPECT_EQ(text(rows.at("detail").at(row)), "5.4.1 → 5.4.2, maintainers alice, bob → alice, carol");
    EXPECT_EQ(rows.at("why").at(row), Json::array({0, 0}));
  }
  EXPECT_EQ(data.at("cards"), Json::array({"xz 5.4.1 → 5.4.2"}));
}

TEST(Html, IndicesThatPointNowhereAreHarmless) {
  Review review = bump_sample();
  for (JobReview& job : review.jobs) {
    for (Change& change : job.changes) change.rebuild = 4'000'000;
    for (RebuiltDerivation& rebuilt : job.rebuilds) rebuilt.towards = rebuilt.origin = 4'000'000;
    job.origins.front().derivation = 4'000'000;
  }
  expect_well_formed(to_html(review));
}

TEST(Html, MassRebuildsStaySmall) {
  const std::string page = to_html(mass_sample(12'000));
  EXPECT_LT(page.size(), 4U << 20U);
  expect_well_formed(page);
}

/// To be looked at in a browser.
TEST(Html, WritesSamplePages) {
  const std::filesystem::path folder = std::filesystem::path(EKACI_BINARY_DIR) / "report-samples";
  std::filesystem::create_directories(folder);
  const auto write = [&folder](const std::string& name, const std::string& page) {
    std::ofstream(folder / (name + ".html"), std::ios::binary) << page;
  };
  write("bump", to_html(bump_sample()));
  write("mass", to_html(mass_sample(12'000)));
  write("hostile", to_html(hostile_sample()));
  write("conflict", to_html(conflict_sample()));
  for (const auto& [name, review] : build_samples()) write(name, to_html(review));
  for (const auto& [name, review] : size_samples()) write(name, to_html(review));
  EXPECT_TRUE(std::filesystem::exists(folder / "bump.html"));
}

/// Style and script are files of their own: what they hold, and so their hashes, is left out.
std::string skeleton_of(const Review& review) {
  return std::regex_replace(markup_of(to_html(review)), std::regex("'sha256-[^']*'"), "'sha256-'");
}

TEST(Html, MatchesGoldenFiles) {
  expect_golden("bump.html", skeleton_of(bump_sample()));
  expect_golden("hostile.html", skeleton_of(hostile_sample()));
  expect_golden("conflict.html", skeleton_of(conflict_sample()));
  for (const auto& [name, review] : build_samples()) expect_golden(name + ".html", skeleton_of(review));
  for (const auto& [name, review] : size_samples()) expect_golden(name + ".html", skeleton_of(review));
}

}  // namespace
}  // namespace ekaci::report
