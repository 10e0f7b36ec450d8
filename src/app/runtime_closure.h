#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/store_path.h"
#include "review/measure.h"
#include "review/runtime_graph.h"

namespace ekaci::app {

/// All paths of a closure that are of one package (review::package_of()).
struct KeptPackage {
  std::vector<std::string> versions{};  ///< ascending; an empty text for paths without a version; hostile text
  std::uint64_t bytes = 0;
};

/// A derivation's outputs with everything that they refer to, to be looked into. For one thread.
class RuntimeClosure {
 public:
  /// Not known where anything of it is not. What is known outlives this.
  RuntimeClosure(const review::Measurements& known, const StorePath& derivation);
  RuntimeClosure(const RuntimeClosure&) = delete;
  RuntimeClosure& operator=(const RuntimeClosure&) = delete;
  RuntimeClosure(RuntimeClosure&&) = delete;
  RuntimeClosure& operator=(RuntimeClosure&&) = delete;
  ~RuntimeClosure() = default;

  [[nodiscard]] bool is_known() const { return is_known_; }
  [[nodiscard]] std::uint64_t bytes() const;
  /// By name; hostile text.
  [[nodiscard]] std::map<std::string, KeptPackage> packages() const;
  /// A shortest way in references from an output to the nearest path that someone may have meant, both included: by its package's name,
  /// with or without version, by its own name, or as a store path. Empty where the closure has none.
  [[nodiscard]] std::vector<StorePath> way_to(std::string_view dependency) const;

 private:
  review::RuntimeGraph graph_;
  std::optional<review::ClosureWalk> walk_{};        ///< once the graph grows no more
  std::vector<review::RuntimeGraph::Node> nodes_{};  ///< nearest first
  bool is_known_ = false;
};

}  // namespace ekaci::app
