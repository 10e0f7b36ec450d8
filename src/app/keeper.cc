#include "app/keeper.h"

#include <algorithm>
#include <utility>

#include "app/gc_report.h"
#include "report/units.h"
#include "retention/space.h"

namespace ekaci::app {
namespace {

using namespace std::chrono_literals;

/// How long a disk can be full before it is noticed.
constexpr std::chrono::seconds kLook = 5s;
constexpr std::chrono::seconds kBetweenSweeps = 1h;
/// While too little is free: what is in use now may be free by then.
constexpr std::chrono::seconds kBetweenSweepsWhileFull = 5min;
/// There is room again only when so much more is free than the bound: on the edge it would come and go all the time.
constexpr std::uint64_t kLargestMargin = std::uint64_t{256} << 20U;

std::uint64_t with_margin(std::uint64_t keep_free) { return keep_free + std::min(keep_free / 16, kLargestMargin); }

}  // namespace

Result<std::unique_ptr<Keeper>> Keeper::open(const std::filesystem::path& state, retention::Rules rules, const Clock& clock,
                                             const Log& log) {
  auto shelves = Shelves::open(state, clock);
  if (!shelves) return fail(shelves.error());
  std::unique_ptr<Keeper> keeper(new Keeper(std::move(*shelves), state, std::move(rules), clock, log));
  keeper->look_at_disk();
  return keeper;
}

void Keeper::stop() {
  thread_.request_stop();
  orders_.close();
  if (thread_.joinable()) thread_.join();
}

void Keeper::start(std::function<void()> room_changed) {
  room_changed_ = std::move(room_changed);
  thread_ = std::jthread([this](const CancelToken& cancel) { run(cancel); });
}

std::string Keeper::short_of_room() const {
  return shortage_.with([](const std::string& shortage) { return shortage; });
}

void Keeper::answer(const net::Request& request, net::Responder responder) {
  orders_.push({.is_dry = request.target.query.find("dry-run").has_value(), .responder = std::move(responder)});
}

void Keeper::run(const CancelToken& cancel) {
  while (!cancel.stop_requested()) {
    look_at_disk();
    sweep_if_due(cancel);
    std::optional<Order> order = orders_.pop_until(clock_.now() + kLook);
    if (order && !cancel.stop_requested()) carry_out(std::move(*order), cancel);
  }
}

void Keeper::look_at_disk() {
  const Result<std::uint64_t> free = retention::free_space(state_);
  if (!free) log_.error("{}", free.error().to_string());
  std::string shortage;
  const std::uint64_t wanted = short_of_room().empty() ? rules_.keep_free : with_margin(rules_.keep_free);
  if (free && *free < wanted) {
    // Without the exact number, which changes all the time: the text is news where it differs.
    shortage =
        fmt::format("less than {} are free where {} is ([retention] keep_free)", report::bytes_text(rules_.keep_free), state_.string());
  }
  const bool changed = shortage_.with([&](std::string& known) { return std::exchange(known, shortage) != shortage; });
  if (changed && !shortage.empty()) swept_.reset();
  if (changed && room_changed_) room_changed_();
}

void Keeper::sweep_if_due(const CancelToken& cancel) {
  const auto interval = short_of_room().empty() ? kBetweenSweeps : kBetweenSweepsWhileFull;
  if (swept_ && clock_.now() - *swept_ < interval) return;
  const Result<retention::Swept> swept = sweep(cancel);
  if (!swept && !cancel.stop_requested()) log_.error("what is too old cannot be dropped: {}", swept.error().to_string());
}

Result<retention::Swept> Keeper::sweep(const CancelToken& cancel) {
  swept_ = clock_.now();
  retention::Rules rules = rules_;
  if (!short_of_room().empty()) rules.keep_free = with_margin(rules.keep_free);
  Result<retention::Swept> swept = retention::sweep(shelves_->world(), rules, cancel);
  if (!swept) return swept;
  for (const retention::SweptLine& line : swept->lines) {
    log_.info("dropped {} {} ({}) for {}", line.count, to_string(line.kind), report::bytes_text(line.bytes), to_string(line.why));
  }
  if (swept->missing > 0) {
    log_.warning("the state directory takes {}, {} are free, and nothing is left to drop; see [retention] disk and keep_free",
                 report::bytes_text(swept->after.taken), report::bytes_text(swept->after.free));
  }
  look_at_disk();
  return swept;
}

void Keeper::carry_out(Order order, const CancelToken& cancel) {
  const Result<retention::Swept> swept = order.is_dry ? retention::rehearse(shelves_->world(), rules_) : sweep(cancel);
  if (!swept) {
    order.responder.answer(net::Response::error(500, swept.error().to_string()));
    return;
  }
  order.responder.answer(net::Response::json_text(200, gc_json(*swept, state_.string())));
}

}  // namespace ekaci::app
