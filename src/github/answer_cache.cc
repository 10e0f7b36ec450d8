#include "github/answer_cache.h"

#include <iterator>
#include <utility>

namespace ekaci::github {

std::size_t AnswerCache::size_of(const Entry& entry) {
  constexpr std::size_t kAround = 256;  // list, map, control block
  return kAround + 2 * entry.key.size() + entry.answer->tag.size() + entry.answer->link.size() + entry.answer->body.size();
}

void AnswerCache::drop(State& state, std::list<Entry>::iterator entry) {
  state.bytes -= size_of(*entry);
  state.by_key.erase(entry->key);
  state.entries.erase(entry);
}

std::shared_ptr<const KeptAnswer> AnswerCache::find(const std::string& key) {
  return state_.with([&](State& state) -> std::shared_ptr<const KeptAnswer> {
    const auto found = state.by_key.find(key);
    if (found == state.by_key.end()) return nullptr;
    state.entries.splice(state.entries.begin(), state.entries, found->second);
    return found->second->answer;
  });
}

void AnswerCache::keep(const std::string& key, KeptAnswer answer) {
  Entry entry{.key = key, .answer = std::make_shared<const KeptAnswer>(std::move(answer))};
  const std::size_t size = size_of(entry);
  state_.with([&](State& state) {
    if (const auto found = state.by_key.find(key); found != state.by_key.end()) drop(state, found->second);
    if (size > largest_ / 2) return;
    while (state.bytes + size > largest_) drop(state, std::prev(state.entries.end()));
    state.entries.push_front(std::move(entry));
    state.by_key.emplace(key, state.entries.begin());
    state.bytes += size;
  });
}

std::size_t AnswerCache::bytes() const {
  return state_.with([](const State& state) { return state.bytes; });
}

}  // namespace ekaci::github
