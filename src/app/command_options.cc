#include "app/command_options.h"

#include <map>

namespace ekaci::app {

void declare_colour(CLI::App& app, Written& written) {
  app.add_option("--colour,--color", written.command.presentation.colour, "Colours: auto, always or never")
      ->type_name("WHEN")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Colour>{{"auto", Colour::automatic}, {"always", Colour::always}, {"never", Colour::never}}));
}

void declare_server(CLI::App& app, std::string& configuration) {
  app.add_option("--config", configuration, "The configuration of the running server that is asked, TOML")->type_name("FILE");
}

Status check_presentation(Written& written) {
  Presentation& presentation = written.command.presentation;
  if (written.all && written.quiet) return usage("--all and --quiet contradict each other");
  if (written.all || written.command.verbose) presentation.verbosity = report::Verbosity::all;
  if (written.quiet) presentation.verbosity = report::Verbosity::quiet;
  for (const std::string& text : written.sets) {
    Result<AttributePath> set = report::parse_set(text);
    if (!set) return fail(set.error(), "--set");
    presentation.filter.sets.push_back(std::move(*set));
  }
  int to_standard_output = 0;
  for (const auto* file : {&presentation.json, &presentation.markdown, &presentation.html}) {
    if (!*file) continue;
    if ((*file)->empty()) return usage("--json, --markdown and --html want the name of a file, or -");
    if (**file == Presentation::kStandardOutput) ++to_standard_output;
  }
  if (to_standard_output > 1) return usage("only one of --json, --markdown and --html can go to standard output");
  return {};
}

Failure usage(std::string message) { return Failure(Error(ErrorCode::invalid_argument, std::move(message))); }

std::string joined(std::span<const std::string> words) {
  std::string name;
  for (const std::string& word : words) name += (name.empty() ? "" : " ") + word;
  return name;
}

}  // namespace ekaci::app
