#include "github/json_text.h"

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>
#include <vector>

namespace ekaci::github {
namespace {

constexpr std::size_t kDeepest = 64;
constexpr std::size_t kMostValues = 1'000'000;

/// Makes the document of SAX events, so that what has too much of anything is given up before it is in memory.
class BoundedBuilder final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return add(nullptr) != nullptr; }
  bool boolean(bool value) override { return add(value) != nullptr; }
  bool number_integer(number_integer_t value) override { return add(value) != nullptr; }
  bool number_unsigned(number_unsigned_t value) override { return add(value) != nullptr; }
  bool number_float(number_float_t value, const string_t& /*text*/) override { return add(value) != nullptr; }
  bool string(string_t& value) override { return add(std::move(value)) != nullptr; }
  bool binary(binary_t& /*value*/) override { return false; }
  bool start_object(std::size_t /*elements*/) override { return open(nlohmann::json::object()); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t /*elements*/) override { return open(nlohmann::json::array()); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    key_ = std::move(name);
    return true;
  }
  bool parse_error(std::size_t position, const std::string& /*token*/, const nlohmann::detail::exception& /*error*/) override {
    return refuse(fmt::format("not JSON at byte {}", position));
  }

  Result<nlohmann::json> take() {
    if (problem_) return fail(ErrorCode::invalid_argument, "{}", *problem_);
    return std::move(root_);
  }

 private:
  /// Places a value where the document stands; nullptr where there are too many.
  nlohmann::json* add(nlohmann::json value) {
    if (++values_ > kMostValues) {
      refuse(fmt::format("more than {} values", kMostValues));
      return nullptr;
    }
    if (open_.empty()) return &(root_ = std::move(value));
    nlohmann::json& parent = *open_.back();
    if (!parent.is_array()) return &(parent[std::move(key_)] = std::move(value));
    parent.push_back(std::move(value));
    return &parent.back();
  }
  bool open(nlohmann::json empty) {
    if (open_.size() == kDeepest) return refuse(fmt::format("nested more than {} levels deep", kDeepest));
    nlohmann::json* added = add(std::move(empty));
    if (added != nullptr) open_.push_back(added);
    return added != nullptr;
  }
  bool close() {
    open_.pop_back();
    return true;
  }
  bool refuse(std::string problem) {
    if (!problem_) problem_ = std::move(problem);
    return false;
  }

  nlohmann::json root_;
  std::vector<nlohmann::json*> open_;  ///< from the root to the innermost; nothing is added to one before what is open in it was closed
  std::string key_;
  std::size_t values_ = 0;
  std::optional<std::string> problem_;
};

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text) {
  BoundedBuilder builder;
  nlohmann::json::sax_parse(text.begin(), text.end(), &builder);
  return builder.take();
}

std::string json_text(const nlohmann::json& value) { return value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace); }

}  // namespace ekaci::github
