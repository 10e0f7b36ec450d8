#include "config/repository_configuration.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/letter_case.h"
#include "base/text.h"
#include "config/json_document.h"
#include "config/server_values.h"
#include "config/suggestion.h"

namespace ekaci::config {
namespace {

constexpr std::size_t kMostJobs = 1000;
constexpr std::size_t kMostArguments = 100;
constexpr std::size_t kMostSystems = 32;
constexpr std::size_t kLongestName = 100;
constexpr std::size_t kLongestFile = 1024;
constexpr std::size_t kMostPatterns = 100;
constexpr std::size_t kMostAuthors = 1000;
constexpr std::size_t kLongestArgument = std::size_t{64} << 10U;

constexpr std::array<std::string_view, 3> kTopKeys = {"jobs", "skip", "trust"};
constexpr std::array<std::string_view, 1> kSkipKeys = {"paths"};
constexpr std::array<std::string_view, 3> kTrustKeys = {"authors", "associations", "builds"};
constexpr std::array<std::string_view, 7> kJobKeys = {
    "file", "attribute", "arguments", "systems", "size_check", "tests", "allow_import_from_derivation"};
constexpr std::array<std::string_view, 1> kSizeCheckKeys = {"max_increase_percent"};
constexpr double kLargestIncrease = 1e6;

/// Keys of EkaCI's Rust prototype that change neither what is evaluated nor the verdict. Its others (`checks`, `flake`) are gates:
/// dropping one silently would let through what it was to stop.
struct EarlierKey {
  std::string_view name;
  JsonKind kind;
  std::string_view why;
};
constexpr std::array<EarlierKey, 2> kEarlierTopKeys = {{
    {"package_change_summary", JsonKind::object, "a review always lists what changed"},
    {"rebuild_impact", JsonKind::object, "a review always counts what is rebuilt"},
}};
constexpr std::array<EarlierKey, 2> kEarlierJobKeys = {{
    {"allow_eval_failures", JsonKind::boolean, "each attribute's failure is told apart by whether the base has it too"},
    {"caches", JsonKind::array, "nothing is uploaded"},
}};
constexpr std::array<EarlierKey, 1> kEarlierSizeCheckKeys = {{
    {"base_branch", JsonKind::string, "sizes are compared with the review's base"},
}};

std::size_t characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

bool is_printable(std::string_view text) { return printable_line(text) == text; }

bool is_identifier(std::string_view text) {
  const auto starts = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto continues = [&](char c) { return starts(c) || (c >= '0' && c <= '9') || c == '-' || c == '\''; };
  return !text.empty() && starts(text.front()) && std::ranges::all_of(text, continues);
}

/// Reads the document into the model; every failure says where it is in the file.
class Reader {
 public:
  explicit Reader(const JsonSource& source) : source_(source) {}

  Result<RepositoryConfiguration> read(const JsonValue& root);

 private:
  /// The keys that an object may have.
  struct Keys {
    std::string_view owner;  ///< what the object is, for messages: `a job`
    std::span<const std::string_view> known;
    std::span<const EarlierKey> earlier{};
  };

  Status expect(const JsonValue& value, JsonKind kind, std::string_view what) const;
  Status check_keys(const JsonValue& object, const Keys& keys, std::string_view place);
  Result<Job> read_job(const JsonValue& member);
  Status read_job_key(const JsonValue& member, Job& job);
  Result<std::string> read_file(const JsonValue& value) const;
  Result<AttributePath> read_attribute(const JsonValue& value) const;
  Result<std::vector<JobArgument>> read_arguments(const JsonValue& value) const;
  Result<JobArgument> read_argument(const JsonValue& member) const;
  Result<std::vector<System>> read_systems(const JsonValue& value) const;
  Result<std::optional<SizeCheck>> read_size_check(const JsonValue& value, std::string_view job);
  Result<std::vector<PathPattern>> read_skip(const JsonValue& value);
  Result<TrustRules> read_trust(const JsonValue& value);
  Result<std::set<std::string>> read_authors(const JsonValue& value) const;
  Result<std::set<std::string>> read_associations(const JsonValue& value) const;
  Result<TrustRules::Builds> read_builds(const JsonValue& value) const;

  [[nodiscard]] Failure error(std::size_t offset, std::string_view message) const { return source_.error_at(offset, message); }

  const JsonSource& source_;
  std::vector<std::string> notes_;
};

Status Reader::expect(const JsonValue& value, JsonKind kind, std::string_view what) const {
  if (value.kind == kind) return {};
  return error(value.offset, fmt::format("{} must be {}, not {}", what, to_string(kind), to_string(value.kind)));
}

Status Reader::check_keys(const JsonValue& object, const Keys& keys, std::string_view place) {
  for (const JsonValue& member : object.children) {
    if (std::ranges::find(keys.known, member.key) != keys.known.end()) continue;
    const auto earlier = std::ranges::find(keys.earlier, member.key, &EarlierKey::name);
    if (earlier != keys.earlier.end()) {
      if (Status typed = expect(member, earlier->kind, fmt::format("'{}'", earlier->name)); !typed) return typed;
      notes_.push_back(fmt::format("{}'{}' has no effect any more: {}", place, earlier->name, earlier->why));
      continue;
    }
    const std::optional<std::string_view> meant = nearest(member.key, keys.known);
    std::string hint = meant ? fmt::format("; did you mean '{}'?", *meant) : std::string("; known are: ");
    for (std::size_t i = 0; !meant && i < keys.known.size(); ++i) hint += fmt::format("{}'{}'", i == 0 ? "" : ", ", keys.known[i]);
    return error(member.key_offset, fmt::format("{} has no key '{}'{}", keys.owner, clip(printable_line(member.key), kLongestName), hint));
  }
  return {};
}

Result<RepositoryConfiguration> Reader::read(const JsonValue& root) {
  if (const Status object = expect(root, JsonKind::object, "the configuration"); !object) return fail(object.error());
  if (const Status keys = check_keys(root, {"the configuration", kTopKeys, kEarlierTopKeys}, ""); !keys) return fail(keys.error());
  RepositoryConfiguration configuration;
  if (const JsonValue* const jobs = root.find("jobs"); jobs != nullptr) {
    if (const Status object = expect(*jobs, JsonKind::object, "'jobs'"); !object) return fail(object.error());
    if (jobs->children.size() > kMostJobs) return error(jobs->offset, fmt::format("more than {} jobs", kMostJobs));
    for (const JsonValue& member : jobs->children) {
      Result<Job> job = read_job(member);
      if (!job) return fail(job.error());
      configuration.jobs.push_back(std::move(*job));
    }
  }
  if (const JsonValue* const skip = root.find("skip"); skip != nullptr) {
    Result<std::vector<PathPattern>> patterns = read_skip(*skip);
    if (!patterns) return fail(patterns.error());
    configuration.skip = std::move(*patterns);
  }
  if (const JsonValue* const trust = root.find("trust"); trust != nullptr) {
    Result<TrustRules> rules = read_trust(*trust);
    if (!rules) return fail(rules.error());
    configuration.trust = std::move(*rules);
  }
  std::ranges::sort(configuration.jobs, {}, &Job::name);
  configuration.notes = std::move(notes_);
  return configuration;
}

Result<Job> Reader::read_job(const JsonValue& member) {
  const std::string& name = member.key;
  if (name.empty() || characters(name) > kLongestName || !is_printable(name) || trim(name) != name) {
    return error(member.key_offset, fmt::format("a job's name is 1 to {} printable characters without blanks around", kLongestName));
  }
  const std::string place = fmt::format("job '{}': ", name);
  if (const Status object = expect(member, JsonKind::object, fmt::format("the job '{}'", name)); !object) return fail(object.error());
  if (const Status keys = check_keys(member, {"a job", kJobKeys, kEarlierJobKeys}, place); !keys) return fail(keys.error());
  if (member.find("file") == nullptr) {
    return error(member.offset, fmt::format("the job '{}' has no 'file': the Nix file that it evaluates", name));
  }
  Job job;
  job.name = name;
  for (const JsonValue& key : member.children) {
    if (const Status read = read_job_key(key, job); !read) return fail(read.error());
  }
  return job;
}

/// Hands a value that was read to its place, or the error on.
template <class T>
Status assign(Result<T> read, T& place) {
  if (!read) return fail(read.error());
  place = std::move(*read);
  return {};
}

Status Reader::read_job_key(const JsonValue& member, Job& job) {
  if (member.key == "file") return assign(read_file(member), job.file);
  if (member.key == "attribute") return assign(read_attribute(member), job.attribute);
  if (member.key == "arguments") return assign(read_arguments(member), job.arguments);
  if (member.key == "systems") return assign(read_systems(member), job.systems);
  if (member.key == "size_check") return assign(read_size_check(member, job.name), job.size_check);
  if (member.key == "tests") {
    job.tests = member.boolean;
    return expect(member, JsonKind::boolean, "'tests'");
  }
  if (member.key == "allow_import_from_derivation") {
    job.allow_import_from_derivation = member.boolean;
    return expect(member, JsonKind::boolean, "'allow_import_from_derivation'");
  }
  return {};
}

Result<std::string> Reader::read_file(const JsonValue& value) const {
  if (const Status string = expect(value, JsonKind::string, "'file'"); !string) return fail(string.error());
  if (value.text.size() > kLongestFile || !is_printable(value.text)) {
    return error(value.offset, fmt::format("'file' is at most {} bytes of printable characters", kLongestFile));
  }
  std::string file;
  for (const std::string_view name : split(value.text, '/')) {
    if (name.empty() || name == ".") continue;
    if (name == "..") return error(value.offset, "'file' must not leave the repository: '..' is not allowed");
    if (!file.empty()) file += '/';
    file += name;
  }
  if (file.empty()) return error(value.offset, "'file' names no file");
  return file;
}

Result<AttributePath> Reader::read_attribute(const JsonValue& value) const {
  if (const Status string = expect(value, JsonKind::string, "'attribute'"); !string) return fail(string.error());
  if (value.text.size() > kLongestFile) return error(value.offset, fmt::format("'attribute' is at most {} bytes", kLongestFile));
  Result<AttributePath> path = AttributePath::parse(value.text);
  if (!path) return error(value.offset, path.error().to_string());
  const bool has_nul = std::ranges::any_of(path->names(), [](const std::string& name) { return name.find('\0') != std::string::npos; });
  if (has_nul) return error(value.offset, "'attribute' holds a NUL character, which Nix has no way to write");
  return path;
}

Result<std::vector<JobArgument>> Reader::read_arguments(const JsonValue& value) const {
  if (const Status object = expect(value, JsonKind::object, "'arguments'"); !object) return fail(object.error());
  if (value.children.size() > kMostArguments) return error(value.offset, fmt::format("more than {} arguments", kMostArguments));
  std::vector<JobArgument> arguments;
  for (const JsonValue& member : value.children) {
    Result<JobArgument> argument = read_argument(member);
    if (!argument) return fail(argument.error());
    arguments.push_back(std::move(*argument));
  }
  std::ranges::sort(arguments, {}, &JobArgument::name);
  return arguments;
}

Result<JobArgument> Reader::read_argument(const JsonValue& member) const {
  if (!is_identifier(member.key) || member.key.size() > kLongestName) {
    return error(member.key_offset, "an argument's name is a Nix identifier: a letter or '_', then letters, digits, '_', '-' and '\\''");
  }
  const JsonValue* text = &member;
  JobArgument argument{.name = member.key, .kind = JobArgument::Kind::string, .text = {}};
  if (member.kind == JsonKind::object) {
    text = member.find("expression");
    if (text == nullptr || member.children.size() != 1) {
      return error(member.offset, R"(an argument is a string, or {"expression": "<Nix source text>"})");
    }
    argument.kind = JobArgument::Kind::expression;
  }
  const std::string what = fmt::format("the argument '{}'", member.key);
  if (text->kind != JsonKind::string) {
    return error(text->offset, fmt::format(R"({} must be a string or {{"expression": "…"}}, not {})", what, to_string(text->kind)));
  }
  if (text->text.size() > kLongestArgument || text->text.find('\0') != std::string::npos) {
    return error(text->offset, fmt::format("{} is at most {} bytes without NUL", what, kLongestArgument));
  }
  argument.text = text->text;
  return argument;
}

Result<std::vector<System>> Reader::read_systems(const JsonValue& value) const {
  if (const Status array = expect(value, JsonKind::array, "'systems'"); !array) return fail(array.error());
  if (value.children.empty()) return error(value.offset, "'systems' is empty: leave it out to mean the machine's own");
  if (value.children.size() > kMostSystems) return error(value.offset, fmt::format("more than {} systems", kMostSystems));
  std::vector<System> systems;
  for (const JsonValue& element : value.children) {
    if (const Status string = expect(element, JsonKind::string, "a system"); !string) return fail(string.error());
    const Result<System> system = System::parse(element.text);
    if (!system) return error(element.offset, system.error().to_string());
    if (std::ranges::find(systems, *system) != systems.end()) {
      return error(element.offset, fmt::format("the system '{}' stands here a second time", system->to_string()));
    }
    systems.push_back(*system);
  }
  return systems;
}

Result<std::optional<SizeCheck>> Reader::read_size_check(const JsonValue& value, std::string_view job) {
  if (const Status object = expect(value, JsonKind::object, "'size_check'"); !object) return fail(object.error());
  const std::string place = fmt::format("job '{}': 'size_check': ", job);
  if (const Status keys = check_keys(value, {"a size check", kSizeCheckKeys, kEarlierSizeCheckKeys}, place); !keys)
    return fail(keys.error());
  const JsonValue* const most = value.find("max_increase_percent");
  // Whoever writes a check wants something stopped; a bound of our own choice would be a guess at what.
  if (most == nullptr) return error(value.offset, "'size_check' has no 'max_increase_percent': how much a closure may grow");
  if (const Status number = expect(*most, JsonKind::number, "'max_increase_percent'"); !number) return fail(number.error());
  if (most->number < 0 || most->number > kLargestIncrease) {
    return error(most->offset, fmt::format("'max_increase_percent' is 0 to {:.0f}", kLargestIncrease));
  }
  return SizeCheck{.max_increase_percent = most->number};
}

Result<std::vector<PathPattern>> Reader::read_skip(const JsonValue& value) {
  if (const Status object = expect(value, JsonKind::object, "'skip'"); !object) return fail(object.error());
  if (const Status keys = check_keys(value, {"'skip'", kSkipKeys}, ""); !keys) return fail(keys.error());
  const JsonValue* const paths = value.find("paths");
  if (paths == nullptr) return error(value.offset, "'skip' has no 'paths': which files need no review");
  if (const Status array = expect(*paths, JsonKind::array, "'paths'"); !array) return fail(array.error());
  if (paths->children.size() > kMostPatterns) return error(paths->offset, fmt::format("more than {} patterns", kMostPatterns));
  std::vector<PathPattern> patterns;
  for (const JsonValue& element : paths->children) {
    if (const Status string = expect(element, JsonKind::string, "a pattern"); !string) return fail(string.error());
    Result<PathPattern> pattern = PathPattern::parse(element.text);
    if (!pattern) {
      return error(element.offset,
                   fmt::format("the pattern '{}' {}", clip(printable_line(element.text), kLongestName), pattern.error().message()));
    }
    patterns.push_back(std::move(*pattern));
  }
  return patterns;
}

Result<TrustRules> Reader::read_trust(const JsonValue& value) {
  if (const Status object = expect(value, JsonKind::object, "'trust'"); !object) return fail(object.error());
  if (const Status keys = check_keys(value, {"'trust'", kTrustKeys}, ""); !keys) return fail(keys.error());
  TrustRules rules;
  Status read;
  if (const JsonValue* const authors = value.find("authors"); authors != nullptr) read = assign(read_authors(*authors), rules.authors);
  if (const JsonValue* const associations = value.find("associations"); read && associations != nullptr) {
    read = assign(read_associations(*associations), rules.associations.emplace());
  }
  if (const JsonValue* const builds = value.find("builds"); read && builds != nullptr) read = assign(read_builds(*builds), rules.builds);
  if (!read) return fail(read.error());
  return rules;
}

Result<std::set<std::string>> Reader::read_authors(const JsonValue& value) const {
  if (const Status array = expect(value, JsonKind::array, "'authors'"); !array) return fail(array.error());
  if (value.children.size() > kMostAuthors) return error(value.offset, fmt::format("more than {} authors", kMostAuthors));
  std::set<std::string> authors;
  for (const JsonValue& element : value.children) {
    if (const Status string = expect(element, JsonKind::string, "an author"); !string) return fail(string.error());
    if (!is_login(element.text)) return error(element.offset, "an author is a login on GitHub, such as 'anna-k' or 'renovate[bot]'");
    if (!authors.insert(lower_case(element.text)).second) {
      return error(element.offset, fmt::format("the author '{}' stands here a second time", element.text));
    }
  }
  return authors;
}

Result<std::set<std::string>> Reader::read_associations(const JsonValue& value) const {
  if (const Status array = expect(value, JsonKind::array, "'associations'"); !array) return fail(array.error());
  std::set<std::string> associations;
  for (const JsonValue& element : value.children) {
    if (const Status string = expect(element, JsonKind::string, "an association"); !string) return fail(string.error());
    if (std::ranges::find(kAssociations, element.text) == kAssociations.end()) {
      std::string known;
      for (const std::string_view name : kAssociations) known += fmt::format("{}'{}'", known.empty() ? "" : ", ", name);
      return error(element.offset, fmt::format("an association is one of {}", known));
    }
    if (!associations.insert(element.text).second) {
      return error(element.offset, fmt::format("the association '{}' stands here a second time", element.text));
    }
  }
  return associations;
}

Result<TrustRules::Builds> Reader::read_builds(const JsonValue& value) const {
  if (const Status string = expect(value, JsonKind::string, "'builds'"); !string) return fail(string.error());
  if (value.text == "trusted") return TrustRules::Builds::trusted;
  if (value.text == "approved") return TrustRules::Builds::approved;
  return error(value.offset, "'builds' is 'trusted', or 'approved': nobody's before an approval");
}

}  // namespace

Result<RepositoryConfiguration> parse_repository_configuration(std::string_view text, std::string_view file) {
  const JsonSource source(text, file);
  const Result<JsonValue> document = parse_json(source);
  if (!document) return fail(document.error());
  return Reader(source).read(*document);
}

}  // namespace ekaci::config
