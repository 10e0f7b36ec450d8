#include "github/names.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "base/text.h"

namespace ekaci::github {
namespace {

constexpr std::size_t kLongestRepository = 140;  // an owner has at most 39, a repository at most 100
constexpr std::size_t kLongestBranch = 255;
constexpr std::size_t kLongestLogin = 100;

bool is_plain(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_'; }

bool is_plain_or_dot(char c) { return is_plain(c) || c == '.'; }

bool is_segment(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, is_plain_or_dot);
}

bool is_forbidden_in_branch(char c) {
  constexpr std::string_view kForbidden = " ~^:?*[\\\x7f";
  return static_cast<unsigned char>(c) < 0x20U || kForbidden.find(c) != std::string_view::npos;
}

bool is_branch_component(std::string_view text) { return !text.empty() && !text.starts_with('.') && !text.ends_with(".lock"); }

}  // namespace

bool is_repository_name(std::string_view text) {
  const std::size_t slash = text.find('/');
  if (text.size() > kLongestRepository || slash == std::string_view::npos) return false;
  return is_segment(text.substr(0, slash)) && is_segment(text.substr(slash + 1));
}

bool is_branch_name(std::string_view text) {
  if (text.empty() || text.size() > kLongestBranch || text == "@" || text.starts_with('-') || text.ends_with('.')) return false;
  if (text.find("..") != std::string_view::npos || text.find("@{") != std::string_view::npos) return false;
  return std::ranges::none_of(text, is_forbidden_in_branch) && std::ranges::all_of(split(text, '/'), is_branch_component);
}

bool is_login(std::string_view text) {
  constexpr std::string_view kBot = "[bot]";
  if (text.size() > kLongestLogin) return false;
  if (text.ends_with(kBot)) text.remove_suffix(kBot.size());
  return is_account(text);
}

bool is_account(std::string_view text) { return !text.empty() && text.size() <= kLongestLogin && std::ranges::all_of(text, is_plain); }

}  // namespace ekaci::github
