#pragma once

#include <string>
#include <string_view>

namespace ekaci::github {

/// The body that adds one label to a pull request (docs.github.com/rest/issues/labels: "Add labels to an issue").
std::string added_label_json(std::string_view name);

}  // namespace ekaci::github
