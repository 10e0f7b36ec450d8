#pragma once

#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "db/connection.h"
#include "forge/ports.h"

/// The rows of `delivery`. To be used within a transaction of the caller's.
namespace ekaci::db {

/// Of one payload; GitHub sends no more (docs.github.com/webhooks: payloads are capped at 25 MB).
inline constexpr std::uint64_t kLargestPayload = std::uint64_t{25} << 20U;
/// Of what one page of unhandled deliveries holds together, but for its first.
inline constexpr std::uint64_t kLargestPage = std::uint64_t{64} << 20U;

/// A delivery on its way in, and what came of it.
struct Arrival {
  const forge::Delivery* delivery = nullptr;
  std::string payload{};       ///< compressed
  Result<bool> is_new{false};  ///< as Inbox::receive() returns it
};

/// invalid_argument where it has no guid, or its texts are longer than any forge's are.
Result<Arrival> prepare_arrival(const forge::Delivery& delivery);

/// Says in each, where all were added, whether it is new.
Status add_arrivals(const Connection& connection, std::span<Arrival* const> arrivals);

/// As Inbox::unhandled().
Result<std::vector<forge::StoredDelivery>> load_unhandled(const Connection& connection, forge::DeliveryId after, std::size_t limit);

/// Takes the payloads away. Those that are handled or forgotten stay as they are.
Status mark_handled(const Connection& connection, std::span<const forge::HandledDelivery> handled, Clock::Wall now);

/// Forgets the handled ones among those after which `kept` came.
Status forget_deliveries(const Connection& connection, std::size_t kept);

/// What became of a delivery, for the operator.
struct DeliveryOutcome {
  forge::DeliveryId id{};
  std::string guid{};
  std::string event{};
  Clock::Wall received{};
  Clock::Wall handled{};
  std::string outcome{};
  friend bool operator==(const DeliveryOutcome&, const DeliveryOutcome&) = default;
};
/// The newest first.
Result<std::vector<DeliveryOutcome>> load_handled(const Connection& connection, std::size_t limit);

}  // namespace ekaci::db
