#pragma once

#include <rapidcheck.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/files.h"
#include "base/sha256.h"
#include "model/evaluation.h"

/// What the tests of this room share.
namespace ekaci::db {

/// A directory that goes with the test.
class TemporaryDirectory {
 public:
  TemporaryDirectory() : path_(make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-db-").value()) {}
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { [[maybe_unused]] const Status removed = remove_tree(path_); }
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }
  [[nodiscard]] std::filesystem::path file() const { return path_ / "ekaci.db"; }

 private:
  std::filesystem::path path_;
};

/// Stands still until it is moved.
class StoppedClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return Instant(elapsed); }
  [[nodiscard]] Wall wall() const override { return Wall(elapsed); }
  std::chrono::seconds elapsed{1'700'000'000};
};

inline EvaluationKey key_of(std::uint64_t number) { return {sha256("key " + std::to_string(number))}; }

/// A path whose hash follows from its name.
inline StorePath path_named(const std::string& name) {
  const Sha256 digest = sha256(name);
  StoreHash hash{};
  std::copy_n(digest.begin(), hash.size(), hash.begin());
  return StorePath::from_parts(hash, name).value();
}

inline DerivationRecord record_named(const std::string& name, std::vector<StorePath> inputs = {}) {
  std::ranges::sort(inputs);
  std::string aterm = "Derive(" + name + ")";
  return {.path = path_named(name), .input_derivations = std::move(inputs), .aterm = std::move(aterm)};
}

inline Attribute derivation_attribute(std::string name, const StorePath& path) {
  return {.path = AttributePath{std::move(name)}, .result = EvaluatedDerivation{.path = path, .name = path.name(), .outputs = {"out"}}};
}

inline bool same(const DerivationRecord& left, const DerivationRecord& right) {
  return left.path == right.path && left.input_derivations == right.input_derivations && left.aterm == right.aterm;
}

namespace generate {

/// Any bytes, invalid UTF-8 and NUL included.
inline rc::Gen<std::string> bytes() { return rc::gen::container<std::string>(rc::gen::arbitrary<char>()); }

/// rapidcheck gives up on a set with more elements than there are values.
template <class Value>
std::set<Value> as_set(const std::vector<Value>& values) {
  return {values.begin(), values.end()};
}

inline rc::Gen<AttributeResult> result() {
  return rc::gen::exec([]() -> AttributeResult {
    switch (*rc::gen::inRange(0, 6)) {
      case 0:
        return EvaluatedDerivation{.path = path_named("p" + std::to_string(*rc::gen::inRange(0, 10)) + ".drv"),
                                   .name = *bytes(),
                                   .outputs = *rc::gen::container<std::vector<std::string>>(bytes())};
      case 1:
        return Refusal{as_set(*rc::gen::container<std::vector<RefusalReason>>(
            rc::gen::element(RefusalReason::broken, RefusalReason::unsupported_system, RefusalReason::unfree, RefusalReason::insecure)))};
      case 2:
        return EvaluationError{
            .failure = *rc::gen::element(EvaluationFailure::evaluation, EvaluationFailure::timed_out),
            .message = *bytes(),
            .position = SourcePosition{
                .file = *bytes(), .line = *rc::gen::arbitrary<std::uint32_t>(), .column = *rc::gen::arbitrary<std::uint32_t>()}};
      case 3:
        return EvaluationError{.failure = EvaluationFailure::crashed, .message = *bytes(), .position = std::nullopt};
      case 4:
        return AttributeSet{.recursed = *rc::gen::arbitrary<bool>()};
      default:
        return OtherValue{.type = *bytes()};
    }
  });
}

inline rc::Gen<std::vector<std::string>> texts() { return rc::gen::container<std::vector<std::string>>(bytes()); }

inline rc::Gen<std::optional<SourcePosition>> position() {
  return rc::gen::exec([]() -> std::optional<SourcePosition> {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return SourcePosition{.file = *bytes(), .line = *rc::gen::arbitrary<std::uint32_t>(), .column = *rc::gen::arbitrary<std::uint32_t>()};
  });
}

inline rc::Gen<std::optional<Metadata>> metadata() {
  return rc::gen::exec([]() -> std::optional<Metadata> {
    if (*rc::gen::arbitrary<bool>()) return std::nullopt;
    return Metadata{.pname = *bytes(),
                    .version = *bytes(),
                    .description = *bytes(),
                    .licences = *texts(),
                    .maintainers = *texts(),
                    .vulnerabilities = *texts(),
                    .broken = *rc::gen::arbitrary<bool>(),
                    .insecure = *rc::gen::arbitrary<bool>(),
                    .position = *position(),
                    .problem = *bytes()};
  });
}

inline rc::Gen<Attribute> attribute() {
  return rc::gen::exec([] { return Attribute{.path = AttributePath(*texts()), .result = *result(), .metadata = *metadata()}; });
}

inline rc::Gen<Evaluation> evaluation() {
  return rc::gen::exec([] {
    Evaluation made;
    made.attributes = *rc::gen::container<std::vector<Attribute>>(attribute());
    made.notes = *texts();
    made.cost = {.cpu = std::chrono::microseconds(*rc::gen::nonNegative<std::int64_t>()),
                 .wall = std::chrono::microseconds(*rc::gen::nonNegative<std::int64_t>()),
                 .peak_memory = *rc::gen::arbitrary<std::uint64_t>(),
                 .workers_started = *rc::gen::arbitrary<std::uint32_t>(),
                 .workers_died = *rc::gen::arbitrary<std::uint32_t>()};
    return made;
  });
}

}  // namespace generate
}  // namespace ekaci::db
