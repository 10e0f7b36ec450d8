#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "model/attribute.h"
#include "model/metadata.h"
#include "model/store_path.h"

/// What the walker (walker.nix) answers, read. Every byte of it may have been chosen by the evaluated code.
namespace ekaci::nix {

/// A derivation that is in the store.
struct FoundDerivation {
  StorePath path;
  std::optional<Metadata> metadata{};
  bool metadata_failed = false;  ///< asked for, and it threw
};
/// A derivation whose drvPath could be seen to fail.
struct FailedDerivation {};
/// A set whose attributes are wanted; names ascending, each once.
struct ListedSet {
  std::vector<std::string> names;
};
struct UnlistedSet {};
/// Answer to Question::refusal.
struct RefusalAnswer {
  bool refused = false;
  Refusal refusal{};
};
/// Answer to Question::metadata.
struct MetadataAnswer {
  Metadata metadata;
};

using Answer = std::variant<FoundDerivation, FailedDerivation, ListedSet, UnlistedSet, OtherValue, RefusalAnswer, MetadataAnswer>;

/// What the walker answered. `corrupt` where it is nothing that it would say; a drvPath that is no derivation's path is
/// invalid_argument, with a message about the attribute. `tree`: where the evaluator sees the tree, absolute; positions become
/// relative to it, and those outside are left out.
Result<Answer> parse_answer(std::string_view reply, std::string_view tree);

}  // namespace ekaci::nix
