#include "nix/walker.h"

#include <fmt/format.h>

#include <algorithm>

namespace ekaci::nix {
namespace {

constexpr std::string_view function_of(Question question) {
  switch (question) {
    case Question::root:
      return "root";
    case Question::describe:
      return "describe";
    case Question::refusal:
      return "refusal";
    case Question::force:
      return "force";
    case Question::metadata:
      return "metadata";
    case Question::members:
      return "members";
  }
  return "";
}

/// `{ "a" = "text"; "b" = builtins.elemAt expressions 0; }`: expressions come in the order of the job's arguments.
std::string arguments_source(const Job& job) {
  std::string source = "{ ";
  std::size_t expressions = 0;
  for (const JobArgument& argument : job.arguments) {
    const bool is_text = argument.kind == JobArgument::Kind::string;
    const std::string value = is_text ? string_literal(argument.text) : fmt::format("builtins.elemAt expressions {}", expressions++);
    source += fmt::format("{} = {}; ", string_literal(argument.name), value);
  }
  return source + "}";
}

bool fits_one_line(std::string_view text) {
  constexpr std::size_t kLongestArgument = 8192;
  return text.size() <= kLongestArgument && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

std::string string_literal(std::string_view bytes) {
  std::string literal = "\"";
  for (const char c : bytes) {
    if (c == '\0') continue;
    if (c == '"' || c == '\\' || c == '$') literal += '\\';
    // A literal line ending would be taken as it is, but the lexer makes CR LF one line feed.
    if (c == '\n' || c == '\r') {
      literal += c == '\n' ? "\\n" : "\\r";
      continue;
    }
    literal += c;
  }
  return literal + "\"";
}

std::string binding_source(const WalkerBinding& binding) {
  std::string path = "[ ";
  for (const std::string& name : binding.job.attribute.names()) path += string_literal(name) + " ";
  path += "]";
  return fmt::format("expressions:\nimport {} {{\n  file = {};\n  attribute = {};\n  arguments = {};\n  system = {};\n}}\n",
                     string_literal(binding.walker), string_literal(binding.tree + "/" + binding.job.file), path,
                     arguments_source(binding.job), string_literal(binding.system.to_string()));
}

Result<std::string> binding_line(std::string_view file, const Job& job) {
  std::string line = fmt::format("w = import {} [", string_literal(file));
  for (const JobArgument& argument : job.arguments) {
    if (argument.kind != JobArgument::Kind::expression) continue;
    if (!fits_one_line(argument.text)) {
      return fail(ErrorCode::invalid_argument,
                  "job '{}': the expression given for the argument '{}' has to be one line of printable ASCII, at most 8192 characters; "
                  "move it to a file and import that",
                  job.name, argument.name);
    }
    line += fmt::format(" ({})", argument.text);
  }
  return line + " ]";
}

std::string question_expression(Question question, std::span<const std::uint32_t> path) {
  std::string expression = fmt::format("w.{} [", function_of(question));
  for (const std::uint32_t index : path) expression += fmt::format(" {}", index);
  return expression + " ]";
}

}  // namespace ekaci::nix
