#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

/// Pieces of lines that the sections of a markdown report share.
namespace ekaci::report {

/// Names of strangers are cut to this.
constexpr std::size_t kNameColumns = 100;

std::string path_code(const AttributePath& path);
std::string position_code(const SourcePosition& position);
/// One side of a difference; `none` where it is empty.
std::string side_code(const std::string& text);
/// The texts, which are markdown, and how many of `total` are not among them.
std::string listing(const std::vector<std::string>& texts, std::size_t total);
/// ` on x86_64-linux`; empty where the places are all there are. `names` are those of all places.
std::string places_note(const std::vector<std::string>& names, const Places& places);
/// The last item of a list that does not show all; empty where it does.
std::string rest_item(std::size_t shown, std::size_t total);

}  // namespace ekaci::report
