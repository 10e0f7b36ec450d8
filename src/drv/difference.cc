#include "drv/difference.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "drv/equal_paths.h"
#include "drv/json_members.h"
#include "drv/path_matching.h"

namespace ekaci::drv {
namespace {

using NamedTexts = std::map<std::string_view, std::string_view>;
using MaybeText = std::optional<std::string_view>;

constexpr std::string_view kStructuredAttributes = "__json";

std::string without_suffix(std::string text, std::string_view suffix) {
  if (text.ends_with(suffix)) text.resize(text.size() - suffix.size());
  return text;
}

/// The name that Nix gives an output's path (libstore/path.cc, outputPathName).
std::string output_path_name(std::string_view name, std::string_view output) {
  std::string path_name(name);
  if (output != "out") path_name.append("-").append(output);
  return path_name;
}

/// The derivation's name as the path of its first output that has one says it; empty where none has.
std::string name_of(const Derivation& derivation) {
  for (const Output& output : derivation.outputs) {
    const std::optional<StorePath> path = output.path();
    if (path) return output.name == "out" ? path->name() : without_suffix(path->name(), "-" + output.name);
  }
  return {};
}

std::string describe(const Output& output) {
  struct Visitor {
    std::string operator()(const InputAddressedOutput& /*output*/) const { return "input-addressed"; }
    std::string operator()(const FixedOutput& fixed) const { return "fixed " + fixed.hashing.to_string() + " " + fixed.hash; }
    std::string operator()(const FloatingOutput& floating) const { return "floating " + floating.hashing.to_string(); }
    std::string operator()(const DeferredOutput& /*output*/) const { return "deferred"; }
    std::string operator()(const ImpureOutput& impure) const { return "impure " + impure.hashing.to_string(); }
  };
  return std::visit(Visitor{}, output.address);
}

const Output* find_output(const Derivation& derivation, std::string_view name) {
  const auto found = std::ranges::lower_bound(derivation.outputs, name, {}, &Output::name);
  return found != derivation.outputs.end() && found->name == name ? &*found : nullptr;
}

/// The environment without the variables that tell the builder where its outputs go. Nix sets them; those of outputs whose path
/// is not known yet hold a placeholder.
NamedTexts environment_of(const Derivation& derivation) {
  NamedTexts variables(derivation.environment.begin(), derivation.environment.end());
  for (const Output& output : derivation.outputs) {
    const auto variable = variables.find(output.name);
    const std::optional<StorePath> path = output.path();
    if (variable != variables.end() && (!path || variable->second == path->to_string())) variables.erase(variable);
  }
  return variables;
}

/// Calls `use` with each name of either side, in order, and the texts that it has.
template <class Texts, class Use>
void for_each_name(const Texts& base, const Texts& head, Use use) {
  std::set<std::string_view> names;
  for (const auto& [name, text] : base) names.insert(name);
  for (const auto& [name, text] : head) names.insert(name);
  const auto text_of = [](const Texts& texts, std::string_view name) {
    const auto found = texts.find(typename Texts::key_type(name));
    return found == texts.end() ? MaybeText() : MaybeText(found->second);
  };
  for (const std::string_view name : names) use(name, text_of(base, name), text_of(head, name));
}

using UsedOutputs = std::map<StorePath, std::vector<std::string>>;

UsedOutputs used_outputs(const Derivation& derivation) {
  UsedOutputs used;
  for (const InputDerivation& input : derivation.input_derivations) used.emplace(input.path, input.outputs);
  return used;
}

/// Compares two derivations; used once.
class Comparison {
 public:
  Comparison(const Derivation& base, const Derivation& head)
      : base_(base),
        head_(head),
        base_name_(name_of(base)),
        head_name_(name_of(head)),
        has_other_name_(!base_name_.empty() && !head_name_.empty() && base_name_ != head_name_) {}

  DerivationDifference run(std::span<const Replacement> replaced) {
    compare_sources();
    compare_inputs(replaced);
    know_own_outputs();
    compare_fields();
    compare_arguments();
    compare_environment();
    compare_outputs();
    return std::move(result_);
  }

 private:
  template <class Entry>
  void tell(std::vector<Entry>& entries, Entry entry) {
    if (entries.size() == DerivationDifference::kMaxEntries) {
      result_.cut = true;
    } else {
      entries.push_back(std::move(entry));
    }
  }

  void compare(std::vector<TextDifference>& entries, std::string_view name, MaybeText base, MaybeText head) {
    FirstDifference at;
    if (base && head) {
      const std::optional<FirstDifference> found = first_difference(*base, *head, paths_);
      if (!found) return;
      at = *found;
    }
    TextDifference entry{.name = excerpt(name, 0)};
    if (base) entry.base = excerpt(*base, at.base);
    if (head) entry.head = excerpt(*head, at.head);
    tell(entries, std::move(entry));
  }

  void compare_sources() {
    const auto pairs =
        match_paths(without(base_.input_sources, head_.input_sources), without(head_.input_sources, base_.input_sources), {});
    for (const PathDifference& pair : pairs) {
      if (pair.base && pair.head) paths_.add(*pair.base, *pair.head);
      tell(result_.sources, pair);
    }
  }

  void compare_inputs(std::span<const Replacement> replaced) {
    const UsedOutputs at_base = used_outputs(base_);
    const UsedOutputs at_head = used_outputs(head_);
    std::map<StorePath, StorePath> replacements;
    for (const Replacement& replacement : replaced) {
      replacements.emplace(replacement.head, replacement.base);
      know_replaced(replacement, at_base, at_head);
    }
    std::vector<StorePath> only_base;
    std::vector<StorePath> only_head;
    for (const auto& [path, outputs] : at_base) {
      if (!at_head.contains(path)) only_base.push_back(path);
    }
    for (const auto& [path, outputs] : at_head) {
      const auto same = at_base.find(path);
      if (same == at_base.end()) only_head.push_back(path);
      if (same != at_base.end() && same->second != outputs) tell(result_.inputs, PathDifference{.base = path, .head = path});
    }
    for (PathDifference& pair : match_paths(only_base, only_head, replacements)) tell(result_.inputs, std::move(pair));
  }

  void know_replaced(const Replacement& replacement, const UsedOutputs& at_base, const UsedOutputs& at_head) {
    paths_.add(replacement.base, replacement.head);
    if (!replacement.base.is_derivation() || !replacement.head.is_derivation()) return;
    std::set<std::string> outputs = {"out"};
    if (const auto used = at_base.find(replacement.base); used != at_base.end()) outputs.insert(used->second.begin(), used->second.end());
    if (const auto used = at_head.find(replacement.head); used != at_head.end()) outputs.insert(used->second.begin(), used->second.end());
    for (const std::string& output : outputs) {
      paths_.add_named(output_path_name(without_drv(replacement.base.name()), output),
                       output_path_name(without_drv(replacement.head.name()), output));
    }
  }

  void know_own_outputs() {
    result_.same_outputs = base_.outputs.size() == head_.outputs.size();
    for (const Output& output : head_.outputs) {
      const Output* const other = find_output(base_, output.name);
      const std::optional<StorePath> at_head = output.path();
      const std::optional<StorePath> at_base = other == nullptr ? std::nullopt : other->path();
      if (at_base && at_head) paths_.add(*at_base, *at_head);
      if (!at_base || at_base != at_head) result_.same_outputs = false;
    }
  }

  void compare_fields() {
    if (has_other_name_) compare(result_.fields, "name", base_name_, head_name_);
    compare(result_.fields, "system", base_.system, head_.system);
    compare(result_.fields, "builder", base_.builder, head_.builder);
  }

  void compare_arguments() {
    const auto argument = [](const Derivation& derivation, std::size_t n) {
      return n < derivation.arguments.size() ? MaybeText(derivation.arguments[n]) : MaybeText();
    };
    for (std::size_t n = 0; n < std::max(base_.arguments.size(), head_.arguments.size()); ++n) {
      compare(result_.arguments, std::to_string(n + 1), argument(base_, n), argument(head_, n));
    }
  }

  [[nodiscard]] bool is_told_name(std::string_view variable, MaybeText base, MaybeText head) const {
    return has_other_name_ && variable == "name" && base == base_name_ && head == head_name_;
  }

  void compare_environment() {
    for_each_name(environment_of(base_), environment_of(head_), [&](std::string_view name, MaybeText base, MaybeText head) {
      if (is_told_name(name, base, head)) return;
      if (name == kStructuredAttributes && base && head && compare_structured(*base, *head)) return;
      compare(result_.environment, name, base, head);
    });
  }

  /// Says whether that told all there is.
  bool compare_structured(std::string_view base, std::string_view head) {
    if (!first_difference(base, head, paths_)) return true;
    const auto base_members = json_members(base);
    const auto head_members = json_members(head);
    if (!base_members || !head_members) return false;
    bool found = false;
    for_each_name(*base_members, *head_members, [&](std::string_view key, MaybeText at_base, MaybeText at_head) {
      if (at_base && at_head && !first_difference(*at_base, *at_head, paths_)) return;
      found = true;
      compare_member(key, at_base, at_head);
    });
    return found;
  }

  void compare_member(std::string_view key, MaybeText base, MaybeText head) {
    const std::optional<std::string> base_text = base ? json_string(*base) : std::nullopt;
    const std::optional<std::string> head_text = head ? json_string(*head) : std::nullopt;
    const bool are_texts = base_text.has_value() == base.has_value() && head_text.has_value() == head.has_value();
    if (are_texts && base_text) base = *base_text;
    if (are_texts && head_text) head = *head_text;
    if (is_told_name(key, base, head)) return;
    compare(result_.environment, std::string(kStructuredAttributes) + "." + std::string(key), base, head);
  }

  void compare_outputs() {
    std::map<std::string, std::string> base;
    std::map<std::string, std::string> head;
    for (const Output& output : base_.outputs) base.emplace(output.name, describe(output));
    for (const Output& output : head_.outputs) head.emplace(output.name, describe(output));
    for_each_name(base, head,
                  [&](std::string_view name, MaybeText at_base, MaybeText at_head) { compare(result_.outputs, name, at_base, at_head); });
  }

  const Derivation& base_;
  const Derivation& head_;
  std::string base_name_;
  std::string head_name_;
  bool has_other_name_ = false;
  EqualPaths paths_;
  DerivationDifference result_;
};

}  // namespace

DerivationDifference difference(const Derivation& base, const Derivation& head, std::span<const Replacement> replaced) {
  return Comparison(base, head).run(replaced);
}

}  // namespace ekaci::drv
