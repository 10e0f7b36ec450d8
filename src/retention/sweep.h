#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/cancel.h"
#include "base/clock.h"
#include "base/result.h"
#include "retention/plan.h"

namespace ekaci::retention {

/// Where things of one kind lie. One thread at a time; others may use the things meanwhile.
class Shelf {
 public:
  virtual ~Shelf() = default;
  [[nodiscard]] virtual Kind kind() const = 0;
  /// What there is: all of it, or at least `most` of those things that were used longest ago. What cannot be dropped may be left out.
  virtual Result<Stock> list(std::size_t most) = 0;
  /// Drops things that list() named, in short transactions where they are rows; says which of them are gone now. What came into use since,
  /// and what cannot be dropped now, stays and is no error.
  virtual Result<std::vector<bool>> drop(std::span<const Item> items) = 0;
  /// After all that was to go has gone: what is left to do. May be called without need.
  virtual Status finish(const CancelToken& /*cancel*/) { return {}; }
};

/// How much room there is.
struct Room {
  std::uint64_t taken = 0;  ///< by all that is kept, what cannot be dropped included
  std::uint64_t free = 0;   ///< on the file system
  friend bool operator==(const Room&, const Room&) = default;
};

struct Rules {
  Ages ages{};
  std::uint64_t disk = 0;       ///< that may be taken
  std::uint64_t keep_free = 0;  ///< that is to stay free
};

/// How many bytes the rules want back.
std::uint64_t excess_of(const Room& room, const Rules& rules);

/// What was dropped, or would be, of one kind and for one reason.
struct SweptLine {
  Kind kind = Kind::trees;
  Reason why = Reason::age;
  std::uint64_t count = 0;
  std::uint64_t bytes = 0;
  friend bool operator==(const SweptLine&, const SweptLine&) = default;
};

struct Swept {
  bool is_dry = false;  ///< nothing was dropped
  Room before{};
  Room after{};  ///< expected, where nothing was dropped
  std::vector<SweptLine> lines{};
  /// What the rules wanted back and nothing is left to give: what is in use, or cannot be dropped.
  std::uint64_t missing = 0;
  friend bool operator==(const Swept&, const Swept&) = default;
};

struct SweepWorld {
  std::vector<Shelf*> shelves{};
  std::function<Result<Room>()> measure{};
  const Clock& clock;
};

/// Lists, plans, and drops, in batches, until the rules are kept or nothing is left to drop. Between two batches whoever else uses the
/// things gets his turn. Interrupted at any moment it leaves things whole. `cancelled` where it was stopped; where a shelf cannot drop
/// something, its error, after all that can be dropped was.
Result<Swept> sweep(const SweepWorld& world, const Rules& rules, const CancelToken& cancel);
/// What that would do, without doing it.
Result<Swept> rehearse(const SweepWorld& world, const Rules& rules);

}  // namespace ekaci::retention
