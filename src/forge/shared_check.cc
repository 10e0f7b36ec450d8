#include "forge/shared_check.h"

#include <fmt/core.h>

#include <algorithm>
#include <utility>

#include "forge/desk_texts.h"

namespace ekaci::forge {
namespace {

int badness(Decision decision) {
  switch (decision) {
    case Decision::merge:
      return 0;
    case Decision::wait:
      return 1;
    case Decision::cannot_tell:
      return 2;
    case Decision::do_not_merge:
      break;
  }
  return 3;
}

Conclusion conclusion_of_worse(Decision decision) { return decision == Decision::wait ? Conclusion::action_required : Conclusion::failure; }

std::string in_words(const SharedVerdict& verdict) {
  return verdict.decision ? std::string(to_string(*verdict.decision)) : std::string("still to be reviewed");
}

std::string list_of(const SharedVerdict& own, std::span<const SharedVerdict> others) {
  std::string list = "This commit is the head of more than one, and the worst verdict counts:\n\n";
  list += fmt::format("- {}: {}\n", own.subject, in_words(own));
  for (const SharedVerdict& other : others) list += fmt::format("- {}: {}\n", other.subject, in_words(other));
  return list + fmt::format("\nWhat follows was found for {}.\n\n", own.subject);
}

void keep_open(CheckText& text, const SharedVerdict& unreviewed) {
  text.status = CheckStatus::in_progress;
  text.conclusion.reset();
  text.completed.reset();
  text.actions = {cancel_button()};
  text.title = fmt::format("{} is still to be reviewed; {}", unreviewed.subject, text.title);
}

}  // namespace

bool is_worse(Decision one, Decision other) { return badness(one) > badness(other); }

CheckText share_check(CheckText text, const SharedVerdict& own, std::span<const SharedVerdict> others) {
  if (others.empty()) return text;
  text.summary = list_of(own, others) + text.summary;
  text.title = fmt::format("{}: {}", own.subject, text.title);
  const auto unreviewed = std::ranges::find_if(others, [](const SharedVerdict& other) { return !other.decision; });
  if (unreviewed != others.end()) {
    keep_open(text, *unreviewed);
    return text;
  }
  const SharedVerdict* worst = nullptr;
  Decision decision = own.decision.value_or(Decision::cannot_tell);
  for (const SharedVerdict& other : others) {
    if (!other.decision || !is_worse(*other.decision, decision)) continue;
    worst = &other;
    decision = *other.decision;
  }
  if (worst == nullptr) return text;
  text.conclusion = conclusion_of_worse(decision);
  text.title = fmt::format("{}: {}; {}", worst->subject, in_words(*worst), text.title);
  return text;
}

}  // namespace ekaci::forge
