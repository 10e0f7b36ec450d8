#include "app/status_text.h"

#include <fmt/chrono.h>
#include <fmt/core.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>
#include <vector>

#include "base/text.h"
#include "report/layout.h"
#include "report/terminal_marks.h"
#include "review/wording.h"

namespace ekaci::app {
namespace {

using api::ServerStanding;
using report::Page;
using report::Tone;
using review::counted;
using Line = forge::DeskStanding::Line;
using State = forge::DeskStanding::State;

constexpr std::size_t kLongestName = 44;
constexpr std::size_t kLabel = 9;

std::string clock_time(Clock::Wall time) { return fmt::format("{:%H:%M:%S} UTC", fmt::gmtime(Clock::Wall::clock::to_time_t(time))); }
std::string day_and_time(Clock::Wall time) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(Clock::Wall::clock::to_time_t(time)));
}

/// `3 s`, `12 min`, `2 h 07 min`, `5 d 3 h`: how long something has been so.
std::string span_text(Clock::Wall::duration duration) {
  const auto seconds = std::max<std::int64_t>(0, std::chrono::duration_cast<std::chrono::seconds>(duration).count());
  if (seconds < 60) return fmt::format("{} s", seconds);
  if (seconds < 3600) return fmt::format("{} min", seconds / 60);
  constexpr std::int64_t kTwoDays = 172'800;
  if (seconds < kTwoDays) return fmt::format("{} h {:02} min", seconds / 3600, seconds % 3600 / 60);
  return fmt::format("{} d {} h", seconds / 86'400, seconds % 86'400 / 3600);
}

/// Puts the view together.
class View {
 public:
  View(const ServerStanding& standing, const report::TerminalStyle& style)
      : standing_(standing), rows_(style.rows), page_(style.columns, style.colour) {
    for (const Line& line : standing.desk.lines) {
      by_state_[line.state].push_back(&line);
      const std::size_t width = display_width(name_of(line));
      if (width <= std::min(kLongestName, page_.columns() / 2)) longest_ = std::max(longest_, width);
    }
  }

  void print_head() {
    page_.line({{"EkaCI " + standing_.version, Tone::strong},
                {fmt::format("  runs for {}, since {}, as process {}", span_text(standing_.now - standing_.started),
                             day_and_time(standing_.started), standing_.process)}});
    print_stuck();
    page_.gap();
    print_github();
    print_inbox();
    print_unsent();
    print_counts();
  }

  void print_reviews() {
    heading("under review", of(State::under_review).size());
    for (const Line* line : shown(State::under_review)) print_review(*line);
    rest(State::under_review);
  }

  void print_queue() {
    std::vector<const Line*> waiting;
    for (const Line& line : standing_.desk.lines) {
      if (line.place > 0) waiting.push_back(&line);
    }
    std::ranges::sort(waiting, {}, [](const Line* line) { return line->place; });
    heading("waiting", waiting.size());
    const std::size_t most = std::min(rows_, waiting.size());
    for (std::size_t i = 0; i < most; ++i) print_waiting(*waiting[i]);
    report::print_rest(page_, waiting.size() - most);
  }

  /// What waits for something else than its turn.
  void print_others() {
    print_list("resting", of(State::resting));
    std::vector<const Line*> unapproved;
    std::vector<const Line*> decided;
    for (const Line* line : of(State::decided)) (line->awaits_approval ? unapproved : decided).push_back(line);
    print_list("waiting for an approval", unapproved);
    print_list("drafts", of(State::draft));
    print_list("not reviewed", of(State::unreviewed));
    print_list("decided", decided);
  }

  void print_nothing() {
    if (by_state_[State::under_review].empty() && standing_.desk.waiting == 0)
      page_.line({report::Span{"nothing is under review, and nothing waits"}});
  }

  std::string take() && { return std::move(page_).take(); }

 private:
  static std::string name_of(const Line& line) { return printable_line(full_name(line)); }
  [[nodiscard]] const std::vector<const Line*>& of(State state) { return by_state_[state]; }
  [[nodiscard]] std::vector<const Line*> shown(State state) {
    const std::vector<const Line*>& all = of(state);
    return {all.begin(), all.begin() + static_cast<std::ptrdiff_t>(std::min(rows_, all.size()))};
  }
  void rest(State state) { report::print_rest(page_, of(state).size() - std::min(rows_, of(state).size())); }

  void heading(std::string_view name, std::size_t number) {
    if (number == 0) return;
    page_.gap();
    page_.line({{std::string(name), Tone::strong}, {fmt::format("  {}", number), Tone::dim}});
  }

  void print_stuck() {
    const std::vector<api::Stuck> stuck = api::find_stuck(standing_);
    if (stuck.empty()) return;
    page_.gap();
    page_.line({{"stuck", Tone::strong_bad}, {fmt::format("  {}", stuck.size()), Tone::dim}});
    const std::size_t most = std::min(rows_, stuck.size());
    for (std::size_t i = 0; i < most; ++i) {
      const api::Stuck& one = stuck[i];
      page_.paragraph({{"  ✗ ", Tone::bad}}, printable_line(one.subject), Tone::strong);
      page_.paragraph({{fmt::format("    for {}: ", span_text(standing_.now - one.since)), Tone::dim}}, printable_line(one.why),
                      Tone::plain);
      if (!one.to_do.empty()) page_.paragraph({{"    → "}}, printable_line(one.to_do), Tone::plain);
    }
    report::print_rest(page_, stuck.size() - most);
  }

  void labelled(std::string_view label, const report::Span& mark, std::string_view text) {
    page_.paragraph({{"  " + report::padded_right(label, kLabel), Tone::dim}, mark, {" "}}, text, Tone::plain);
  }

  void print_github() {
    const api::ForgeStanding& forge = standing_.forge;
    if (api::is_silent(forge)) {
      labelled("GitHub", {"✗", Tone::bad}, fmt::format("does not answer: {}", printable_line(forge.trouble)));
    } else if (forge.answered) {
      labelled("GitHub", {"✓", Tone::good}, fmt::format("answers; the last time {} ago", span_text(standing_.now - *forge.answered)));
    } else {
      labelled("GitHub", {"…", Tone::doubtful}, "was not asked anything yet");
    }
    for (const api::ForgeStanding::Budget& budget : forge.budgets) print_budget(budget);
  }

  void print_budget(const api::ForgeStanding::Budget& budget) {
    const std::string who = budget.installation == 0 ? "as the App" : fmt::format("for installation {}", budget.installation);
    if (budget.resume) {
      labelled("", {"…", Tone::doubtful},
               fmt::format("no calls {} until {}: its limit, or ours, is spent", who, clock_time(*budget.resume)));
    } else if (budget.remaining && budget.reset) {
      const std::string saved = budget.spares ? "; until then they are kept for more than progress of checks" : "";
      labelled("", {" "},
               fmt::format("{} calls left {} until {}{}", review::grouped(*budget.remaining), who, clock_time(*budget.reset), saved));
    }
  }

  void print_inbox() {
    const api::BacklogStanding& backlog = standing_.backlog;
    if (!backlog.oldest_delivery) {
      labelled("inbox", {"✓", Tone::good}, "every webhook is handled");
      return;
    }
    labelled("inbox", {"…", Tone::doubtful},
             fmt::format("{} to be handled, the oldest for {}", counted(backlog.deliveries, "webhook"),
                         span_text(standing_.now - *backlog.oldest_delivery)));
  }

  void print_unsent() {
    const api::BacklogStanding& backlog = standing_.backlog;
    if (!backlog.oldest_check) {
      labelled("owed", {"✓", Tone::good}, "GitHub has every check as it is wanted");
    } else {
      labelled("owed", {"…", Tone::doubtful},
               fmt::format("{} to be sent, the oldest for {}", counted(backlog.checks, "check"),
                           span_text(standing_.now - *backlog.oldest_check)));
    }
    for (const api::UnsentCheck& check : backlog.owed) {
      if (check.why.empty()) continue;
      const std::string next = check.due ? fmt::format("; again at {}", clock_time(*check.due)) : "";
      labelled("", {" "}, fmt::format("{}: {}{}", printable_line(full_name(standing_, check)), printable_line(check.why), next));
    }
    if (const std::string refused = refused_in_words(); !refused.empty()) {
      labelled("refused", {"✗", Tone::bad}, refused + " that GitHub will not take, see above");
    }
  }

  /// `2 checks, 1 label`; empty where nothing is.
  [[nodiscard]] std::string refused_in_words() const {
    using What = api::RefusedWish::What;
    const api::BacklogStanding& backlog = standing_.backlog;
    const auto number = [&](What what) { return std::ranges::count(backlog.refused_wishes, what, &api::RefusedWish::what); };
    std::string words;
    for (const auto& [count, name] :
         {std::pair{backlog.refused.size(), "check"}, std::pair{static_cast<std::size_t>(number(What::label)), "label"},
          std::pair{static_cast<std::size_t>(number(What::comment)), "comment"}}) {
      if (count > 0) words += (words.empty() ? "" : ", ") + counted(count, name);
    }
    return words;
  }

  void print_counts() {
    const forge::DeskStanding& desk = standing_.desk;
    std::string text = fmt::format("{} of {} under way, {} waiting", desk.running, desk.at_once, desk.waiting);
    for (const auto& [state, name] :
         {std::pair{State::resting, "resting"}, std::pair{State::draft, "drafts"}, std::pair{State::decided, "decided"}}) {
      if (const std::size_t number = of(state).size(); number > 0) text += fmt::format(", {} {}", number, name);
    }
    labelled("reviews", {" "},
             fmt::format("{}; in {}", text, desk.repositories == 1 ? "1 repository" : fmt::format("{} repositories", desk.repositories)));
  }

  /// A line with a subject's name between `start` and the rest, which is aligned with others' rests. A name that is too long for that has a
  /// line of its own: operators copy it.
  void print_named(report::Line start, const Line& line, const report::Line& rest) {
    const std::string name = name_of(line);
    if (display_width(name) > longest_) {
      page_.paragraph(start, name, Tone::plain);
      start = {report::Span{"      "}};
    } else {
      start.push_back({report::padded_right(name, longest_)});
    }
    start.push_back({"  "});
    start.insert(start.end(), rest.begin(), rest.end());
    page_.line(start);
  }

  void print_review(const Line& line) {
    const api::ReviewStanding* review = find_review(standing_, line);
    std::string text = line.since ? "for " + span_text(standing_.now - *line.since) : "";
    if (line.is_stopped) text += ", being stopped";
    if (line.builds == forge::Builds::withheld) text += ", without building";
    if (line.is_wanted_again) text += ", then again";
    print_named({report::Span{"  "}}, line, {{line.head + "  ", Tone::dim}, {text}});
    if (review == nullptr) return;
    page_.line({{"    "}, {progress_of(*review)}});
    for (std::size_t i = 0; i < std::min(rows_, review->builds.size()); ++i) print_build(review->builds[i]);
    report::print_rest(page_, review->builds.size() - std::min(rows_, review->builds.size()));
  }

  [[nodiscard]] std::string progress_of(const api::ReviewStanding& review) const {
    std::string text = fmt::format("{} for {}", review.phase, span_text(standing_.now - review.phase_began));
    if (review.phase == "evaluating") {
      text += fmt::format(", {} of {} evaluated", review::grouped(review.evaluated), counted(review.known, "attribute"));
    }
    if (review.to_build > 0) text += fmt::format(", {} of {} built", review::grouped(review.built), counted(review.to_build, "derivation"));
    if (review.failed > 0) text += fmt::format(", {} failed", review::grouped(review.failed));
    if (review.queued > 0) text += fmt::format(", {} queued", review::grouped(review.queued));
    const auto quiet = standing_.now - review.moved;
    if (quiet >= std::chrono::seconds(30)) text += fmt::format("; nothing moved for {}", span_text(quiet));
    return text;
  }

  void print_build(const api::ReviewStanding::Build& build) {
    const std::string phase = build.phase.empty() ? "" : ", " + printable_line(build.phase);
    page_.line({{"    ▸ ", Tone::dim},
                {printable_line(build.name)},
                {fmt::format("  {}{}", span_text(standing_.now - build.since), phase), Tone::dim}});
  }

  void print_waiting(const Line& line) {
    const std::string since =
        line.state == State::waiting && line.since ? fmt::format("for {}, ", span_text(standing_.now - *line.since)) : "";
    const std::string_view rank = rank_in_words(line.rank);
    print_named({{fmt::format("  {:>3}  ", line.place), Tone::dim}}, line,
                {{fmt::format("{:<13}  ", rank), Tone::dim}, {since + printable_line(why_it_waits(standing_, line))}});
  }

  static std::string_view rank_in_words(int rank) {
    if (rank == 0) return "merge group";
    return rank == 1 ? "pull request" : "branch";
  }

  void print_list(std::string_view name, const std::vector<const Line*>& lines) {
    heading(name, lines.size());
    const std::size_t most = std::min(rows_, lines.size());
    for (std::size_t i = 0; i < most; ++i) print_line(*lines[i]);
    report::print_rest(page_, lines.size() - most);
  }

  void print_line(const Line& line) {
    report::Mark mark{" ", Tone::plain};
    if (line.state == State::decided && line.decision) mark = report::mark_of(*line.decision);
    std::string text = line.state == State::decided && !line.awaits_approval ? state_in_words(line) : why_it_waits(standing_, line);
    if (line.again) text = fmt::format("again at {}; {}", clock_time(*line.again), text);
    if (line.is_base_stale) text += ", of a base that moved since";
    const std::string title = line.title.empty() ? "" : "  " + printable_line(line.title);
    print_named({{"  "}, {std::string(mark.glyph) + " ", mark.tone}}, line,
                {{line.head + "  ", Tone::dim}, {printable_line(text)}, {title, Tone::dim}});
  }

  const ServerStanding& standing_;
  std::size_t rows_;
  Page page_;
  std::map<State, std::vector<const Line*>> by_state_{};
  std::size_t longest_ = 0;
};

}  // namespace

std::string status_text(const ServerStanding& standing, const report::TerminalStyle& style) {
  View view(standing, style);
  view.print_head();
  view.print_reviews();
  view.print_queue();
  view.print_others();
  return std::move(view).take();
}

std::string queue_text(const ServerStanding& standing, const report::TerminalStyle& style) {
  View view(standing, style);
  view.print_reviews();
  view.print_queue();
  view.print_nothing();
  return std::move(view).take();
}

}  // namespace ekaci::app
