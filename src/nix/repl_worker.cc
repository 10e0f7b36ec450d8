#include "nix/repl_worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <utility>

#include "base/text.h"

namespace ekaci::nix {
namespace {

using process::Child;
using std::chrono::milliseconds;

/// What an evaluator can print on standard error before it has to wait; what users may have without privileges.
constexpr int kErrorPipeBytes = 1 << 20;

/// A shell's and bubblewrap's way to say that a signal ended what they ran.
constexpr int kSignalBase = 128;

int signal_of(const process::ExitStatus& status) {
  if (status.signal != 0) return status.signal;
  return status.code > kSignalBase ? status.code - kSignalBase : 0;
}

Reached reached_by(std::string_view errors) {
  if (errors.find(kKnownDerivationTrace) != std::string_view::npos) return Reached::metadata;
  return errors.find(kDerivationTrace) != std::string_view::npos ? Reached::derivation : Reached::nothing;
}

/// The end of what it printed: why it died stands there, and traces of strangers before.
std::string last_words(std::string_view text, const KnownPlaces& places) {
  constexpr std::size_t kMost = 400;
  text = trim(text);
  if (text.size() > kMost) {
    text.remove_prefix(text.size() - kMost);
    text.remove_prefix(std::min(text.find('\n') + 1, text.size()));  // a whole line where there is one
  }
  const std::string message = printable_line(presentable(text, places));
  return message.empty() ? "" : ": " + message;
}

class ReplWorker final : public Worker {
 public:
  ReplWorker(Child child, ReplWorkerOptions options)
      : child_(std::move(child)), places_(std::move(options.places)), memory_(options.memory), session_(options.output_limit) {
    to_write_ = session_.bind(options.binding);
    // So that it can go on until we read. Where it may not be had, it waits for us.
    [[maybe_unused]] const int size = ::fcntl(child_.error().get(), F_SETPIPE_SZ, kErrorPipeBytes);
  }

  void ask(Question question, std::span<const std::uint32_t> path) override {
    to_write_ += session_.ask(question_expression(question, path));
    if (child_.input()) write();
  }

  void add_descriptors(std::vector<pollfd>& descriptors) override {
    if (child_.input() && !to_write_.empty()) descriptors.push_back({child_.input().get(), POLLOUT, 0});
    if (child_.output()) descriptors.push_back({child_.output().get(), POLLIN, 0});
    // An evaluator writes many short lines there: waking for each would cost as much as evaluating. They are read whenever it answers,
    // and by the crew's longest wait.
    if (child_.error() && !child_.output()) descriptors.push_back({child_.error().get(), POLLIN, 0});
    if (!child_.output() && !child_.error()) descriptors.push_back({child_.pid_descriptor(), POLLIN, 0});
  }

  std::vector<Reply> advance() override {
    if (child_.input() && !to_write_.empty()) write();
    // Standard output first: what it answers was on standard error before.
    read(child_.output(), [this](std::string_view bytes) { return session_.feed_output(bytes); });
    read(child_.error(), [this](std::string_view bytes) { return session_.feed_errors(bytes); });
    std::vector<Reply> replies;
    while (std::optional<ReplExchange> exchange = session_.take()) {
      if (started_) {
        replies.push_back(reply_of(std::move(*exchange)));
      } else {
        finish_binding(*exchange);
      }
    }
    return replies;
  }

  std::optional<WorkerEnd> end() override {
    if (child_.output() || child_.error()) return std::nullopt;
    const Result<std::optional<process::Ended>> waited = child_.wait_for(milliseconds(0));
    const std::optional<process::Ended> ended = waited.value_or(std::nullopt);
    if (waited && !ended) return std::nullopt;
    WorkerEnd end{.reached = reached_by(session_.unfinished_errors()), .had_started = started_};
    if (ended) end.usage = ended->usage;
    if (killed_) {
      end.failure = killed_->failure;
      end.message = killed_->message;
    } else if (ended) {
      end.failure = cause_of_death(*ended, session_.unfinished_errors(), memory_);
      end.message = fmt::format("the evaluator {}{}", ended->status.to_string(), last_words(session_.unfinished_errors(), places_));
    } else {
      end.message = waited.error().to_string();
    }
    return end;
  }

  void kill(EvaluationFailure failure, std::string message) override {
    if (killed_) return;
    killed_ = Killed{failure, std::move(message)};
    child_.input().reset();
    // The program and not its helper, which waits for it and for what it started, so that what they used is counted.
    const std::vector<pid_t> inner = process::children_of(child_.pid());
    for (const pid_t pid : inner) ::kill(pid, SIGKILL);
    if (inner.empty()) child_.kill_group();
  }

  void finish() override {
    if (to_write_.empty()) child_.input().reset();
  }

 private:
  struct Killed {
    EvaluationFailure failure;
    std::string message;
  };

  void write() {
    const ssize_t written = ::write(child_.input().get(), to_write_.data(), to_write_.size());
    if (written > 0) to_write_.erase(0, static_cast<std::size_t>(written));
    const bool gone = written < 0 && errno != EAGAIN && errno != EINTR;
    if (gone) child_.input().reset();
  }

  template <class Feed>
  void read(Fd& pipe, Feed feed) {
    std::array<char, 65536> buffer;  // NOLINT(cppcoreguidelines-pro-type-member-init): filled by read
    while (pipe) {
      const ssize_t got = ::read(pipe.get(), buffer.data(), buffer.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0 && errno == EAGAIN) return;
      if (got <= 0) {
        pipe.reset();
        return;
      }
      if (killed_ && killed_->failure == EvaluationFailure::output_limit) continue;  // what it still prints is not kept
      const Status fed = feed(std::string_view(buffer.data(), static_cast<std::size_t>(got)));
      if (!fed) kill(EvaluationFailure::output_limit, fed.error().message());
    }
  }

  void finish_binding(const ReplExchange& exchange) {
    started_ = true;
    if (!exchange.incomplete && !has_error(exchange.errors)) return;
    binding_error_ = exchange.incomplete ? EvaluationError{} : parse_error_text(exchange.errors, places_);
    if (exchange.incomplete) binding_error_->message = "syntax error, unexpected end of an expression";
    binding_error_->message = "in an argument of the job: " + binding_error_->message;
  }

  Reply reply_of(ReplExchange exchange) {
    const Reached reached = reached_by(exchange.errors);
    if (binding_error_) return FailedQuestion{*binding_error_, Reached::nothing};
    if (exchange.incomplete) return FailedQuestion{unfinished_file(exchange.errors), reached};
    if (!exchange.reply) return FailedQuestion{parse_error_text(exchange.errors, places_), reached};
    Result<Answer> answer = parse_answer(*exchange.reply, places_.tree);
    if (answer) return std::move(*answer);
    const bool of_the_attribute = answer.error().code() == ErrorCode::invalid_argument;
    return FailedQuestion{{.failure = of_the_attribute ? EvaluationFailure::evaluation : EvaluationFailure::crashed,
                           .message = presentable(answer.error().message(), places_)},
                          reached};
  }

  EvaluationError unfinished_file(std::string_view errors) const {
    const std::optional<std::string> file = last_file(errors, places_);
    return {.failure = EvaluationFailure::evaluation,
            .message = "syntax error, unexpected end of file in " + file.value_or("a file that it imports")};
  }

  Child child_;
  KnownPlaces places_;
  std::uint64_t memory_;
  ReplSession session_;
  bool started_ = false;
  std::string to_write_;
  std::optional<EvaluationError> binding_error_;
  std::optional<Killed> killed_;
};

bool mentions(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::ranges::any_of(words, [&](std::string_view word) { return text.find(word) != std::string_view::npos; });
}

}  // namespace

EvaluationFailure cause_of_death(const process::Ended& ended, std::string_view errors, std::uint64_t memory_limit) {
  // The kernel's out-of-memory killer; we kill through Worker::kill() only.
  if (signal_of(ended.status) == SIGKILL) return EvaluationFailure::out_of_memory;
  const std::string_view tail = errors.substr(errors.size() - std::min<std::size_t>(errors.size(), 2048));
  if (mentions(tail, {"stack overflow"})) return EvaluationFailure::stack_overflow;
  const bool was_full = ended.usage.peak_memory > memory_limit / 10 * 9;
  if (was_full || mentions(tail, {"out of memory", "Out of Memory", "bad_alloc", "Failed to expand heap"})) {
    return EvaluationFailure::out_of_memory;
  }
  return EvaluationFailure::crashed;
}

Result<std::unique_ptr<Worker>> start_repl_worker(ReplWorkerOptions options) {
  Result<Child> child = process::spawn(options.command.command, {process::Stream::pipe, process::Stream::pipe, process::Stream::pipe});
  if (!child) return fail(child.error());
  return std::make_unique<ReplWorker>(std::move(*child), std::move(options));
}

}  // namespace ekaci::nix
