#include "engine/shared_evaluations.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <utility>

#include "engine/memo.h"

namespace ekaci::engine {
namespace {

/// EvaluationListener::opened().
struct Opening {
  std::shared_ptr<DerivationReader> derivations;
  std::filesystem::path store_root{};
};

/// EvaluationListener::progress().
struct Reached {
  std::uint64_t known = 0;
  std::uint64_t done = 0;
  std::uint64_t errors = 0;
  friend bool operator==(const Reached&, const Reached&) = default;
};

/// What one who joined has heard so far.
struct Heard {
  bool opening = false;
  Reached reached{};
  std::size_t found = 0;
};

/// What there is to tell one who joined.
struct News {
  std::optional<Opening> opening{};
  std::optional<Reached> reached{};
  std::vector<Attribute> found{};
  std::optional<Result<EvaluationOutcome>> outcome{};  ///< the last news
};

void tell(News& news, EvaluationListener& listener) {
  if (auto& opening = news.opening) listener.opened(std::move(opening->derivations), std::move(opening->store_root));
  for (Attribute& attribute : news.found) listener.found(std::move(attribute));
  if (const auto& reached = news.reached) listener.progress(reached->known, reached->done, reached->errors);
}

/// Whether others may have what came of it, although they asked later.
bool may_be_joined(const Result<EvaluationOutcome>& outcome) { return outcome && may_be_memoised(*outcome->evaluation); }

}  // namespace

/// Takes what the evaluator tells, for all who joined. What is not constant is under the lock of SharedEvaluations, but for the request,
/// which is of the evaluation's thread.
class SharedEvaluation final : public EvaluationListener {
 public:
  SharedEvaluation(const EvaluationKey& what, EvaluationRequest how, std::mutex& mutex)
      : key(what), is_base(how.is_base), request(std::move(how)), mutex_(mutex) {}

  const EvaluationKey key;
  const bool is_base;
  EvaluationRequest request;  ///< until it has ended
  CancelSource cancel{};
  std::jthread thread{};
  std::size_t joined = 0;                              ///< reviews that wait for it, or have it
  std::optional<Clock::Instant> expiry{};              ///< of what nobody has joined until a successor comes
  std::optional<Result<EvaluationOutcome>> outcome{};  ///< once it has ended
  std::condition_variable_any has_news{};

  void opened(std::shared_ptr<DerivationReader> derivations, std::filesystem::path store_root) override {
    const std::scoped_lock lock(mutex_);
    opening_ = Opening{.derivations = std::move(derivations), .store_root = std::move(store_root)};
    has_news.notify_all();
  }
  void progress(std::uint64_t known, std::uint64_t done, std::uint64_t errors) override {
    const std::scoped_lock lock(mutex_);
    reached_ = {.known = known, .done = done, .errors = errors};
    has_news.notify_all();
  }
  void found(Attribute foremost) override {
    const std::scoped_lock lock(mutex_);
    found_.push_back(std::move(foremost));
    has_news.notify_all();
  }

  [[nodiscard]] bool has_news_for(const Heard& heard) const {
    return outcome || (opening_ && !heard.opening) || reached_ != heard.reached || found_.size() > heard.found;
  }
  [[nodiscard]] News news_for(Heard& heard) const {
    News news{.outcome = outcome};
    if (!heard.opening) news.opening = opening_;
    if (reached_ != heard.reached) news.reached = reached_;
    news.found.assign(found_.begin() + static_cast<std::ptrdiff_t>(heard.found), found_.end());
    heard = {.opening = opening_.has_value(), .reached = reached_, .found = found_.size()};
    return news;
  }

 private:
  std::mutex& mutex_;
  std::optional<Opening> opening_{};
  Reached reached_{};
  std::vector<Attribute> found_{};
};

EvaluationShare::~EvaluationShare() {
  const auto ended = ended_.with([](auto& all) { return std::exchange(all, {}); });
  for (const auto& evaluation : ended) evaluations_.leave(*evaluation, false);
}

Result<EvaluationOutcome> EvaluationShare::evaluate(const EvaluationRequest& request, EvaluationListener& listener,
                                                    const CancelToken& cancel) {
  const Result<EvaluatorIdentity> evaluator = identity(request.job);
  if (!evaluator) return fail(evaluator.error());
  const auto evaluation =
      evaluations_.join(evaluation_key(request.tree, request.job, request.system, *evaluator, request.tests_of), request);
  Result<EvaluationOutcome> outcome = evaluations_.follow(*evaluation, listener, cancel);
  if (outcome) {
    ended_.with([&](auto& all) { all.push_back(evaluation); });
  } else {
    evaluations_.leave(*evaluation, has_successor_);
  }
  return outcome;
}

SharedEvaluations::SharedEvaluations(Evaluator& evaluator, const Clock& clock, std::chrono::milliseconds succession)
    : evaluator_(evaluator), clock_(clock), succession_(succession), tidier_([this](const CancelToken& cancel) { tidy_up(cancel); }) {}

SharedEvaluations::~SharedEvaluations() {
  std::vector<EvaluationPtr> running;
  {
    const std::scoped_lock lock(mutex_);
    running = running_;
  }
  for (const EvaluationPtr& evaluation : running) evaluation->cancel.request_stop();
  std::unique_lock lock(mutex_);
  to_tidy_.wait(lock, [this] { return running_.empty(); });
}

SharedEvaluations::EvaluationPtr SharedEvaluations::join(const EvaluationKey& key, const EvaluationRequest& request) {
  const std::scoped_lock lock(mutex_);
  EvaluationPtr& evaluation = evaluations_[key];
  if (!evaluation) {
    evaluation = std::make_shared<SharedEvaluation>(key, request, mutex_);
    begin(evaluation);
  }
  ++evaluation->joined;
  evaluation->expiry.reset();
  return evaluation;
}

void SharedEvaluations::begin(const EvaluationPtr& evaluation) {
  running_.push_back(evaluation);
  evaluation->thread = std::jthread([this, evaluation] { make(evaluation); });
}

Result<EvaluationOutcome> SharedEvaluations::follow(SharedEvaluation& evaluation, EvaluationListener& listener, const CancelToken& cancel) {
  Heard heard;
  while (true) {
    News news;
    {
      std::unique_lock lock(mutex_);
      const bool is_news = evaluation.has_news.wait(lock, cancel, [&] { return evaluation.has_news_for(heard); });
      if (!is_news) return fail(ErrorCode::cancelled, "the evaluation is not waited for any more");
      news = evaluation.news_for(heard);
    }
    tell(news, listener);
    if (news.outcome) return *std::move(news.outcome);
  }
}

void SharedEvaluations::leave(SharedEvaluation& evaluation, bool has_successor) {
  {
    const std::scoped_lock lock(mutex_);
    if (--evaluation.joined > 0) return;
    if (!evaluation.outcome && evaluation.is_base && has_successor) {
      evaluation.expiry = clock_.now() + succession_;
      to_tidy_.notify_all();
      return;
    }
    forget(evaluation);
  }
  evaluation.cancel.request_stop();
}

void SharedEvaluations::forget(const SharedEvaluation& evaluation) {
  const auto found = evaluations_.find(evaluation.key);
  if (found != evaluations_.end() && found->second.get() == &evaluation) evaluations_.erase(found);
}

void SharedEvaluations::make(const EvaluationPtr& evaluation) {
  Result<EvaluationOutcome> outcome = fail(ErrorCode::internal, "the evaluation did not end");
  try {
    outcome = evaluator_.evaluate(evaluation->request, *evaluation, evaluation->cancel.get_token());
  } catch (const std::exception& defect) {
    outcome = fail(ErrorCode::internal, "{}", defect.what());
  }
  evaluation->request.files.reset();
  const std::scoped_lock lock(mutex_);
  if (!may_be_joined(outcome)) forget(*evaluation);
  evaluation->outcome = std::move(outcome);
  evaluation->has_news.notify_all();
  ended_.push_back(std::move(evaluation->thread));
  std::erase(running_, evaluation);
  to_tidy_.notify_all();
}

void SharedEvaluations::tidy_up(const CancelToken& cancel) {
  while (!cancel.stop_requested()) {
    std::vector<std::jthread> ended;
    std::vector<EvaluationPtr> expired;
    {
      std::unique_lock lock(mutex_);
      const std::optional<Clock::Instant> next = next_expiry();
      const auto is_another = [this, next] { return !ended_.empty() || next_expiry() != next; };
      if (!next) {
        to_tidy_.wait(lock, cancel, is_another);
      } else if (const Clock::Instant now = clock_.now(); *next > now) {
        to_tidy_.wait_for(lock, cancel, *next - now, is_another);
      }
      ended = std::exchange(ended_, {});
      expired = take_expired(clock_.now());
    }
    for (const EvaluationPtr& evaluation : expired) evaluation->cancel.request_stop();
  }
}

std::vector<SharedEvaluations::EvaluationPtr> SharedEvaluations::take_expired(Clock::Instant now) {
  std::vector<EvaluationPtr> expired;
  std::erase_if(evaluations_, [&](const auto& entry) {
    if (entry.second->expiry.value_or(Clock::Instant::max()) > now) return false;
    expired.push_back(entry.second);
    return true;
  });
  return expired;
}

std::optional<Clock::Instant> SharedEvaluations::next_expiry() const {
  std::optional<Clock::Instant> next;
  for (const auto& [key, evaluation] : evaluations_) {
    if (const std::optional<Clock::Instant>& expiry = evaluation->expiry) next = std::min(next.value_or(*expiry), *expiry);
  }
  return next;
}

}  // namespace ekaci::engine
