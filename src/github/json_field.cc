#include "github/json_field.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/text.h"
#include "github/timestamp.h"

namespace ekaci::github {
namespace {

const nlohmann::json kNothing;

}  // namespace

void Problems::add(std::string_view path, std::string_view what) {
  if (first_) return;
  const std::string place = path.empty() ? "the document" : clip(printable_line(path), 200);
  first_ = Error(ErrorCode::invalid_argument, fmt::format("{}: {}", place, what));
}

bool JsonField::has(const std::string& key) const {
  const auto found = value_->find(key);
  return found != value_->end() && !found->is_null();
}

JsonField JsonField::at(const std::string& key) const {
  const std::string path = path_.empty() ? key : path_ + "." + key;
  const auto found = value_->find(key);
  if (found != value_->end()) return {*found, path, *problems_};
  problems_->add(path, "is missing");
  return {kNothing, path, *problems_};
}

std::string JsonField::text(std::size_t longest) const {
  const auto* text = value_->get_ptr<const std::string*>();
  if (text != nullptr && text->size() <= longest) return *text;
  refuse(text == nullptr ? "has to be a text" : fmt::format("is longer than {} bytes", longest));
  return {};
}

bool JsonField::boolean() const {
  if (const auto* boolean = value_->get_ptr<const bool*>()) return *boolean;
  refuse("has to be true or false");
  return false;
}

std::int64_t JsonField::number() const {
  const auto* number = value_->is_number_unsigned() ? value_->get_ptr<const nlohmann::json::number_unsigned_t*>() : nullptr;
  if (number != nullptr && *number > 0 && *number <= INT64_MAX) return static_cast<std::int64_t>(*number);
  refuse("has to be a whole number above 0");
  return 1;
}

Clock::Wall JsonField::time() const {
  const std::optional<Clock::Wall> time = value_->is_string() ? parse_timestamp(text()) : wall_from_seconds(number());
  if (!time) refuse("has to be a time as in 2024-01-31T12:00:00Z");
  return time.value_or(Clock::Wall{});
}

std::vector<JsonField> JsonField::elements() const {
  std::vector<JsonField> fields;
  if (!value_->is_array()) {
    refuse("has to be an array");
    return fields;
  }
  fields.reserve(value_->size());
  for (const nlohmann::json& element : *value_) fields.emplace_back(element, fmt::format("{}[{}]", path_, fields.size()), *problems_);
  return fields;
}

std::vector<std::pair<std::string, JsonField>> JsonField::members() const {
  std::vector<std::pair<std::string, JsonField>> fields;
  if (!value_->is_object()) {
    refuse("has to be an object");
    return fields;
  }
  for (const auto& [key, value] : value_->items()) fields.emplace_back(key, at(key));
  return fields;
}

}  // namespace ekaci::github
