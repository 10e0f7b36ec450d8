#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "model/rebuild.h"

namespace ekaci::review {

/// The most lines that tell_lines() gives.
inline constexpr std::size_t kMostTellingLines = 5;

/// The lines of a change that say what differs, most telling first; none where none does: nothing is guessed.
///
/// A line says it where it holds, as a whole word, something that only head's side of the difference has: a whole text, a line of a
/// script, a hash, a part of an address, a version, the name of a source or of an input. Words without anything special are no
/// evidence, nor is what stands in more lines than can be told. A line of a file that has the name of a changed source says it
/// too. Those lines tell most in which a word or a quoted text is exactly what something became: a version, a hash, the number in a
/// name. Of the others what is longest does, and of equals the first line.
///
/// `lines` are those that Repository::changed_lines() gives. Pure, any thread; its time is bounded by the lines' bytes.
std::vector<ChangedLine> tell_lines(const DerivationDifference& difference, std::span<const ChangedLine> lines);

}  // namespace ekaci::review
