#pragma once

#include <array>
#include <string_view>

// The rules that texts of a configuration obey. Pure.

namespace ekaci::config {

/// An absolute path: at most 4096 bytes, printable, with no name `.` or `..`, and no slash at its end but for the root.
bool is_absolute_path(std::string_view text);

/// As is_absolute_path(), and short enough for a Unix socket (unix(7): 107 bytes).
bool is_socket_path(std::string_view text);

/// `http://` or `https://`, a host, perhaps a port, perhaps a path; no user, query, fragment or slash at the end. At most 1024 bytes.
bool is_base_url(std::string_view text);

/// As is_base_url(), and `https`, or `http` on this machine alone (`localhost`, `127.…`, `[::1]`): tokens travel there.
bool is_safe_base_url(std::string_view text);

/// `host:port` as ListenAddress::parse() reads it.
bool is_listen_address(std::string_view text);

/// A user's or bot's name on GitHub: 1 to 100 letters, digits, `-` and `_`, perhaps `[bot]` behind.
bool is_login(std::string_view text);

/// GitHub's CommentAuthorAssociation (GraphQL and webhooks alike).
inline constexpr std::array<std::string_view, 8> kAssociations = {
    "OWNER", "MEMBER", "COLLABORATOR", "CONTRIBUTOR", "FIRST_TIME_CONTRIBUTOR", "FIRST_TIMER", "MANNEQUIN", "NONE"};

/// The beginning of a label's name: at most 30 printable characters without comma, for GitHub allows a label 50, and takes lists of
/// labels apart at commas.
bool is_label_prefix(std::string_view text);

/// `daemon`, `local`, `local?root=<absolute path>`, `unix://<absolute path>`.
bool is_store(std::string_view text);

/// A name that a program finds in its environment: letters, digits and `_`, no digit first.
bool is_variable(std::string_view text);

/// A name that systemd allows for a credential and that leaves no directory: letters, digits, `.`, `-`, `_`; not `.` or `..`.
bool is_credential(std::string_view text);

}  // namespace ekaci::config
