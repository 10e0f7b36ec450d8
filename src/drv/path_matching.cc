#include "drv/path_matching.h"

#include <algorithm>
#include <iterator>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

namespace ekaci::drv {
namespace {

/// Paths of one side that have no equal on the other.
class Unmatched {
 public:
  explicit Unmatched(const std::vector<StorePath>& paths) {
    for (const StorePath& path : paths) by_name_[path.name()].insert(path);
  }

  bool take(const StorePath& path) {
    const auto found = by_name_.find(path.name());
    return found != by_name_.end() && found->second.erase(path) > 0;
  }
  std::optional<StorePath> take_any(const std::string& name) {
    const auto found = by_name_.find(name);
    if (found == by_name_.end() || found->second.empty()) return std::nullopt;
    return std::move(found->second.extract(found->second.begin()).value());
  }
  template <class Use>
  void for_each(Use use) const {
    for (const auto& [name, paths] : by_name_) std::ranges::for_each(paths, use);
  }

 private:
  std::map<std::string, std::set<StorePath>> by_name_;
};

/// By name, and where that is equal by what stands on the sides.
bool goes_before(const PathDifference& left, const PathDifference& right) {
  const auto key = [](const PathDifference& pair) {
    return std::tie(pair.head ? pair.head->name() : pair.base->name(), pair.base, pair.head);
  };
  return key(left) < key(right);
}

}  // namespace

std::vector<PathDifference> match_paths(const std::vector<StorePath>& base, const std::vector<StorePath>& head,
                                        const std::map<StorePath, StorePath>& replaced) {
  Unmatched left(base);
  std::vector<PathDifference> pairs;
  std::vector<StorePath> rest;
  for (const StorePath& path : head) {
    const auto found = replaced.find(path);
    if (found != replaced.end() && left.take(found->second)) {
      pairs.push_back({.base = found->second, .head = path});
    } else {
      rest.push_back(path);
    }
  }
  for (const StorePath& path : rest) pairs.push_back({.base = left.take_any(path.name()), .head = path});
  left.for_each([&](const StorePath& path) { pairs.push_back({.base = path, .head = {}}); });
  std::ranges::sort(pairs, goes_before);
  return pairs;
}

std::vector<StorePath> without(const std::vector<StorePath>& paths, const std::vector<StorePath>& others) {
  const std::set<StorePath> known(others.begin(), others.end());
  std::vector<StorePath> rest;
  std::ranges::copy_if(paths, std::back_inserter(rest), [&](const StorePath& path) { return !known.contains(path); });
  return rest;
}

}  // namespace ekaci::drv
