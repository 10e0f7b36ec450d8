#include "engine/shared_builds.h"

#include <algorithm>
#include <cstddef>
#include <exception>
#include <iterator>
#include <span>
#include <tuple>
#include <utility>

#include "base/sync.h"
#include "engine/build_traits.h"

namespace ekaci::engine {
namespace {

/// A daemon keeps what a connection has built from being collected until the connection is closed, and opening one is cheap beside this
/// many builds.
constexpr std::uint32_t kBuildsOfConnection = 1000;
constexpr std::chrono::minutes kUnused{1};

bool is_fetch(const BuildOrder& order) { return order.mode == BuildMode::substitute || traits_of(order.derivation).fixed_output; }

std::size_t places_of(const std::vector<BuildStore*>& stores) {
  std::size_t places = 0;
  for (const BuildStore* store : stores) {
    const BuilderDescription description = store->description();
    places += description.slots + description.fetch_slots;
  }
  return places;
}

}  // namespace

struct SharedBuild {
  enum class State : std::uint8_t { waiting, running, ended };
  struct Wish {
    BuildShare* share;
    Priority priority;
  };

  SharedBuild(BuildKey what, BuildOrder how, std::uint64_t number)
      : key(std::move(what)), asked_at(number), is_fetch(engine::is_fetch(how)), order(std::move(how)) {}

  const BuildKey key;
  const std::uint64_t asked_at;  ///< in the order of BuildShare::number_
  const bool is_fetch;
  CancelSource cancel{};
  Sync<BuildGlimpse> glimpse{};
  BuildOrder order;  ///< until it has ended; of its thread once it runs
  // Under the lock of SharedBuilds.
  State state = State::waiting;
  std::vector<Wish> wishes{};
  std::set<std::uint64_t> wished_by{};     ///< numbers of all shares that ever did
  std::optional<Clock::Instant> expiry{};  ///< of what nobody wishes until a successor comes
  std::uint64_t ended_at = 0;              ///< in the same order
  std::shared_ptr<FinishedBuild> finished{};
  std::condition_variable_any has_ended{};

  /// Whether this is what the share asks for. What had ended before it began was known to it, and it asks for another.
  [[nodiscard]] bool answers(std::uint64_t share) const {
    return state != State::ended || (!wished_by.contains(share) && (share < ended_at || expiry));
  }
};

Status FinishedBuild::keep(const Attempt& attempt, BuildMemory& memory) {
  const std::scoped_lock lock(keeping_);
  if (kept_ == attempt) return {};
  const KeptAttempt kept{.attempt = attempt, .log = log_};
  if (Status stored = memory.store_attempts(std::span(&kept, 1)); !stored) return stored;
  kept_ = attempt;
  log_.last_lines = {};
  return {};
}

AskedBuild::~AskedBuild() { share_.builds_.leave(build_, share_); }

Result<std::shared_ptr<FinishedBuild>> AskedBuild::wait(const CancelToken& cancel) { return share_.builds_.wait(*build_, cancel); }

BuildGlimpse AskedBuild::glimpse() const {
  return build_->glimpse.with([](const BuildGlimpse& glimpse) { return glimpse; });
}

std::unique_ptr<AskedBuild> BuildShare::ask(BuildOrder order, BuilderId builder, Priority priority) {
  return std::unique_ptr<AskedBuild>(new AskedBuild(*this, builds_.join(*this, std::move(order), builder, priority)));
}

BuildShare::BuildShare(SharedBuilds& builds, BuildPace pace) : builds_(builds), pace_(pace), number_(builds.begin_share()) {}

BuildShare::~BuildShare() { builds_.end_share(*this); }

void BuildShare::expect_successor() { builds_.expect_successor(*this); }

SharedBuilds::SharedBuilds(std::vector<BuildStore*> stores, LogArchive& logs, const Clock& clock, std::chrono::milliseconds succession)
    : stores_(std::move(stores)),
      logs_(logs),
      clock_(clock),
      succession_(succession),
      pool_(places_of(stores_), [this](const BuildPtr& build) { run(build); }),
      tidier_([this](const CancelToken& cancel) { tidy_up(cancel); }) {
  const std::scoped_lock lock(mutex_);
  for (const BuildStore* store : stores_) {
    const BuilderDescription description = store->description();
    builders_.push_back({.builds = description.slots, .fetches = description.fetch_slots});
  }
}

SharedBuilds::~SharedBuilds() {
  std::vector<BuildPtr> running;
  {
    const std::scoped_lock lock(mutex_);
    running = running_;
  }
  for (const BuildPtr& build : running) build->cancel.request_stop();
}

std::uint64_t SharedBuilds::begin_share() {
  const std::scoped_lock lock(mutex_);
  shares_.insert(++last_number_);
  return last_number_;
}

void SharedBuilds::end_share(const BuildShare& share) {
  const std::scoped_lock lock(mutex_);
  shares_.erase(share.number_);
  std::erase_if(builds_,
                [this](const auto& entry) { return entry.second->state == SharedBuild::State::ended && !is_needed(*entry.second); });
}

bool SharedBuilds::is_needed(const SharedBuild& build) const {
  const auto may_ask = [&build](std::uint64_t share) { return share < build.ended_at && !build.wished_by.contains(share); };
  return build.expiry || std::ranges::any_of(shares_, may_ask);
}

SharedBuilds::BuildPtr SharedBuilds::join(BuildShare& share, BuildOrder order, BuilderId builder, Priority priority) {
  const std::scoped_lock lock(mutex_);
  BuildKey key{.builder = builder, .derivation = order.path, .mode = order.mode, .limits = order.limits};
  BuildPtr build = builds_[key];
  if (build == nullptr || !build->answers(share.number_)) {
    build = std::make_shared<SharedBuild>(key, std::move(order), ++last_number_);
    builds_.insert_or_assign(std::move(key), build);
    waiting_.push_back(build);
  }
  build->wishes.push_back({.share = &share, .priority = priority});
  build->wished_by.insert(share.number_);
  build->expiry.reset();
  if (build->state == SharedBuild::State::running) ++share.running_;
  fill_places();
  return build;
}

Result<std::shared_ptr<FinishedBuild>> SharedBuilds::wait(SharedBuild& build, const CancelToken& cancel) {
  std::unique_lock lock(mutex_);
  if (!build.has_ended.wait(lock, cancel, [&build] { return build.finished != nullptr; })) {
    return fail(ErrorCode::cancelled, "the build is not waited for any more");
  }
  return build.finished;
}

void SharedBuilds::leave(const BuildPtr& build, BuildShare& share) {
  bool is_to_stop = false;
  {
    const std::scoped_lock lock(mutex_);
    build->wishes.erase(std::ranges::find(build->wishes, &share, &SharedBuild::Wish::share));
    const bool is_running = build->state == SharedBuild::State::running;
    if (is_running) --share.running_;
    if (!build->wishes.empty()) return;
    if (is_running && share.has_successor_) {
      const Clock::Instant expiry = clock_.now() + succession_;
      build->expiry = expiry;
      tidy_by(expiry);
    } else if (build->state != SharedBuild::State::ended || !is_needed(*build)) {
      std::erase(waiting_, build);
      forget(*build);
      is_to_stop = is_running;
    }
  }
  if (is_to_stop) build->cancel.request_stop();
}

void SharedBuilds::expect_successor(BuildShare& share) {
  const std::scoped_lock lock(mutex_);
  share.has_successor_ = true;
}

void SharedBuilds::forget(const SharedBuild& build) {
  const auto found = builds_.find(build.key);
  if (found != builds_.end() && found->second.get() == &build) builds_.erase(found);
}

std::uint32_t& SharedBuilds::free_places(const SharedBuild& build) {
  Builder& builder = builders_[build.key.builder.value];
  return build.is_fetch ? builder.fetches : builder.builds;
}

void SharedBuilds::fill_places() {
  while (const BuildPtr build = take_foremost()) {
    --free_places(*build);
    build->state = SharedBuild::State::running;
    build->glimpse.with([this](BuildGlimpse& glimpse) { glimpse.began = clock_.now(); });
    for (const SharedBuild::Wish& wish : build->wishes) ++wish.share->running_;
    running_.push_back(build);
    pool_.start(build);
  }
}

SharedBuilds::BuildPtr SharedBuilds::take_foremost() {
  // The least is the foremost. What waits is what reviews have asked for beyond the places there are: no more than a few for each.
  const auto rank = [](const SharedBuild& build) {
    const auto of_wish = [](const SharedBuild::Wish& wish) { return std::tuple(wish.share->pace_, wish.priority, wish.share->running_); };
    const auto& wishes = build.wishes;
    auto best = of_wish(wishes.front());
    for (const SharedBuild::Wish& wish : wishes) best = std::min(best, of_wish(wish));
    return std::tuple_cat(best, std::tuple(build.asked_at));
  };
  auto foremost = waiting_.end();
  for (auto build = waiting_.begin(); build != waiting_.end(); ++build) {
    if (free_places(**build) == 0) continue;
    if (foremost == waiting_.end() || rank(**build) < rank(**foremost)) foremost = build;
  }
  if (foremost == waiting_.end()) return nullptr;
  BuildPtr taken = std::move(*foremost);
  waiting_.erase(foremost);
  return taken;
}

void SharedBuilds::run(const BuildPtr& build) {
  std::shared_ptr<FinishedBuild> finished;
  try {
    finished = make(*build);
  } catch (const std::exception& defect) {
    finished = std::make_shared<FinishedBuild>(fail(ErrorCode::internal, "{}", defect.what()), LogSummary{});
  }
  {
    const std::scoped_lock lock(mutex_);
    build->state = SharedBuild::State::ended;
    build->ended_at = ++last_number_;
    build->finished = std::move(finished);
    build->order = {.path = build->key.derivation};
    ++free_places(*build);
    for (const SharedBuild::Wish& wish : build->wishes) --wish.share->running_;
    std::erase(running_, build);
    // Whoever asks for what could not be tried at all wants another try.
    if (!build->finished->report() || !is_needed(*build)) forget(*build);
    fill_places();
  }
  build->has_ended.notify_all();
}

std::shared_ptr<FinishedBuild> SharedBuilds::make(SharedBuild& build) {
  Result<std::unique_ptr<LogWriter>> log = logs_.begin(build.order.path);
  if (!log) return std::make_shared<FinishedBuild>(fail(log.error()), LogSummary{});
  VisibleLog visible(**log, build.glimpse);
  Result<AttemptReport> report = build_on(build.key.builder, build.order, visible, build.cancel.get_token());
  Status kept;
  LogSummary summary = (*log)->finish(kept);
  if (report && !kept) report->message += (report->message.empty() ? "" : "\n") + kept.error().to_string();
  return std::make_shared<FinishedBuild>(std::move(report), std::move(summary));
}

Result<AttemptReport> SharedBuilds::build_on(BuilderId builder, const BuildOrder& order, LogSink& log, const CancelToken& cancel) {
  Result<Idle> connection = connection_to(builder);
  if (!connection) return fail(connection.error());
  Result<AttemptReport> report = connection->connection->build(order, log, cancel);
  // A connection on which something went wrong is not used again.
  if (!report || ++connection->builds >= kBuildsOfConnection) return report;
  connection->since = clock_.now();
  const std::scoped_lock lock(mutex_);
  tidy_by(connection->since + kUnused);
  builders_[builder.value].idle.push_back(std::move(*connection));
  return report;
}

Result<SharedBuilds::Idle> SharedBuilds::connection_to(BuilderId builder) {
  {
    const std::scoped_lock lock(mutex_);
    std::vector<Idle>& idle = builders_[builder.value].idle;
    if (!idle.empty()) {
      Idle last = std::move(idle.back());
      idle.pop_back();
      return last;
    }
  }
  Result<std::unique_ptr<BuilderConnection>> connection = stores_[builder.value]->connect();
  if (!connection) return fail(connection.error());
  return Idle{.connection = std::move(*connection)};
}

void SharedBuilds::tidy_by(Clock::Instant instant) {
  if (tidying_at_ && *tidying_at_ <= instant) return;
  tidying_at_ = instant;
  tidied_earlier_.notify_one();
}

void SharedBuilds::tidy_up(const CancelToken& cancel) {
  while (!cancel.stop_requested()) {
    std::vector<BuildPtr> expired;
    std::vector<Idle> unused;
    {
      std::unique_lock lock(mutex_);
      const Clock::Instant now = clock_.now();
      const std::optional<Clock::Instant> next = tidying_at_ = next_tidying();
      const auto is_another = [this, next] { return tidying_at_ != next; };
      if (!next) {
        tidied_earlier_.wait(lock, cancel, is_another);
      } else if (*next > now) {
        tidied_earlier_.wait_for(lock, cancel, *next - now, is_another);
      }
      expired = take_expired(clock_.now());
      unused = take_unused(clock_.now());
    }
    for (const BuildPtr& build : expired) build->cancel.request_stop();
  }
}

std::vector<SharedBuilds::BuildPtr> SharedBuilds::take_expired(Clock::Instant now) {
  std::vector<BuildPtr> expired;
  std::erase_if(builds_, [&](const auto& entry) {
    if (entry.second->expiry.value_or(Clock::Instant::max()) > now) return false;
    expired.push_back(entry.second);
    return true;
  });
  return expired;
}

std::vector<SharedBuilds::Idle> SharedBuilds::take_unused(Clock::Instant now) {
  std::vector<Idle> unused;
  for (Builder& builder : builders_) {
    const auto used = std::ranges::partition(builder.idle, [now](const Idle& idle) { return idle.since + kUnused > now; });
    std::ranges::move(used, std::back_inserter(unused));
    builder.idle.erase(used.begin(), used.end());
  }
  return unused;
}

std::optional<Clock::Instant> SharedBuilds::next_tidying() const {
  std::optional<Clock::Instant> next;
  const auto consider = [&next](Clock::Instant instant) { next = std::min(next.value_or(instant), instant); };
  for (const auto& [key, build] : builds_) {
    if (const std::optional<Clock::Instant>& expiry = build->expiry) consider(*expiry);
  }
  for (const Builder& builder : builders_) {
    for (const Idle& idle : builder.idle) consider(idle.since + kUnused);
  }
  return next;
}

}  // namespace ekaci::engine
