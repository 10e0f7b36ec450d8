#include "wire/requests.h"

namespace ekaci::wire {
namespace {

constexpr std::uint64_t number_of(BuildMode mode) { return static_cast<std::uint64_t>(mode); }
/// Verbosity of a builder that is heard, where 0 would be one that is heard only in errors (libutil/logging.hh, lvlVomit).
constexpr std::uint64_t kVomit = 7;
constexpr std::uint64_t kNo = 0;
constexpr std::uint64_t kYes = 1;

void write_output(Writer& writer, const DerivationOutput& output) {
  writer.text(output.name);
  writer.text(output.path);
  writer.text(output.hashing);
  writer.text(output.hash);
}

std::string_view name_of(AddMethod method) {
  switch (method) {
    case AddMethod::text:
      return "text:sha256";
    case AddMethod::flat:
      return "fixed:sha256";
    case AddMethod::nar:
      return "fixed:r:sha256";
  }
  return "";
}

}  // namespace

void write_set_options(Writer& writer, const Options& options) {
  writer.operation(Operation::set_options);
  writer.number(kNo);   // keep failed builds
  writer.number(kYes);  // keep going
  writer.number(kNo);   // build what cannot be substituted after all
  writer.number(options.verbosity);
  writer.number(options.jobs);
  writer.number(options.silence_seconds);
  writer.number(kYes);  // obsolete: use the build hook
  writer.number(kVomit);
  writer.number(0);  // obsolete: log type
  writer.number(0);  // obsolete: print a trace
  writer.number(options.cores);
  writer.number(options.substitute ? kYes : kNo);
  writer.number(options.overrides.size());
  for (const auto& [name, value] : options.overrides) {
    writer.text(name);
    writer.text(value);
  }
}

void write_query_valid_paths(Writer& writer, std::span<const StorePath> paths) {
  writer.operation(Operation::query_valid_paths);
  writer.paths(paths);
  writer.number(kNo);
}

void write_query_substitutable_paths(Writer& writer, std::span<const StorePath> paths) {
  writer.operation(Operation::query_substitutable_paths);
  writer.paths(paths);
}

void write_query_path_info(Writer& writer, const StorePath& path) {
  writer.operation(Operation::query_path_info);
  writer.path(path);
}

void write_add_temp_root(Writer& writer, const StorePath& path) {
  writer.operation(Operation::add_temp_root);
  writer.path(path);
}

void write_ensure_path(Writer& writer, const StorePath& path) {
  writer.operation(Operation::ensure_path);
  writer.path(path);
}

void write_build_derivation(Writer& writer, const StorePath& path, const BasicDerivation& derivation, BuildMode mode) {
  writer.operation(Operation::build_derivation);
  writer.path(path);
  writer.number(derivation.outputs.size());
  for (const DerivationOutput& output : derivation.outputs) write_output(writer, output);
  writer.paths(derivation.inputs);
  writer.text(derivation.system);
  writer.text(derivation.builder);
  writer.texts(derivation.arguments);
  writer.number(derivation.environment.size());
  for (const auto& [name, value] : derivation.environment) {
    writer.text(name);
    writer.text(value);
  }
  writer.number(number_of(mode));
}

void write_build_paths_with_results(Writer& writer, const StorePath& path) {
  writer.operation(Operation::build_paths_with_results);
  writer.number(1);
  writer.text(path.to_string() + "!*");
  writer.number(number_of(BuildMode::normal));
}

void write_trust_question(Writer& writer) {
  writer.operation(Operation::build_paths);
  writer.number(0);
  writer.number(number_of(BuildMode::repair));
}

void write_add_to_store(Writer& writer, const Addition& addition) {
  writer.operation(Operation::add_to_store);
  writer.text(addition.name);
  writer.text(name_of(addition.method));
  writer.paths(addition.references);
  writer.number(kNo);  // repair
}

}  // namespace ekaci::wire
