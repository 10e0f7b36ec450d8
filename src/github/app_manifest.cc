#include "github/app_manifest.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstddef>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/text.h"
#include "github/app_token.h"
#include "github/json_text.h"
#include "github/names.h"
#include "github/outcome.h"
#include "github/reading.h"
#include "net/url.h"

namespace ekaci::github {
namespace {

constexpr std::array<std::string_view, 8> kEvents = {"pull_request", "pull_request_review", "issue_comment", "push",
                                                     "check_run",    "check_suite",         "merge_group",   "repository"};

constexpr std::size_t kLongestCode = 200;
constexpr std::size_t kLongestKey = std::size_t{64} << 10U;
constexpr std::uint64_t kLargestAnswer = std::uint64_t{1} << 20U;
constexpr std::string_view kConversion = "POST /app-manifests/…/conversions";

bool is_of_a_code(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

bool is_code(std::string_view text) {
  return !text.empty() && text.size() <= kLongestCode && text != "." && text != ".." && std::ranges::all_of(text, is_of_a_code);
}

net::ClientRequest request_for(std::string_view api, std::string_view code) {
  net::ClientRequest request{.method = net::Method::post,
                             .url = fmt::format("{}/app-manifests/{}/conversions", api, net::encode_path_segment(code)),
                             .headers = {},
                             .body = {},
                             .deadlines = {.total = std::chrono::seconds(30)},
                             .largest_answer = kLargestAnswer};
  request.headers.add("Accept", "application/vnd.github+json");
  request.headers.add("X-GitHub-Api-Version", "2022-11-28");
  return request;
}

/// Whoever has the code has the App, and the transport's errors name the path that it stands in.
std::string without(std::string text, std::string_view code) {
  for (std::size_t at = text.find(code); at != std::string::npos; at = text.find(code)) text.replace(at, code.size(), "…");
  return text;
}

std::string page_from(const JsonField& document) {
  const JsonField page = document.at("html_url");
  const Result<net::Url> url = net::parse_url(page.text());
  if (url && !url->to_string().ends_with('/')) return url->to_string();
  page.refuse("has to be an http or https URL without a slash at its end");
  return {};
}

std::string text_of(const JsonField& document, const std::string& key) {
  std::string text = document.at(key).text(kLongestKey);
  if (text.empty()) document.at(key).refuse("must not be empty");
  return text;
}

Secret key_from(const JsonField& document) {
  Secret key(text_of(document, "pem"));
  // An App whose key cannot be used is none, and better told of now than after the next start.
  if (!key.is_empty() && !PrivateKey::parse(key.reveal())) document.at("pem").refuse("has to be a private key as PEM");
  return key;
}

RegisteredApp app_from(const JsonField& document) {
  const JsonField owner = document.at("owner");
  const bool is_account_of_owner = owner.has("login");
  return {.id = {document.at("id").number()},
          .name = document.at("name").text(),
          .page = page_from(document),
          .client_id = text_of(document, "client_id"),
          .owner = owner.at(is_account_of_owner ? "login" : "slug").text(),
          .is_owned_by_user = is_account_of_owner && owner.at("type").text() == "User" && is_account(owner.at("login").text()),
          .private_key = key_from(document),
          .webhook_secret = Secret(text_of(document, "webhook_secret")),
          .client_secret = Secret(text_of(document, "client_secret"))};
}

}  // namespace

std::vector<AppPermission> app_permissions(AppUse use) {
  return {{"checks", "write"},
          {"contents", "read"},
          {"metadata", "read"},
          {"pull_requests", use.labels || use.comments ? "write" : "read"},
          {"merge_queues", "read"}};
}

std::span<const std::string_view> app_events() { return kEvents; }

std::string list_permissions(AppUse use) {
  std::string list;
  for (const AppPermission& permission : app_permissions(use)) {
    if (!list.empty()) list += "; ";
    list += spelled_out(permission.name) + (permission.access == "write" ? ": read and write" : ": read");
  }
  return list;
}

std::string list_events() {
  std::string list;
  for (const std::string_view event : kEvents) {
    if (!list.empty()) list += ", ";
    list += spelled_out(event);
  }
  return list;
}

std::string manifest_json(const AppManifest& manifest) {
  nlohmann::json permissions = nlohmann::json::object();
  for (const AppPermission& permission : app_permissions(manifest.use)) permissions[std::string(permission.name)] = permission.access;
  return json_text({{"name", manifest.name},
                    {"url", manifest.home},
                    {"hook_attributes", {{"url", manifest.webhook}, {"active", true}}},
                    {"redirect_url", manifest.return_page},
                    {"public", false},
                    {"default_permissions", std::move(permissions)},
                    {"default_events", kEvents}});
}

std::string registration_address(std::string_view web, std::string_view organization, std::string_view state) {
  const std::string owner = organization.empty() ? std::string() : fmt::format("/organizations/{}", organization);
  return fmt::format("{}{}/settings/apps/new?state={}", web, owner, state);
}

Result<RegisteredApp> convert_manifest(std::string_view api, std::string_view code, const Transport& transport, const CancelToken& cancel) {
  if (!is_code(code)) return fail(ErrorCode::invalid_argument, "this is no code of GitHub's");
  const Result<net::ClientResponse> answer = transport(request_for(api, code), cancel);
  if (!answer) {
    const ErrorCode kind = answer.error().code() == ErrorCode::cancelled ? ErrorCode::cancelled : ErrorCode::unavailable;
    return fail(kind, "{}", without(answer.error().to_string(), code));
  }
  const Outcome outcome = outcome_of(*answer);
  if (outcome == Outcome::good) return read_answer(answer->body, app_from);
  const Error error = error_of(outcome, *answer, kConversion);
  return fail(error.code(), "{}", without(error.message(), code));
}

}  // namespace ekaci::github
