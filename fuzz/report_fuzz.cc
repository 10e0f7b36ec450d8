// A report on disk is anybody's bytes: what is read is consistent, so that every rendering of it ends, and it is written as it was read.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "report/json.h"
#include "report/json_reader.h"
#include "report/terminal.h"
#include "report/why.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);  // NOLINT(*-reinterpret-cast): libFuzzer's bytes as text
  const auto review = ekaci::report::from_json(text);
  if (!review) {
    if (review.error().message().empty()) std::abort();
    return 0;
  }
  const std::string written = ekaci::report::to_json(*review);
  const auto again = ekaci::report::from_json(written);
  if (!again || ekaci::report::to_json(*again) != written) std::abort();
  [[maybe_unused]] const std::string shown = ekaci::report::to_terminal(*review, {.verbosity = ekaci::report::Verbosity::all});
  for (const ekaci::JobReview& job : review->jobs) {
    for (const ekaci::Change& change : job.changes) [[maybe_unused]]
      const std::string why = ekaci::report::why_to_terminal(job, change, {});
  }
  return 0;
}
