#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/evaluation.h"

namespace ekaci::db {

/// An evaluation as bytes: format number 1, then cost, notes and attributes as Encoder writes them. Pure; any thread.
std::string encode_evaluation(const Evaluation& evaluation);

/// The evaluation back, equal to the one given. Fails with corrupt on anything that encode_evaluation() cannot have written.
Result<Evaluation> decode_evaluation(std::string_view bytes);

}  // namespace ekaci::db
