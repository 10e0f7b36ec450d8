#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

/// Pieces of the JSON that data/report.js draws from: columns of numbers that point into lists of texts.
namespace ekaci::report {

using Numbers = std::vector<std::int64_t>;
/// In a column: there is none.
constexpr std::int64_t kNone = -1;

/// Values that are written once and named by their number.
template <class Value>
class Numbered {
 public:
  std::int64_t operator()(const Value& value) {
    const auto [entry, is_new] = known_.try_emplace(value, values_.size());
    if (is_new) values_.push_back(&entry->first);
    return static_cast<std::int64_t>(entry->second);
  }
  [[nodiscard]] const std::vector<const Value*>& values() const { return values_; }

 private:
  std::map<Value, std::size_t> known_;
  std::vector<const Value*> values_;
};

/// The parts between brackets.
std::string joined(const std::vector<std::string>& parts, char open, char close);
std::string array_of(const Numbers& numbers);
/// Strangers' texts, quoted.
std::string array_of(const std::vector<std::string>& texts);
/// `"name":value`
std::string member(std::string_view name, const std::string& value);

}  // namespace ekaci::report
