#include "app/build_options.h"

#include <CLI/CLI.hpp>
#include <map>

namespace ekaci::app {
namespace {

const std::map<std::string, engine::BaseBuilds>& base_names() {
  static const std::map<std::string, engine::BaseBuilds> names = {
      {"none", engine::BaseBuilds::none}, {"deciding", engine::BaseBuilds::deciding}, {"all", engine::BaseBuilds::all}};
  return names;
}

}  // namespace

void declare_store(CLI::App& app, std::string& store) {
  app.add_option("--store", store,
                 "The Nix store to build in: daemon, unix://SOCKET, local or local?root=DIR; default: NIX_REMOTE, else the daemon that "
                 "runs, else local")
      ->type_name("STORE");
}

void declare_building(CLI::App& app, BuildOptions& options) {
  app.add_flag("!--no-build", options.build, "Do not build: only evaluate and compare");
  app.add_option(
         "--base", options.base,
         "What of base is built: deciding (of what fails at head, and what a size check compares; the default), all (for sizes too), none")
      ->type_name("WHAT")
      ->transform(CLI::CheckedTransformer(base_names()));
  app.add_option("--max-builds", options.max_builds, "Build at most so many derivations; the others are told as not built")->type_name("N");
  app.add_option("--build-jobs", options.jobs, "Builds at once; default: one for each processor")
      ->type_name("N")
      ->check(CLI::Range(1, 256));
  app.add_option("--build-silence", options.silence_seconds, "End a build that says nothing for so long")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--build-time", options.total_seconds, "End a build that takes longer")
      ->type_name("SECONDS")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_flag("--rebuild", options.rebuild, "Try again what is remembered as failed");
  app.add_flag("--offline", options.offline, "Take nothing from binary caches");
  app.add_flag("!--no-build-sandbox", options.sandbox, "Build without Nix's sandbox; such outcomes count for less");
  declare_store(app, options.store);
}

}  // namespace ekaci::app
