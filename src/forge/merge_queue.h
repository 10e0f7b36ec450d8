#pragma once

#include <optional>
#include <string_view>

#include "forge/subject.h"
#include "model/object_id.h"

/// What the names of a merge queue's branches say. GitHub says it nowhere else but in the webhooks of a group. Pure.
namespace ekaci::forge {

/// The group that stands on a branch of the queue, `gh-readonly-queue/TARGET/pr-NUMBER-BASE`, at its tip; nullopt where the name has not
/// that form. TARGET may have slashes; BASE is 40 hexadecimal characters.
std::optional<MergeGroup> merge_group_of(std::string_view branch, const CommitId& tip);

}  // namespace ekaci::forge
