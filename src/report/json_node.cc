#include "report/json_node.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace ekaci::report {
namespace {

const nlohmann::json kNothing;

}  // namespace

void Problems::add(std::string_view where, std::string_view what) {
  if (first_) return;
  const std::string place = where.empty() ? "the report" : clip(printable_line(where), 200);
  first_ = Error(ErrorCode::invalid_argument, fmt::format("{}: {}", place, what));
}

bool JsonNode::has(const std::string& key) const { return value_->is_object() && value_->contains(key); }

JsonNode JsonNode::at(const std::string& key) const {
  const std::string where = where_.empty() ? key : where_ + "." + key;
  const auto found = value_->find(key);
  if (found != value_->end()) return {*found, where, *problems_};
  problems_->add(where, "is missing");
  return {kNothing, where, *problems_};
}

bool JsonNode::is_null() const { return value_->is_null(); }

std::string JsonNode::text() const {
  if (const auto* text = value_->get_ptr<const std::string*>()) return *text;
  refuse("has to be a text");
  return {};
}

bool JsonNode::boolean() const {
  if (const auto* boolean = value_->get_ptr<const bool*>()) return *boolean;
  refuse("has to be true or false");
  return false;
}

std::uint64_t JsonNode::number(std::uint64_t largest) const {
  const auto* number = value_->is_number_unsigned() ? value_->get_ptr<const nlohmann::json::number_unsigned_t*>() : nullptr;
  if (number != nullptr && *number <= largest) return *number;
  refuse(fmt::format("has to be a whole number from 0 to {}", largest));
  return 0;
}

double JsonNode::real(double largest) const {
  const double number = value_->is_number() ? value_->get<double>() : -1.0;
  if (number >= 0 && number <= largest) return number;
  refuse(fmt::format("has to be a number from 0 to {}", largest));
  return 0;
}

std::vector<JsonNode> JsonNode::elements() const {
  std::vector<JsonNode> nodes;
  if (!value_->is_array()) {
    refuse("has to be an array");
    return nodes;
  }
  nodes.reserve(value_->size());
  for (const nlohmann::json& element : *value_) nodes.emplace_back(element, fmt::format("{}[{}]", where_, nodes.size()), *problems_);
  return nodes;
}

std::vector<std::string> JsonNode::texts() const {
  std::vector<std::string> all;
  for (const JsonNode& element : elements()) all.push_back(element.text());
  return all;
}

}  // namespace ekaci::report
