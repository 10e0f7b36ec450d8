#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/review.h"
#include "report/facts.h"

/// Pieces that the sections of the page share. What they give is HTML.
namespace ekaci::report {

/// A glyph: `check`, `cross`, `wait`, `question`; drawn, so that no font is asked for it.
std::string icon(std::string_view name);
std::string icon_of(Decision decision);
std::string icon_of(Requirement::State state);

/// Strangers' text as code, on one line, cut to `columns`.
std::string code_html(std::string_view text, std::size_t columns = 200);
std::string path_html(const AttributePath& path);
std::string position_html(const SourcePosition& position);
/// `on x86_64-linux`; empty where the places are all there are.
std::string places_html(const std::vector<std::string>& names, const Places& places);
/// Before, an arrow, after.
std::string transition_html(const std::string& before, const std::string& after);
/// A heading of a section, with a number beside it.
std::string heading(std::string_view title, std::string_view count);
/// A cell with a number; a dash for none.
std::string number_cell(std::uint64_t number);
/// A paragraph on rows of a table that are not shown; empty where all are.
std::string rest_html(std::size_t shown, std::size_t total);

}  // namespace ekaci::report
