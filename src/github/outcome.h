#pragma once

#include <string_view>

#include "base/error.h"
#include "net/client.h"

/// What GitHub's answers mean (docs.github.com/rest/using-the-rest-api). Pure.
namespace ekaci::github {

enum class Outcome {
  good,           ///< 2xx
  not_modified,   ///< 304: what we have is right still
  unknown_to_it,  ///< 401: it does not take the token
  limited,        ///< 403 or 429: too many calls
  denied,         ///< 403 otherwise: we may not
  missing,        ///< 404, 410: not there, or not for us to see
  conflicting,    ///< 409: not as things are now; asked of git's objects: the repository has no commit
  refused,        ///< 422 and what else is wrong with the request: it will never take it
  failed,         ///< 5xx, a redirection, and all that GitHub does not say of itself
};

Outcome outcome_of(const net::ClientResponse& answer);

/// What a caller of ours is told; with GitHub's own words, made printable. `where` as in `POST /repos/o/n/check-runs`. Not for good ones.
Error error_of(Outcome outcome, const net::ClientResponse& answer, std::string_view where);

}  // namespace ekaci::github
