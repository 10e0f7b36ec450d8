#include "report/markdown.h"

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>

#include "base/text.h"
#include "report/facts_samples_test.h"
#include "report/markdown_text.h"
#include "report/samples_builds_test.h"
#include "report/samples_sizes_test.h"
#include "report/samples_test.h"

namespace ekaci::report {
namespace {

/// The text without its code spans and fenced blocks, read as CommonMark does; an unclosed one stays, so that what it holds is seen.
std::string outside_of_code(std::string_view text) {
  std::string outside;
  bool line_start = true;
  while (!text.empty()) {
    if (text.front() != '`') {
      line_start = text.front() == '\n';
      outside += text.front();
      text.remove_prefix(1);
      continue;
    }
    const std::size_t run = std::min(text.find_first_not_of('`'), text.size());
    const std::string fence(run, '`');
    const std::string_view line = text.substr(0, text.find('\n'));
    if (line_start && run >= 3 && line.find('`', run) == std::string_view::npos) {
      const std::size_t end = text.find("\n" + fence + "\n");
      text.remove_prefix(end == std::string_view::npos ? run : end + run + 1);
      outside += end == std::string_view::npos ? "UNCLOSED" : "";
      continue;
    }
    line_start = false;
    std::size_t close = run;
    while (close != std::string_view::npos) {
      close = text.find('`', close);
      if (close == std::string_view::npos) break;
      const std::size_t length = std::min(text.find_first_not_of('`', close), text.size()) - close;
      if (length == run) break;
      close += length;
    }
    // A span ends with its paragraph; ours are on one line each.
    const bool closed = close != std::string_view::npos && text.substr(0, close).find('\n') == std::string_view::npos;
    outside += closed ? "" : "UNCLOSED";
    text.remove_prefix(closed ? close + run : run);
  }
  return outside;
}

/// Nothing but what the report itself writes there, and plain words.
void expect_harmless(std::string_view markdown) {
  const std::string outside = outside_of_code(markdown);
  for (const std::string_view bad :
       {"@", "](", "![", "://", "www.", "GH-", "<script", "<img", "<!--", "UNCLOSED", "\\", "&lt;script", "\x1b", "~~"})
    EXPECT_EQ(outside.find(bad), std::string::npos) << bad << "\n" << outside;
  for (std::size_t at = outside.find('#'); at != std::string::npos; at = outside.find('#', at + 1))
    EXPECT_FALSE(at + 1 < outside.size() && outside[at + 1] >= '0' && outside[at + 1] <= '9') << outside.substr(at, 20);
}

TEST(MarkdownText, CodeHoldsBackticks) {
  EXPECT_EQ(code("a"), "`a`");
  EXPECT_EQ(code("a`b"), "``a`b``");
  EXPECT_EQ(code("`"), "`` ` ``");
  EXPECT_EQ(code(""), "`\"\"`");
  EXPECT_EQ(code("a|b"), "`a\\x7cb`");
  EXPECT_EQ(code(std::string(9, '`')), "`\\x60\\x60\\x60\\x60\\x60\\x60\\x60\\x60\\x60`");
}

TEST(MarkdownText, ProseKeepsPlainWordsOnly) {
  EXPECT_EQ(prose("2,340 attributes (all) newly fail, in base's job 'ci' on x86_64-linux; stop."),
            "2,340 attributes (all) newly fail, in base's job `'ci'` on `x86_64-linux`; stop.");
  EXPECT_EQ(prose("grew by 69.2 %, from 99.6 KiB"), "grew by 69.2 %, from 99.6 KiB");
  EXPECT_EQ(prose("see @alice, #12 and https://example.invalid."), "see `@alice`, `#12` and `https://example.invalid`.");
  EXPECT_EQ(prose("commit deadbeef 1234567 owner/repo#1 GH-1"), "commit `deadbeef` `1234567` `owner/repo#1` `GH-1`");
}

TEST(MarkdownText, FenceIsLongerThanAnyRunInside) {
  EXPECT_EQ(fenced("a\n```\nb", "text", {}), "````text\na\n```\nb\n````\n");
  EXPECT_EQ(fenced("\n  a\n", "", {}), "```\n  a\n```\n");
  EXPECT_EQ(fenced(std::string(9, '`') + "\n", "", {}), "```\n\\x60\\x60\\x60\\x60\\x60\\x60\\x60\\x60\\x60\n```\n")
      << "cmark counts to 255";
  EXPECT_EQ(fenced("a\nb\nc", "", {.bytes = 100, .lines = 2}), "```\na\nb\n```\n\n… and 1 more line.\n");
}

TEST(MarkdownText, HostileTextStaysInCode) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    const std::string text = hostile_text(seed);
    expect_harmless(code(text) + " " + prose(text) + "\n");
    expect_harmless("\n" + fenced(text, "text", {}));
    const std::string summary = summary_code(text);
    EXPECT_EQ(summary.find('<', 1), summary.size() - 7);
  }));
}

TEST(Markdown, HostileReviewsStayHarmless) {
  EXPECT_TRUE(rc::check([](std::uint32_t seed) {
    Review review = hostile_sample();
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
    review.notes = {hostile_text(++next)};
    review.verdict.sentence += hostile_text(++next);
    review.verdict.requirements.front().text = hostile_text(++next);
    review.jobs.front().job = hostile_text(++next);
    review.conflicts = {{.path = hostile_text(++next), .message = hostile_text(++next)}};
    expect_harmless(to_markdown(review));
  }));
}

TEST(Markdown, NeverExceedsTheLimit) {
  for (const std::uint32_t attributes : {10U, 3000U, 100'000U}) {
    const std::string text = to_markdown(mass_sample(attributes));
    EXPECT_LE(text.size(), MarkdownOptions::kGitHubLimit);
    EXPECT_TRUE(is_utf8(text));
    expect_harmless(text);
    EXPECT_EQ(text.find("Shortened") != std::string::npos, attributes > 4000) << attributes;
  }
}

TEST(Markdown, FitsWhateverTheTextsHold) {
  Review review = hostile_sample();
  const std::string wide(10'000, '`');
  std::string dots;
  for (int i = 0; i < 2000; ++i) dots += "\u65e5| ";
  review.base_name = review.head_name = review.evaluator.version = wide;
  review.verdict.sentence = dots;
  review.verdict.requirements.assign(1000, {.name = wide, .state = Requirement::State::unknown, .text = dots});
  review.jobs.resize(60, review.jobs.front());
  for (JobReview& job : review.jobs) {
    job.job = dots;
    for (Change& change : job.changes) change.path = change.path.child(dots).child(wide);
    job.changes.resize(20, job.changes.front());
  }
  const std::string text = to_markdown(review, {.limit = 1});
  EXPECT_LE(text.size(), MarkdownOptions::kLeastLimit);
  EXPECT_LE(to_markdown(review).size(), MarkdownOptions::kGitHubLimit);
}

TEST(Markdown, LeavesOutInTheStatedOrder) {
  const Review review = mass_sample(8000);
  const std::string text = to_markdown(review);
  EXPECT_NE(text.find("Shortened to fit a comment: names of rebuilt attributes are not all shown."), std::string::npos);
  EXPECT_NE(text.find("+ 5.4.2"), std::string::npos) << "differences go later";
}

TEST(Markdown, BuildsStayHarmless) {
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
    expect_harmless(to_markdown(review));
  }));
}

TEST(Markdown, SizesStayHarmless) {
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
    expect_harmless(to_markdown(review));
  }));
}

TEST(Markdown, FitsWhateverSizesHold) {
  Review review = hostile_sizes_sample();
  const std::string wide(10'000, '`');
  for (JobReview& job : review.jobs) {
    for (Change& change : job.changes) change.size->responsible.assign(5, {wide, 0, 7});
    job.retained.resize(3000, job.retained.front());
    for (std::size_t i = 0; i < job.retained.size(); ++i) {
      job.retained[i].name = std::to_string(i) + wide;
      job.retained[i].head_versions = {wide};
      job.retained[i].example = AttributePath({wide});
    }
  }
  EXPECT_LE(to_markdown(review).size(), MarkdownOptions::kGitHubLimit);
  EXPECT_LE(to_markdown(review, {.limit = 1}).size(), MarkdownOptions::kLeastLimit);
}

TEST(Markdown, SizesAreLeftOutBeforeDifferencesAtOrigins) {
  Review review = sizes_sample();
  EXPECT_NE(to_markdown(review).find("| runtime closure of |"), std::string::npos);
  Change failing{.path = {"a"}, .kind = ChangeKind::newly_erroring, .base = {}, .head = {}};
  for (char c = 'a'; c <= 'z'; ++c) {
    std::string message;
    for (int line = 0; line < 40; ++line) message += std::string(95, c) + "\n";
    failing.head = EvaluationError{.message = std::move(message)};
    review.jobs.front().changes.push_back(failing);
  }
  const std::string text = to_markdown(review);
  const std::size_t note = text.find("Shortened");
  ASSERT_NE(note, std::string::npos);
  EXPECT_EQ(text.find("| runtime closure of |"), std::string::npos);
  EXPECT_NE(text.find("**Sizes:** "), std::string::npos) << "how many grow is always said";
  EXPECT_LT(text.find("sizes, retained dependencies and build times", note), text.find("differences at origins", note));
}

TEST(Markdown, FitsWhateverBuildsHold) {
  Review review = mixed_builds_sample();
  const std::string wide(10'000, '`');
  review.root_failures.resize(3000, review.root_failures.front());
  for (RootFailure& root : review.root_failures) {
    root.message = root.phase = root.system = wide;
    root.last_lines.assign(50, wide);
    root.attributes.assign(20, wide);
    root.affected = 1'000'000;
  }
  review.builds->builders.assign(1000, wide);
  review.jobs.resize(60, review.jobs.front());
  EXPECT_LE(to_markdown(review).size(), MarkdownOptions::kGitHubLimit);
  EXPECT_LE(to_markdown(review, {.limit = 1}).size(), MarkdownOptions::kLeastLimit);
}

TEST(Markdown, LogsAreLeftOutBeforeRootFailures) {
  Review review = broken_root_sample();
  review.root_failures.resize(100, review.root_failures.front());
  const std::string text = to_markdown(review, {.limit = MarkdownOptions::kLeastLimit});
  EXPECT_NE(text.find("ends of logs"), std::string::npos) << text.substr(text.size() - 400);
  EXPECT_NE(text.find("more root failures"), std::string::npos);
}

TEST(Markdown, MatchesGoldenFiles) {
  expect_golden("bump.md", to_markdown(bump_sample()));
  expect_golden("hostile.md", to_markdown(hostile_sample()));
  expect_golden("conflict.md", to_markdown(conflict_sample()));
  expect_golden("mass-rebuild.md", to_markdown(mass_sample(60)));
  for (const auto& [name, review] : build_samples()) expect_golden(name + ".md", to_markdown(review));
  for (const auto& [name, review] : size_samples()) expect_golden(name + ".md", to_markdown(review));
}

}  // namespace
}  // namespace ekaci::report
