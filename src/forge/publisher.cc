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
  if (!checks || !settings_.label_prefix) return checks;
  Result<std::size_t> labels = send_labels(cancel);
  if (!labels) return labels;
  return *checks + *labels;
}

Result<std::size_t> Publisher::send_checks(const CancelToken& cancel) {
  const Result<std::vector<OwedCheck>> owed = outbox_.owed(clock_.wall(), settings_.batch);
  return owed ? send_all(*owed, cancel) : Result<std::size_t>(fail(owed.error()));
}

Result<std::size_t> Publisher::send_labels(const CancelToken& cancel) {
  const Result<std::vector<OwedLabel>> owed = outbox_.owed_labels(clock_.wall(), settings_.batch);
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
  const auto resumed = forge_.resume_at(owed.repository.installation);
  if (resumed && *resumed > clock_.wall()) return outbox_.postponed(owed.id, *resumed, kLeftAlone);
  const Result<ForgeCheckId> delivered = deliver(owed, cancel);
  if (!delivered) return put_off(owed, delivered.error());
  ++sent_;
  return outbox_.sent(owed.id, *delivered, owed.version, next_update(owed));
}

Status Publisher::send(const OwedLabel& owed, const CancelToken& cancel) {
  const auto resumed = forge_.resume_at(owed.repository.installation);
  if (resumed && *resumed > clock_.wall()) return outbox_.label_postponed(owed.id, *resumed, kLeftAlone);
  const Status put = forge_.put_label(owed, settings_.label_prefix.value_or(""), cancel);
  if (put) return outbox_.labelled(owed.id);
  return put_off(owed, put.error());
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
    return outbox_.postponed(owed.id, next_try(owed.repository.installation, owed.failures), error.to_string());
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
    return outbox_.label_postponed(owed.id, next_try(owed.repository.installation, owed.failures), error.to_string());
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

Clock::Wall Publisher::next_try(InstallationId installation, std::uint32_t failures) const {
  constexpr std::uint32_t kMostDoublings = 20;
  const auto doubled = settings_.first_pause * (1U << std::min(failures, kMostDoublings));
  const Clock::Wall paused = clock_.wall() + std::min<std::chrono::seconds>(doubled, settings_.longest_pause);
  return std::max(paused, forge_.resume_at(installation).value_or(paused));
}

}  // namespace ekaci::forge
