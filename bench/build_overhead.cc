// Builds derivations one after the other through one connection to a daemon, as a builder slot does, and says what each took. Run
// by bench/build-overhead.
//
//   build_overhead < paths of derivations, one a line
//
// Each may use those before it; nix-daemon and the store are those of the environment.
#include <fmt/core.h>

#include <chrono>
#include <cstdlib>
#include <iostream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/files.h"
#include "drv/derivation.h"
#include "nix/build_store.h"

namespace ekaci {
namespace {

using Steady = std::chrono::steady_clock;

class Nowhere final : public engine::LogSink {
 public:
  void write(std::string_view /*bytes*/) override {}
  void phase(std::string_view /*name*/) override {}
  void idle() override {}
};

[[noreturn]] void end(const Error& error) {
  fmt::print(stderr, "build_overhead: {}\n", error.to_string());
  std::exit(1);  // NOLINT(concurrency-mt-unsafe): nothing else runs
}

template <class T>
T need(Result<T> result) {
  if (!result) end(result.error());
  return std::move(*result);
}

std::vector<engine::BuildOrder> read_orders() {
  std::vector<engine::BuildOrder> orders;
  std::unordered_map<StorePath, StorePath> outputs;
  std::string line;
  while (std::getline(std::cin, line)) {
    const std::string aterm = need(read_file(line, drv::kMaxDerivationSize));
    engine::BuildOrder order{.path = need(StorePath::parse(line)), .derivation = need(drv::parse(aterm)), .inputs = {}, .limits = {}};
    for (const drv::InputDerivation& input : order.derivation.input_derivations) order.inputs.push_back(outputs.at(input.path));
    outputs.emplace(order.path, order.derivation.outputs.front().path().value());
    orders.push_back(std::move(order));
  }
  return orders;
}

process::Command daemon() {
  process::Command command{.arguments = {"nix-daemon", "--stdio"}};
  for (const char* name : {"HOME", "PATH", "NIX_CONF_DIR", "NIX_REMOTE"}) {
    if (const char* value = std::getenv(name)) command.environment[name] = value;  // NOLINT(concurrency-mt-unsafe): as above
  }
  return command;
}

double milliseconds_since(Steady::time_point start) { return std::chrono::duration<double, std::milli>(Steady::now() - start).count(); }

std::vector<StorePath> build_all(engine::BuilderConnection& builder, const std::vector<engine::BuildOrder>& orders) {
  std::vector<StorePath> outputs;
  Nowhere log;
  for (const engine::BuildOrder& order : orders) {
    const engine::AttemptReport report = need(builder.build(order, log, {}));
    if (report.result != AttemptResult::built) end({ErrorCode::internal, report.message});
    outputs.push_back(order.derivation.outputs.front().path().value());
  }
  return outputs;
}

int measure() {
  const std::vector<engine::BuildOrder> orders = read_orders();
  if (orders.empty()) return 1;
  const Steady::time_point start = Steady::now();
  const auto store =
      need(nix::DaemonStore::open({.address = nix::DaemonProgram{.command = daemon()}, .description = {.name = "bench"}}, {}));
  const auto builder = need(store->connect());
  const double opened = milliseconds_since(start);
  const std::vector<StorePath> outputs = build_all(*builder, orders);
  const double built = milliseconds_since(start) - opened;
  const Steady::time_point asked = Steady::now();
  const std::size_t infos = need(store->path_infos(outputs)).size();
  const double answered = milliseconds_since(asked);
  fmt::print("connecting twice: {:.1f} ms; each of {} builds: {:.2f} ms; each of {} path infos: {:.3f} ms\n", opened, orders.size(),
             built / static_cast<double>(orders.size()), infos, answered / static_cast<double>(infos));
  return 0;
}

}  // namespace
}  // namespace ekaci

int main() { return ekaci::measure(); }
