#include "drv/derivation.h"
#include "drv/head.h"
#include "drv/inputs.h"
#include "drv/scanner.h"

namespace ekaci::drv {
namespace {

OutputAddress address_of(const OutputView& view) {
  if (view.path && view.hashing) return FixedOutput{StorePath(*view.path), *view.hashing, std::string(view.hash)};
  if (view.path) return InputAddressedOutput{StorePath(*view.path)};
  if (!view.hashing) return DeferredOutput{};
  if (view.hash == kImpure) return ImpureOutput{*view.hashing};
  return FloatingOutput{*view.hashing};
}

void own_head(const Head& head, Derivation& derivation) {
  for (const OutputView& output : head.outputs) derivation.outputs.push_back({std::string(output.name), address_of(output)});
  for (const InputView& input : head.inputs.derivations) {
    const auto names = head.inputs.outputs_of(input);
    derivation.input_derivations.push_back({StorePath(input.path), {names.begin(), names.end()}});
  }
  for (const StorePathView& source : head.inputs.sources) derivation.input_sources.emplace_back(source);
}

void scan_variable(Scanner& scanner, Derivation& derivation) {
  const std::size_t start = scanner.offset();
  auto& environment = derivation.environment;
  scanner.expect("(");
  std::string name = scanner.escaped_string();
  scanner.expect(",");
  std::string value = scanner.escaped_string();
  scanner.expect(")");
  const bool ascends = environment.empty() || environment.back().first < name;
  if (!ascends) scanner.refuse(start, "environment variables in ascending order, each once");
  environment.emplace_back(std::move(name), std::move(value));
}

void scan_tail(Scanner& scanner, Derivation& derivation) {
  scanner.expect(",");
  derivation.system = scanner.raw_string();
  scanner.expect(",");
  derivation.builder = scanner.escaped_string();
  scanner.expect(",");
  scanner.list([&] { derivation.arguments.push_back(scanner.escaped_string()); });
  scanner.expect(",");
  scanner.list([&] { scan_variable(scanner, derivation); });
  scanner.expect(")");
  scanner.expect_end();
}

}  // namespace

Result<Derivation> parse(std::string_view aterm) {
  Scanner scanner = scanner_of(aterm);
  const Head head = scan_head(scanner);
  Derivation derivation;
  if (!scanner.failed()) own_head(head, derivation);
  scan_tail(scanner, derivation);
  if (Status status = scanner.status(); !status) return fail(std::move(status.error()));
  return derivation;
}

Result<Inputs> parse_inputs(std::string_view aterm) {
  Scanner scanner = scanner_of(aterm);
  Head head = scan_head(scanner);
  scanner.expect(",\"");
  // The environment is the last list: either empty or closed behind a string.
  const bool closed = scanner.rest().ends_with(",[])") || scanner.rest().ends_with("\")])");
  if (!scanner.failed() && !closed) scanner.refuse(aterm.size(), "the closing brackets of the environment");
  if (Status status = scanner.status(); !status) return fail(std::move(status.error()));
  return std::move(head.inputs);
}

}  // namespace ekaci::drv
