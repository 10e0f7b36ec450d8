#pragma once

#include <cstddef>
#include <list>
#include <memory>
#include <string>
#include <unordered_map>

#include "base/sync.h"
#include "net/client.h"

namespace ekaci::github {

/// An answer and the tag by which GitHub knows it again.
struct KeptAnswer {
  std::string tag{};   ///< ETag
  std::string link{};  ///< Link, empty where it had none
  std::string body{};
};

/// The last answers that had an ETag, so that one that did not change costs nothing of the budget. What was not used for longest goes
/// first. Any thread.
class AnswerCache {
 public:
  explicit AnswerCache(std::size_t largest) : largest_(largest) {}

  /// nullptr where there is none.
  std::shared_ptr<const KeptAnswer> find(const std::string& key);
  /// Takes the place of an earlier one. One that would fill more than half of the cache is not kept.
  void keep(const std::string& key, KeptAnswer answer);
  [[nodiscard]] std::size_t bytes() const;

 private:
  struct Entry {
    std::string key{};
    std::shared_ptr<const KeptAnswer> answer{};
  };
  struct State {
    std::list<Entry> entries{};  ///< used last first
    std::unordered_map<std::string, std::list<Entry>::iterator> by_key{};
    std::size_t bytes = 0;
  };
  static std::size_t size_of(const Entry& entry);
  static void drop(State& state, std::list<Entry>::iterator entry);

  std::size_t largest_;
  Sync<State> state_;
};

}  // namespace ekaci::github
