#include "github/label_json.h"

#include <nlohmann/json.hpp>

#include "github/json_text.h"

namespace ekaci::github {

std::string added_label_json(std::string_view name) {
  nlohmann::json json;
  json["labels"] = nlohmann::json::array({std::string(name)});
  return json_text(json);
}

}  // namespace ekaci::github
