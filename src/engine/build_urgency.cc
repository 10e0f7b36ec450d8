#include "engine/build_urgency.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <tuple>

namespace ekaci::engine {
namespace {

constexpr unsigned kRegisters = 16;
constexpr unsigned kBits = 4;
constexpr std::uint64_t kLongest = 15;

std::uint64_t register_of(std::uint64_t registers, unsigned index) { return registers >> (index * kBits) & kLongest; }

std::uint32_t saturating_sum(std::uint32_t left, std::uint32_t right) {
  const std::uint32_t most = std::numeric_limits<std::uint32_t>::max();
  return right > most - left ? most : left + right;
}

}  // namespace

Reach::Reach(const StoreHash& hash) {
  std::uint64_t bits = 0;
  std::memcpy(&bits, hash.data(), sizeof bits);
  const auto index = static_cast<unsigned>(bits % kRegisters);
  const auto zeros = static_cast<std::uint64_t>(std::countl_zero(bits));
  registers_ = std::min(zeros + 1, kLongest) << (index * kBits);
}

void Reach::unite(Reach other) {
  if (registers_ == other.registers_) return;
  std::uint64_t united = 0;
  for (unsigned i = 0; i < kRegisters; ++i) united |= std::max(register_of(registers_, i), register_of(other.registers_, i)) << (i * kBits);
  registers_ = united;
}

std::uint32_t Reach::width() const {
  // The estimate is the inverse of the sum of 2^-register.
  std::uint32_t inverse = 0;
  for (unsigned i = 0; i < kRegisters; ++i) inverse += 1U << (kLongest - register_of(registers_, i));
  return (kRegisters << kLongest) - inverse;
}

bool Urgency::absorb(const Urgency& user, std::uint32_t time) {
  const Urgency before = *this;
  const std::uint32_t chain = saturating_sum(user.above, time);
  if (user.priority < priority) {
    priority = user.priority;
    above = chain;
  } else if (user.priority == priority) {
    above = std::max(above, chain);
  }
  order = std::min(order, user.order);
  reach.unite(user.reach);
  return *this != before;
}

std::strong_ordering operator<=>(const BuildRank& left, const BuildRank& right) {
  return std::tuple(right.priority, left.seconds, left.width, right.order) <=>
         std::tuple(left.priority, right.seconds, right.width, left.order);
}

}  // namespace ekaci::engine
