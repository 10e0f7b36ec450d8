#include "api/standing.h"

#include <fmt/core.h>

#include <algorithm>

namespace ekaci::api {

using Line = forge::DeskStanding::Line;
using State = forge::DeskStanding::State;

bool is_silent(const ForgeStanding& forge) { return forge.unanswered && (!forge.answered || *forge.answered < *forge.unanswered); }

const ReviewStanding* find_review(const ServerStanding& standing, const Line& line) {
  if (!line.review) return nullptr;
  const auto found = std::ranges::find(standing.reviews, *line.review, &ReviewStanding::id);
  return found == standing.reviews.end() ? nullptr : &*found;
}

namespace {

std::string name_of(const ServerStanding& standing, forge::RepositoryId id) {
  const auto repository = standing.desk.names.find(id);
  return repository == standing.desk.names.end() ? fmt::format("repository {}", id.value) : repository->second;
}

}  // namespace

std::string_view to_string(RefusedWish::What what) {
  switch (what) {
    case RefusedWish::What::label:
      return "label";
    case RefusedWish::What::comment:
      break;
  }
  return "comment";
}

std::string full_name(const ServerStanding& standing, const UnsentCheck& check) {
  return fmt::format("{} {} {}", name_of(standing, check.repository), check.head.brief(), check.name);
}

std::string full_name(const ServerStanding& standing, const RefusedWish& wish) {
  return fmt::format("{}#{}", name_of(standing, wish.repository), wish.pull_request.value);
}

std::string why_it_waits(const ServerStanding& standing, const Line& line) {
  const forge::DeskStanding& desk = standing.desk;
  switch (line.state) {
    case State::waiting:
      if (desk.held_up) return desk.held_up->why;
      if (desk.running >= desk.at_once) return fmt::format("{} of {} reviews are under way", desk.running, desk.at_once);
      return "begins at once";
    case State::under_review:
      return line.is_wanted_again ? "to be reviewed again when this review has ended" : "";
    case State::resting:
      return fmt::format("could not be reviewed, {} of {} tries: {}", line.failures, desk.tries, line.why);
    case State::draft:
      return "a draft: reviewed when it is ready";
    case State::decided:
      return line.awaits_approval ? "someone has to approve building" : "";
    case State::unreviewed:
      break;
  }
  return "";
}

}  // namespace ekaci::api
