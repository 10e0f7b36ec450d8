#include "drv/closure.h"

#include <cstddef>
#include <unordered_map>
#include <utility>
#include <vector>

namespace ekaci::drv {
namespace {

/// A derivation whose inputs are being walked.
struct Open {
  DerivationRecord record;
  std::size_t next_input = 0;
};

enum class State { open, done };

class Walker {
 public:
  explicit Walker(const ClosureWalk& walk) : walk_(walk) {}

  Status walk_from(const StorePath& root) {
    Status status = enter(root);
    while (status && !open_.empty()) status = step();
    return status;
  }

 private:
  /// Either enters the next input of the innermost open derivation or closes that.
  Status step() {
    Open& top = open_.back();
    if (top.next_input < top.record.input_derivations.size()) {
      // A copy: entering grows open_, where `top` lies.
      const StorePath input = top.record.input_derivations[top.next_input++];
      return enter(input);
    }
    states_[top.record.path] = State::done;
    DerivationRecord record = std::move(top.record);
    open_.pop_back();
    walk_.sink(std::move(record));
    return {};
  }

  Status enter(const StorePath& path) {
    const auto [found, is_new] = states_.try_emplace(path, State::done);
    if (!is_new) {
      if (found->second == State::done) return {};
      return fail(ErrorCode::corrupt, "{} depends on itself", path.to_string());
    }
    if (walk_.known(path)) return {};
    Result<DerivationRecord> record = walk_.load(path);
    if (!record) return fail(std::move(record.error()));
    found->second = State::open;
    open_.push_back({std::move(*record)});
    return {};
  }

  const ClosureWalk& walk_;
  std::unordered_map<StorePath, State> states_;
  std::vector<Open> open_;
};

}  // namespace

Status walk_closure(std::span<const StorePath> roots, const ClosureWalk& walk) {
  Walker walker(walk);
  for (const StorePath& root : roots) {
    if (Status walked = walker.walk_from(root); !walked) return walked;
  }
  return {};
}

}  // namespace ekaci::drv
