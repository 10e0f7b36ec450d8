#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "review/measure.h"

namespace ekaci::review {

/// A store and derivations for tests of measuring. A key is a store path's name, with something before a colon where two paths bear one
/// name: `2:glibc-2.35`.
class StoreSample {
 public:
  static StorePath path(std::string_view key) {
    StoreHash hash{};
    std::uint64_t mixed = 0xcbf29ce484222325U;
    for (auto& byte : hash) {
      for (const char c : key) mixed = (mixed ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
      byte = static_cast<std::uint8_t>(mixed >> 32U);
    }
    return StorePath::from_parts(hash, key.substr(key.find(':') + 1)).value();
  }

  void add(std::string_view key, std::uint64_t nar_size, const std::vector<std::string>& references = {}) {
    PathInfo info{.path = path(key), .nar_size = nar_size};
    for (const std::string& reference : references) info.references.push_back(path(reference));
    infos_.insert_or_assign(info.path, info);
  }

  void forget(std::string_view key) { infos_.erase(path(key)); }

  /// A derivation with one output, `out`.
  void make(std::string_view derivation, std::string_view output, const std::vector<std::string>& inputs = {}) {
    Making& making = makings_[path(derivation)];
    making.outputs = {{"out", path(output)}};
    for (const std::string& input : inputs) making.inputs.push_back(path(input));
  }

  Making& making(std::string_view derivation) { return makings_[path(derivation)]; }

  /// As read from the store; counts how often it is asked for infos.
  [[nodiscard]] Measurements known() const {
    return {.info =
                [this](const StorePath& path) {
                  ++asked_;
                  const auto found = infos_.find(path);
                  return found == infos_.end() ? nullptr : &found->second;
                },
            .making =
                [this](const StorePath& derivation) {
                  const auto found = makings_.find(derivation);
                  return found == makings_.end() ? nullptr : &found->second;
                }};
  }
  [[nodiscard]] std::uint64_t asked() const { return asked_; }

  /// An attribute that is another derivation at head, both of which succeed; a side is absent where its key is empty.
  static Change change(std::string name, std::string_view base, std::string_view head) {
    const auto side = [](std::string_view key) -> std::optional<AttributeResult> {
      if (key.empty()) return std::nullopt;
      return EvaluatedDerivation{.path = path(key), .name = {}, .outputs = {"out"}};
    };
    Change change{.path = AttributePath{std::move(name)}, .kind = ChangeKind::rebuilt, .base = side(base), .head = side(head)};
    change.build = BuildChange{.transition = Transition::still_succeeding, .head = OutcomeKind::succeeded, .base = OutcomeKind::succeeded};
    return change;
  }

  static JobReview job(std::vector<Change> changes) {
    JobReview job;
    job.job = "ci";
    job.system = "x86_64-linux";
    job.changes = std::move(changes);
    job.attributes = job.changes.size();
    return job;
  }

  /// The job of these changes, measured.
  [[nodiscard]] JobReview measured(std::vector<Change> changes) const {
    std::vector<JobReview> jobs{job(std::move(changes))};
    measure_changes(jobs, known());
    return std::move(jobs.front());
  }

 private:
  std::map<StorePath, PathInfo> infos_;
  std::map<StorePath, Making> makings_;
  mutable std::uint64_t asked_ = 0;
};

}  // namespace ekaci::review
