#include "nix/walker.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace ekaci::nix {
namespace {

/// Answers are made of plain characters and netstrings, not of JSON: attribute names may hold bytes that JSON cannot.
/// Functions are called as Nix calls them by itself (libexpr/eval.cc, autoCallFunction); only toXML tells `{ }: …` and the
/// ellipsis from `x: …`.
constexpr std::string_view kWalker = R"nix({ file, attribute, arguments, system }:

let
  inherit (builtins)
    attrNames
    concatStringsSep
    elemAt
    foldl'
    functionArgs
    getContext
    hasContext
    intersectAttrs
    isAttrs
    isFunction
    isString
    replaceStrings
    stringLength
    toXML
    trace
    tryEval
    typeOf
    unsafeDiscardStringContext
    ;

  contains = part: text: replaceStrings [ part ] [ "" ] text != text;

  call =
    value:
    if isAttrs value && value ? __functor then
      call (value.__functor value)
    else if !isFunction value then
      value
    else
      let
        shape = toXML value;
        named = functionArgs value;
        given = (if named ? system then { inherit system; } else { }) // arguments;
      in
      if !(contains "<attrspat" shape) then
        value
      else if contains "<attrspat ellipsis=\"1\"" shape then
        value given
      else
        value (intersectAttrs named given);

  select = value: name: (call value).${name};

  node =
    value:
    let
      names = if isAttrs value then attrNames value else [ ];
    in
    {
      inherit value names;
      children = map (name: node value.${name}) names;
    };

  tree = node (call (foldl' select (import file) attribute));

  at = foldl' (parent: index: elemAt parent.children index) tree;

  netstring = text: "${toString (stringLength text)}:${text},";

  list = names: "l" + concatStringsSep "" (map netstring names);

  isDerivation = value: isAttrs value && value ? type && value.type == "derivation";

  derivation =
    value:
    let
      path = value.drvPath;
      plain = unsafeDiscardStringContext path;
    in
    if !(isString path) then
      throw "the attribute 'drvPath' is not a string but a ${typeOf path}"
    else if !(hasContext path && getContext path ? ${plain}) then
      throw "the attribute 'drvPath' does not refer to a derivation that this evaluation made"
    else
      "d" + plain;

  other = value: "o" + typeOf value;

  describe =
    ofDerivation:
    { value, names, ... }:
    if isDerivation value then
      trace "this is a derivation" (ofDerivation value)
    else if !(isAttrs value) then
      other value
    else if value.recurseForDerivations or false then
      list names
    else
      "s";

  careful =
    value:
    let
      tried = tryEval (derivation value);
    in
    if tried.success then tried.value else "f";

  is =
    expected: set: name:
    let
      tried = tryEval (set.${name} == expected);
    in
    set ? ${name} && tried.success && tried.value;

  refusal =
    { value, ... }:
    let
      meta = value.meta;
      reason = name: letter: if is true meta name then letter else "";
    in
    if isDerivation value && value ? meta && isAttrs meta then
      "r"
      + reason "broken" "b"
      + reason "unsupported" "s"
      + reason "unfree" "u"
      + reason "insecure" "i"
      + (if is false meta "available" then "a" else "")
    else
      "r";
in
{
  root = path: if isAttrs (at path).value && !(isDerivation (at path).value) then list (at path).names else describe careful (at path);
  describe = path: describe careful (at path);
  force = path: describe derivation (at path);
  refusal = path: refusal (at path);
}
)nix";

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

Failure not_an_answer() { return fail(ErrorCode::corrupt, "the walker's answer cannot be read"); }

/// Takes `<length>:<bytes>,` off the front.
std::optional<std::string> take_netstring(std::string_view& rest) {
  std::size_t length = 0;
  const auto [end, error] = std::from_chars(rest.data(), rest.data() + rest.size(), length);
  if (error != std::errc()) return std::nullopt;
  rest.remove_prefix(static_cast<std::size_t>(end - rest.data()));
  if (rest.size() < 2 || length > rest.size() - 2 || rest.front() != ':' || rest[length + 1] != ',') return std::nullopt;
  std::string bytes(rest.substr(1, length));
  rest.remove_prefix(length + 2);
  return bytes;
}

Result<Answer> parse_names(std::string_view rest) {
  ListedSet set;
  while (!rest.empty()) {
    std::optional<std::string> name = take_netstring(rest);
    if (!name) return not_an_answer();
    if (!set.names.empty() && !(set.names.back() < *name)) return not_an_answer();
    set.names.push_back(std::move(*name));
  }
  return set;
}

Result<Answer> parse_refusal(std::string_view letters) {
  RefusalAnswer answer{.refused = !letters.empty()};
  for (const char letter : letters) {
    switch (letter) {
      case 'b':
        answer.refusal.reasons.insert(RefusalReason::broken);
        break;
      case 's':
        answer.refusal.reasons.insert(RefusalReason::unsupported_system);
        break;
      case 'u':
        answer.refusal.reasons.insert(RefusalReason::unfree);
        break;
      case 'i':
        answer.refusal.reasons.insert(RefusalReason::insecure);
        break;
      case 'a':  // unavailable, without saying why
        break;
      default:
        return not_an_answer();
    }
  }
  return answer;
}

Result<Answer> parse_derivation(std::string_view text) {
  Result<StorePath> path = StorePath::parse(text);
  if (!path || !path->is_derivation()) return fail(ErrorCode::invalid_argument, "its drvPath is not the path of a derivation: '{}'", text);
  return FoundDerivation{std::move(*path)};
}

}  // namespace

std::string_view walker_source() { return kWalker; }

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

Result<Answer> parse_answer(std::string_view reply) {
  if (reply.empty()) return not_an_answer();
  const std::string_view rest = reply.substr(1);
  switch (reply.front()) {
    case 'd':
      return parse_derivation(rest);
    case 'f':
      return rest.empty() ? Result<Answer>(FailedDerivation{}) : not_an_answer();
    case 'l':
      return parse_names(rest);
    case 's':
      return rest.empty() ? Result<Answer>(UnlistedSet{}) : not_an_answer();
    case 'o':
      return OtherValue{std::string(rest)};
    case 'r':
      return parse_refusal(rest);
    default:
      return not_an_answer();
  }
}

}  // namespace ekaci::nix
