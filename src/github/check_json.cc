#include "github/check_json.h"

#include <fmt/core.h>

#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "github/json_text.h"
#include "github/timestamp.h"

namespace ekaci::github {
namespace {

nlohmann::json annotation_json(const forge::Annotation& annotation) {
  nlohmann::json json = {{"path", annotation.path},
                         {"start_line", annotation.line},
                         {"end_line", annotation.line},
                         {"annotation_level", forge::to_string(annotation.level)},
                         {"message", annotation.message}};
  if (!annotation.title.empty()) json["title"] = annotation.title;
  return json;
}

nlohmann::json action_json(const forge::CheckAction& action) {
  return {{"label", action.label}, {"description", action.description}, {"identifier", action.identifier}};
}

template <class T>
nlohmann::json all_json(const std::vector<T>& values, nlohmann::json (*json_of)(const T&)) {
  nlohmann::json all = nlohmann::json::array();
  for (const T& value : values) all.push_back(json_of(value));
  return all;
}

nlohmann::json output_json(const forge::CheckText& text) {
  nlohmann::json output = {{"title", text.title}, {"summary", text.summary}};
  if (!text.text.empty()) output["text"] = text.text;
  if (!text.annotations.empty()) output["annotations"] = all_json(text.annotations, annotation_json);
  return output;
}

/// What both requests have. A conclusion that is there completes the check, whatever its status says: so there is none before.
nlohmann::json check_json(const forge::OwedCheck& owed, std::string_view details_base) {
  const forge::CheckText text = forge::within_limits(owed.check.text);
  nlohmann::json json = {{"name", owed.check.name},
                         {"external_id", external_id(owed.id)},
                         {"status", forge::to_string(text.status)},
                         {"output", output_json(text)},
                         {"actions", all_json(text.actions, action_json)}};
  if (!details_base.empty() && !text.details_path.empty()) json["details_url"] = std::string(details_base) + text.details_path;
  if (text.started) json["started_at"] = format_timestamp(*text.started);
  if (text.status != forge::CheckStatus::completed) return json;
  if (text.conclusion) json["conclusion"] = forge::to_string(*text.conclusion);
  if (text.completed) json["completed_at"] = format_timestamp(*text.completed);
  return json;
}

}  // namespace

std::string external_id(forge::CheckId id) { return fmt::format("ekaci-{}", id.value); }

bool is_external_id(std::string_view text) { return text.starts_with("ekaci-"); }

std::string new_check_json(const forge::OwedCheck& owed, std::string_view details_base) {
  nlohmann::json json = check_json(owed, details_base);
  json["head_sha"] = owed.check.head.to_string();
  return json_text(json);
}

std::string changed_check_json(const forge::OwedCheck& owed, std::string_view details_base) {
  return json_text(check_json(owed, details_base));
}

}  // namespace ekaci::github
