#pragma once

#include <string>

#include "model/review.h"
#include "report/facts_origins.h"

namespace ekaci::report {

/// How many rows a page carries; further changes are in the JSON report, and the page says so.
constexpr std::size_t kMaxPageRows = 200'000;

/// What data/report.js draws from, as JSON that can stand in a `script` element: every change once, for all places where it is alike,
/// and for each place the ways down. Columns of numbers that point into lists of texts, so that 100,000 changes take some 20 MB.
///
/// `texts`; `kinds` (with the transition where there is one: `newly failing (rebuilt)`), `places`, `cards` (names of origins): texts;
/// `people`, `where`: lists of numbers; `rows`: for each row its `set`, `name`, `kind`, `detail`, `position`, `people`, `where` and `why`
/// (index into the place's rebuilds, -1 where there is none; a list where several places have one each), and where sizes are known those
/// of SizeColumns; `leftOut`: how many changes have
/// none; `rebuilds`: for each place `head`, `base` (texts; -1 for none), `headHash`, `baseHash`, `towards`, `distance`, `origin`;
/// `origins`: for each place the card of each of its origins, -1 for none.
std::string page_data(const Review& review, const OriginFacts& origins);

/// `xz 5.4.1 → 5.4.2`. Hostile text.
std::string origin_title(const StepName& name);

}  // namespace ekaci::report
