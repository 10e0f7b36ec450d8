#include "forge/publisher.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace ekaci::forge {
namespace {

constexpr std::string_view kLeftAlone = "the forge asked to be left alone until then";

/// Whether the forge may take it another time.
bool may_pass(ErrorCode code) {
  switch (code) {
    case ErrorCode::unavailable:
    case ErrorCode::timed_out:
    case ErrorCode::resource_exhausted:
    case ErrorCode::io:
    case ErrorCode::corrupt:
    case ErrorCode::cancelled:
      return true;
    case ErrorCode::invalid_argument:
    case ErrorCode::not_found:
    case ErrorCode::conflict:
    case ErrorCode::unsupported:
    case ErrorCode::permission_denied:
    case ErrorCode::internal:
      break;
  }
  return false;
}

}  // namespace

Result<std::size_t> Publisher::send_due(const CancelToken& cancel) {
  Result<std::size_t> checks = send_checks(cancel);
  if (!checks) return checks;
  Result<std::size_t> labels = settings_.label_prefix ? send_labels(cancel) : 0;
  if (!labels) return labels;
  Result<std::size_t> comments = settings_.comments ? send_comments(cancel) : 0;
  if (!comments) return comments;
  return *checks + *labels + *comments;
}

Result<std::size_t> Publisher::send_checks(const CancelToken& cancel) {
  const Result<std::vector<OwedCheck>> owed = outbox_.owed(clock_.wall(), settings_.batch);
  return owed ? send_all(*owed, cancel) : Result<std::size_t>(fail(owed.error()));
}

Result<std::size_t> Publisher::send_labels(const CancelToken& cancel) {
  const Result<std::vector<OwedLabel>> owed = outbox_.owed_labels(clock_.wall(), settings_.batch);
  return owed ? send_all(*owed, cancel) : Result<std::size_t>(fail(owed.error()));
}

Result<std::size_t> Publisher::send_comments(const CancelToken& cancel) {
  const Result<std::vector<OwedComment>> owed = outbox_.owed_comments(clock_.wall(), settings_.batch);
  return owed ? send_all(*owed, cancel) : Result<std::size_t>(fail(owed.error()));
}

template <class Owed>
Result<std::size_t> Publisher::send_all(const std::vector<Owed>& owed, const CancelToken& cancel) {
  for (const Owed& each : owed) {
    if (cancel.stop_requested()) return fail(ErrorCode::cancelled, "the server stops");
    pulse_.work(clock_.now());
    const Status sent = send(each, cancel);
    pulse_.rest();
    if (!sent) return fail(sent.error());
  }
  return owed.size();
}

Status Publisher::send(const OwedCheck& owed, const CancelToken& cancel) {
  if (const auto until = left_alone_until(owed.repository.installation))
    return outbox_.postponed(owed.id, *until, Delay::left_alone, kLeftAlone);
  const Result<ForgeCheckId> delivered = deliver(owed, cancel);
  if (!delivered) return put_off(owed, delivered.error());
  ++sent_;
  return outbox_.sent(owed.id, *delivered, owed.version, next_update(owed));
}

Status Publisher::send(const OwedLabel& owed, const CancelToken& cancel) {
  if (const auto until = left_alone_until(owed.repository.installation))
    return outbox_.label_postponed(owed.id, *until, Delay::left_alone, kLeftAlone);
  const Status put = forge_.put_label(owed, settings_.label_prefix.value_or(""), cancel);
  if (put) return outbox_.labelled(owed.id);
  return put_off(owed, put.error());
}

Status Publisher::send(const OwedComment& owed, const CancelToken& cancel) {
  if (const auto until = left_alone_until(owed.repository.installation))
    return outbox_.comment_postponed(owed.id, *until, Delay::left_alone, kLeftAlone);
  const Result<std::optional<ForgeCommentId>> delivered = deliver(owed, cancel);
  if (!delivered) return put_off(owed, delivered.error());
  const std::optional<ForgeCommentId>& forge_id = *delivered;
  return forge_id ? outbox_.commented(owed.id, *forge_id, owed.version) : outbox_.uncommented(owed.id, owed.version);
}

Result<std::optional<ForgeCommentId>> Publisher::deliver(const OwedComment& owed, const CancelToken& cancel) {
  if (!owed.forge_id) return comment_once(owed, cancel);
  const Status updated = forge_.update_comment(owed, *owed.forge_id, cancel);
  if (updated) return owed.forge_id;
  // Someone deleted it.
  if (updated.error().code() == ErrorCode::not_found) return comment_once(owed, cancel);
  return fail(updated.error());
}

Result<std::optional<ForgeCommentId>> Publisher::comment_once(const OwedComment& owed, const CancelToken& cancel) {
  Result<std::optional<ForgeCommentId>> found = forge_.find_comment(owed, cancel);
  if (!found) return found;
  const std::optional<ForgeCommentId>& existing = *found;
  if (existing) {
    // It says what was wanted then.
    if (const Status updated = forge_.update_comment(owed, *existing, cancel); !updated) return fail(updated.error());
    return existing;
  }
  if (!owed.wanted.makes_comment) return std::nullopt;
  const Result<ForgeCommentId> created = forge_.create_comment(owed, cancel);
  if (!created) return fail(created.error());
  return *created;
}

Result<ForgeCheckId> Publisher::deliver(const OwedCheck& owed, const CancelToken& cancel) {
  if (!owed.forge_id) return create_once(owed, cancel);
  if (const Status updated = forge_.update_check(owed, *owed.forge_id, cancel); !updated) return fail(updated.error());
  return *owed.forge_id;
}

Result<ForgeCheckId> Publisher::create_once(const OwedCheck& owed, const CancelToken& cancel) {
  if (!owed.may_exist) {
    if (const Status noted = outbox_.trying_to_create(owed.id); !noted) return fail(noted.error());
    return forge_.create_check(owed, cancel);
  }
  const Result<std::optional<ForgeCheckId>> found = forge_.find_check(owed, cancel);
  if (!found) return fail(found.error());
  const std::optional<ForgeCheckId>& existing = *found;
  if (!existing) return forge_.create_check(owed, cancel);
  // It was created with what was wanted then.
  if (const Status updated = forge_.update_check(owed, *existing, cancel); !updated) return fail(updated.error());
  return *existing;
}

Status Publisher::put_off(const OwedCheck& owed, const Error& error) {
  if (error.code() == ErrorCode::cancelled) return {};
  const std::string name = owed.check.head.brief() + " " + owed.check.name;
  const Log log = log_.with("repository", owed.repository.name);
  if (may_pass(error.code())) {
    ++postponed_;
    log.warning("check not sent, will be tried again: {}: {}", name, error.to_string());
    return outbox_.postponed(owed.id, next_try(owed.repository.installation, owed.failures), Delay::failed, error.to_string());
  }
  ++refused_;
  log.error("check refused: {}: {}", name, error.to_string());
  return outbox_.refused(owed.id, owed.version, error.to_string());
}

Status Publisher::put_off(const OwedLabel& owed, const Error& error) {
  if (error.code() == ErrorCode::cancelled) return {};
  const std::string name = owed.repository.name + " #" + std::to_string(owed.wanted.pull_request.value);
  if (may_pass(error.code())) {
    log_.warning("not labelled, will be tried again: {}: {}", name, error.to_string());
    return outbox_.label_postponed(owed.id, next_try(owed.repository.installation, owed.failures), Delay::failed, error.to_string());
  }
  log_.error("label refused: {}: {}", name, error.to_string());
  return outbox_.label_refused(owed.id, error.to_string());
}

Clock::Wall Publisher::next_update(const OwedCheck& sent) const {
  const Clock::Wall soon = clock_.wall() + settings_.update_every;
  // What is told next of a concluded check takes its conclusion back, which is more than progress.
  if (sent.check.text.status == CheckStatus::completed) return soon;
  return std::max(soon, forge_.spares_from(sent.repository.installation).value_or(soon));
}

Status Publisher::put_off(const OwedComment& owed, const Error& error) {
  if (error.code() == ErrorCode::cancelled) return {};
  const std::string name = owed.repository.name + " #" + std::to_string(owed.wanted.pull_request.value);
  if (may_pass(error.code())) {
    log_.warning("not commented, will be tried again: {}: {}", name, error.to_string());
    return outbox_.comment_postponed(owed.id, next_try(owed.repository.installation, owed.failures), Delay::failed, error.to_string());
  }
  log_.error("comment refused: {}: {}", name, error.to_string());
  return outbox_.comment_refused(owed.id, owed.version, error.to_string());
}

std::optional<Clock::Wall> Publisher::left_alone_until(InstallationId installation) const {
  const auto resumed = forge_.resume_at(installation);
  return resumed && *resumed > clock_.wall() ? resumed : std::nullopt;
}

Clock::Wall Publisher::next_try(InstallationId installation, std::uint32_t failures) const {
  constexpr std::uint32_t kMostDoublings = 20;
  const auto doubled = settings_.first_pause * (1U << std::min(failures, kMostDoublings));
  const Clock::Wall paused = clock_.wall() + std::min<std::chrono::seconds>(doubled, settings_.longest_pause);
  return std::max(paused, forge_.resume_at(installation).value_or(paused));
}

}  // namespace ekaci::forge
