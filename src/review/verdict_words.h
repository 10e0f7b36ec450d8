#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "model/review.h"
#include "review/findings.h"

/// What requirements and sentence of a verdict both say. All text is printable.
namespace ekaci::review {

/// Names in a sentence: more would hide its point.
inline constexpr std::size_t kNamed = 3;

bool is_merged(const Review& review);

/// What the user called base, made short.
std::string base_name_of(const Review& review);

std::uint64_t count_of(const Findings& found, ChangeKind kind);
std::uint64_t count_of(const Findings& found, Transition transition);

/// What became of the changed attributes' builds: `9 succeed, 2 newly fail and 1 is not known`; empty where none differs.
std::string builds_in_words(const Findings& found);

/// The same without those that newly fail.
std::string other_builds_in_words(const Findings& found);

/// Why what is unknown is so: `2 were not built and 1 has no builder`; of trouble with the infrastructure what it was, once: `1 met
/// trouble that is not the package's; the trouble was 'disk full: No space left on device'`. Empty where nothing is unknown.
std::string unknown_in_words(const Review& review, const Findings& found);

/// The closure that grew the most over what is allowed: `closure of hello grew by 14.2 %, from 30.1 MiB to 34.4 MiB; 10 % are allowed
/// (2 more)`; empty where none did.
std::string growth_in_words(const Findings& found);

/// What of a verdict awaits acceptance, or was accepted: `the removal of 2 attributes and a changed configuration`; empty where nothing.
std::string acceptance_in_words(const Verdict& verdict, Requirement::Acceptance acceptance, const Findings& found);

/// Which derivations make attributes newly fail: `, because of zlib-1.3 and xz-5.4`; empty where none does.
std::string because_of(const Review& review);

}  // namespace ekaci::review
