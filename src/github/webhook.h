#pragma once

#include <string_view>

#include "base/result.h"
#include "forge/notice.h"
#include "github/app_id.h"

namespace ekaci::github {

/// What a webhook says to us. `event` is X-GitHub-Event, `payload` its body, whose signature was found right (signature.h); `us` tells our
/// check runs from those of other Apps. Only what is used has to be there, so that payloads of old and new versions of GitHub are read.
/// Pure; any thread. Source of the format: docs.github.com/webhooks/webhook-events-and-payloads.
///
/// Errors: invalid_argument, which names the place in the payload: `pull_request.head.sha: is missing`. A webhook that came from a
/// repository's own settings instead of from the App has no `installation.id` and is refused so.
Result<forge::Notice> read_webhook(std::string_view event, std::string_view payload, AppId us);

}  // namespace ekaci::github
