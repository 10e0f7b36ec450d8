#pragma once

#include <cstdint>
#include <optional>

#include "wire/protocol.h"
#include "wire/reader.h"

/// The answers from bytes (libstore/worker-protocol.cc). What they return counts only where the reader is good afterwards.
namespace ekaci::wire {

PathFacts read_path_facts(Reader& reader);
PathInfoAnswer read_path_info(Reader& reader);
/// nullopt where the reader is not good.
std::optional<Message> read_added(Reader& reader);
BuildResult read_build_result(Reader& reader, std::uint64_t minor);
BuildResults read_build_results(Reader& reader, std::uint64_t minor);
/// What follows Tag::error.
Refusal read_refusal(Reader& reader);
/// What follows Tag::start_activity and Tag::result.
ActivityStart read_activity_start(Reader& reader);
ActivityResult read_activity_result(Reader& reader);

}  // namespace ekaci::wire
