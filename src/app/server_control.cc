#include "app/server_control.h"

#include <fmt/core.h>
#include <pwd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <exception>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "app/status_text.h"
#include "app/subject_search.h"
#include "app/version.h"
#include "base/text.h"

namespace ekaci::app {
namespace {

using namespace std::chrono_literals;

/// Operators are few; one that reads a large report does not keep another from asking what is wrong.
constexpr std::size_t kThreads = 3;
/// How long the desk is waited for: it is seldom at anything for longer.
constexpr std::chrono::milliseconds kPatience = 1s;
/// Checks of each kind that are told one by one.
constexpr std::size_t kChecksTold = 20;
/// What has no limit of its own: fetching, merging, comparing, measuring.
constexpr std::chrono::seconds kLongestQuiet = 15min;
/// Beside a limit that something else keeps: then it has not been kept.
constexpr std::chrono::seconds kAllowance = 1min;

net::Response refusal(const Error& error) {
  int status = 503;
  if (error.code() == ErrorCode::not_found) status = 404;
  if (error.code() == ErrorCode::invalid_argument) status = 400;
  if (error.code() == ErrorCode::conflict) status = 409;
  return net::Response::text(status, printable_line(error.to_string()) + "\n");
}

std::string parameter(const net::Request& request, std::string_view name) {
  return std::string(request.target.query.find(name).value_or(""));
}

std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::uint64_t> number_in(const net::Request& request, std::string_view name) {
  return parse_number(request.target.query.find(name).value_or(""));
}

bool wants_text(const net::Request& request) { return parameter(request, "view") == "terminal"; }

report::TerminalStyle style_of(const net::Request& request) {
  constexpr std::uint64_t kMostColumns = 1'000;
  report::TerminalStyle style;
  style.columns = static_cast<std::size_t>(std::min(number_in(request, "columns").value_or(style.columns), kMostColumns));
  style.rows = static_cast<std::size_t>(number_in(request, "rows").value_or(style.rows));
  style.colour = parameter(request, "colour") == "on" ? report::Colour::on : report::Colour::off;
  return style;
}

/// Who asks, of a request's peer: `rae (user 1000)`.
std::string name_of_user(std::string_view peer) {
  constexpr std::string_view kUnix = "unix:";
  const std::optional<std::uint64_t> user = peer.starts_with(kUnix) ? parse_number(peer.substr(kUnix.size())) : std::nullopt;
  if (!user) return "somebody";
  std::array<char, 4096> texts{};
  passwd entry{};
  passwd* found = nullptr;
  const bool is_known = ::getpwuid_r(static_cast<uid_t>(*user), &entry, texts.data(), texts.size(), &found) == 0 && found != nullptr;
  return is_known ? fmt::format("{} (user {})", printable_line(found->pw_name), *user) : fmt::format("user {}", *user);
}

/// `hello-2.12` of `/nix/store/…-hello-2.12.drv`.
std::string package_of(const StorePath& derivation) {
  const std::string& name = derivation.name();
  return name.ends_with(kDerivationSuffix) ? name.substr(0, name.size() - kDerivationSuffix.size()) : name;
}

api::UnsentCheck unsent(const db::UnsentCheck& check, Clock::Wall now) {
  return {.repository = check.repository,
          .head = check.head,
          .name = check.name,
          .failures = check.failures,
          .since = std::min(check.since, now),
          .due = check.due,
          .why = check.why};
}

api::RefusedWish refused(const db::RefusedWish& wish) {
  using What = api::RefusedWish::What;
  return {.what = wish.what == db::RefusedWish::What::label ? What::label : What::comment,
          .repository = wish.repository,
          .pull_request = wish.pull_request,
          .since = wish.since,
          .why = wish.why};
}

/// What the configuration asks for by now.
std::set<db::RefusedWish::What> wished_for(const config::ServerConfiguration& configuration) {
  using What = db::RefusedWish::What;
  std::set<What> wished;
  if (configuration.labels.enabled) wished.insert(What::label);
  if (configuration.comments.when != config::CommentTimes::never) wished.insert(What::comment);
  return wished;
}

api::BacklogStanding backlog_of(const Result<db::Backlog>& backlog, const forge::DeskStanding& desk, Clock::Wall now) {
  if (!backlog) return {.trouble = backlog.error().to_string()};
  api::BacklogStanding standing{.deliveries = backlog->deliveries,
                                .oldest_delivery = backlog->oldest_delivery,
                                .checks = backlog->checks,
                                .oldest_check = backlog->oldest_check};
  if (standing.oldest_check) standing.oldest_check = std::min(*standing.oldest_check, now);
  for (const db::UnsentCheck& check : backlog->owed) standing.owed.push_back(unsent(check, now));
  std::set<std::pair<forge::RepositoryId, std::string>> heads;
  std::set<forge::SubjectKey> open;
  for (const auto& line : desk.lines) {
    heads.emplace(line.key.repository, line.head);
    open.insert(line.key);
  }
  for (const db::UnsentCheck& check : backlog->refused) {
    if (heads.contains({check.repository, check.head.brief()})) standing.refused.push_back(unsent(check, now));
  }
  for (const db::RefusedWish& wish : backlog->refused_wishes) {
    const forge::SubjectKey key{.repository = wish.repository, .kind = forge::SubjectKey::Kind::pull_request, .number = wish.pull_request};
    if (open.contains(key)) standing.refused_wishes.push_back(refused(wish));
  }
  return standing;
}

api::ForgeStanding forge_of(const github::Client& client, Clock::Wall now) {
  const github::ApiCounters counters = client.counters();
  api::ForgeStanding standing{.answered = counters.answered, .unanswered = counters.unanswered, .trouble = counters.trouble};
  for (const github::RemainingCalls& told : counters.remaining) {
    const bool is_past = told.reset < now;
    api::ForgeStanding::Budget budget{.installation = told.installation.value,
                                      .resume = client.resume_at(told.installation),
                                      .spares = client.spares_from(told.installation)};
    if (!is_past) {
      budget.remaining = told.remaining;
      budget.reset = told.reset;
    }
    standing.budgets.push_back(budget);
  }
  return standing;
}

/// Where a review knows better than the desk whether it may build: it has looked at what its base says of that.
void heed_decisions(const std::map<forge::ReviewId, ReviewGlimpse>& glimpses, forge::DeskStanding& desk) {
  for (forge::DeskStanding::Line& line : desk.lines) {
    const auto glimpse = line.review ? glimpses.find(*line.review) : glimpses.end();
    if (glimpse != glimpses.end()) line.builds = glimpse->second.decided_builds.value_or(line.builds);
  }
}

}  // namespace

Result<std::unique_ptr<ServerControl>> ServerControl::open(const config::ServerConfiguration& configuration, ControlWorld world) {
  std::unique_ptr<ServerControl> control(new ServerControl(configuration, world));
  auto logs = ServerLogs::open(configuration.server.state, world.archive, world.reviewer, world.clock);
  if (!logs) return fail(logs.error());
  control->logs_ = std::move(*logs);
  control->pool_ = std::make_unique<Pool<Asked>>(kThreads, [self = control.get()](Asked asked) { self->perform(std::move(asked)); });
  return control;
}

ServerControl::ServerControl(const config::ServerConfiguration& configuration, ControlWorld world)
    : world_(world),
      evaluation_(configuration.evaluation),
      build_(configuration.build),
      wished_(wished_for(configuration)),
      started_(world.clock.wall()) {}

Status ServerControl::add_routes(net::Router& routes) {
  Status added = add(routes, net::Method::get, "/status", &ServerControl::status);
  if (added) added = add(routes, net::Method::get, "/queue", &ServerControl::queue);
  if (added) added = add(routes, net::Method::get, "/log", &ServerControl::log);
  if (added) added = add(routes, net::Method::get, "/logs/{name}", &ServerControl::log_page);
  if (added) added = add_order(routes, "/retry");
  if (added) added = add_order(routes, "/cancel");
  return added;
}

Status ServerControl::add(net::Router& routes, net::Method method, std::string_view path, Answering answer) {
  return routes.add(method, path, [this, answer](net::Request request, net::Responder responder) {
    pool_->start({.answer = answer, .request = std::move(request), .responder = std::move(responder)});
  });
}

Status ServerControl::add_order(net::Router& routes, std::string_view path) {
  return routes.add(net::Method::post, path, [this](net::Request request, net::Responder responder) {
    pool_->start({.request = std::move(request), .responder = std::move(responder)});
  });
}

void ServerControl::perform(Asked asked) {
  try {
    if (asked.answer == nullptr) {
      order(asked.request, std::move(asked.responder));
    } else {
      asked.responder.answer((this->*asked.answer)(asked.request));
    }
  } catch (const std::exception& defect) {
    world_.log.error("a request of an operator's met a defect: {}", defect.what());
  }
}

net::Response ServerControl::status(const net::Request& request) {
  const api::ServerStanding now = standing();
  if (wants_text(request)) return net::Response::text(200, status_text(now, style_of(request)));
  return net::Response::json_text(200, api::to_json(now));
}

net::Response ServerControl::queue(const net::Request& request) {
  const api::ServerStanding now = standing();
  if (wants_text(request)) return net::Response::text(200, queue_text(now, style_of(request)));
  return net::Response::json_text(200, api::queue_json(now));
}

net::Response ServerControl::log(const net::Request& request) {
  const std::string subject = parameter(request, "subject");
  ServerLogs::Question question{.what = parameter(request, "what")};
  if (request.target.query.find("attempt")) {
    const auto attempt = number_in(request, "attempt");
    if (!attempt || *attempt == 0 || *attempt > UINT32_MAX) return net::Response::text(400, "the first attempt is 1\n");
    question.attempt = static_cast<std::uint32_t>(*attempt);
  }
  const forge::DeskStanding desk = world_.desk.look(kPatience);
  const Result<forge::DeskStanding::Line> line = find_subject(desk.lines, subject);
  const std::optional<SubjectName> named = parse_subject_name(subject);
  // Of a subject that is closed by now its reviews are there still.
  if (line) {
    question.subject = {.repository = line->repository, .subject = line->subject};
    question.review = line->review;
  } else if (named && logs_->has_review(*named)) {
    question.subject = *named;
  } else {
    return refusal(line.error());
  }
  const Result<ServerLogs::Choice> choice = logs_->find(question);
  if (!choice) return refusal(choice.error());
  net::Response response = net::Response::text(200, choice->introduction + "\n");
  response.headers.add("X-Ekaci-Log", choice->name);
  return response;
}

net::Response ServerControl::log_page(const net::Request& request) {
  const Result<ServerLogs::Page> page = logs_->read(request.parameters.get("name"), number_in(request, "place").value_or(0));
  if (!page) return refusal(page.error());
  net::Response response{.status = 200, .headers = {{.name = "Content-Type", .value = "application/octet-stream"}}, .body = page->text};
  response.headers.add("X-Ekaci-Next-Place", std::to_string(page->next));
  response.headers.add("X-Ekaci-More", page->may_have_more ? "yes" : "no");
  return response;
}

void ServerControl::order(const net::Request& request, net::Responder responder) {
  const forge::DeskStanding desk = world_.desk.look(kPatience);
  const Result<forge::DeskStanding::Line> line = find_subject(desk.lines, parameter(request, "subject"));
  if (!line) {
    responder.answer(refusal(line.error()));
    return;
  }
  forge::OperatorOrdered order{.subject = line->key, .kind = forge::OrderKind::review};
  if (parameter(request, "failed") == "yes") order.kind = forge::OrderKind::retry_failed;
  if (request.target.path == "/cancel") order.kind = forge::OrderKind::cancel;
  // A std::function can be copied, and a responder cannot.
  const auto asking = std::make_shared<net::Responder>(std::move(responder));
  world_.desk.order(order, name_of_user(request.peer), [asking, name = full_name(*line)](const Result<std::string>& answer) {
    asking->answer(answer ? net::Response::text(200, fmt::format("{}: {}\n", printable_line(name), *answer)) : refusal(answer.error()));
  });
}

api::ServerStanding ServerControl::standing() {
  api::ServerStanding standing{.version = std::string(kVersion), .process = ::getpid(), .started = started_};
  standing.desk = world_.desk.look(kPatience);
  standing.now = world_.clock.wall();
  standing.forge = forge_of(world_.forge_client, standing.now);
  standing.backlog = backlog_of(backlog(), standing.desk, standing.now);
  const std::map<forge::ReviewId, ReviewGlimpse> glimpses = world_.reviewer.glimpses();
  heed_decisions(glimpses, standing.desk);
  standing.reviews = reviews(glimpses);
  return standing;
}

Result<db::Backlog> ServerControl::backlog() {
  Result<db::Backlog> backlog = world_.memory.backlog(kChecksTold);
  // What is not asked for any more is nobody's trouble.
  if (backlog) std::erase_if(backlog->refused_wishes, [this](const db::RefusedWish& wish) { return !wished_.contains(wish.what); });
  return backlog;
}

std::vector<api::ReviewStanding> ServerControl::reviews(const std::map<forge::ReviewId, ReviewGlimpse>& glimpses) const {
  std::vector<api::ReviewStanding> reviews;
  for (const auto& [id, glimpse] : glimpses) {
    api::ReviewStanding review{.id = id,
                               .phase = glimpse.phase,
                               .phase_began = glimpse.phase_began,
                               .moved = glimpse.moved,
                               .quiet_limit = quiet_limit(glimpse.phase),
                               .known = glimpse.known,
                               .evaluated = glimpse.evaluated,
                               .to_build = glimpse.to_build,
                               .built = glimpse.built,
                               .failed = glimpse.failed,
                               .queued = glimpse.queued};
    for (const ReviewGlimpse::Build& build : glimpse.builds) {
      review.builds.push_back({.name = package_of(build.derivation), .since = build.since, .phase = build.phase});
    }
    reviews.push_back(std::move(review));
  }
  return reviews;
}

std::chrono::seconds ServerControl::quiet_limit(std::string_view phase) const {
  if (phase == "evaluating") return evaluation_.attribute_time + kAllowance;
  if (phase == "building") return build_.silence + kAllowance;
  return kLongestQuiet;
}

}  // namespace ekaci::app
