#include "git/object_reader.h"

#include <array>
#include <charconv>
#include <chrono>
#include <utility>
#include <vector>

#include "base/text.h"

namespace ekaci::git {
namespace {

constexpr std::chrono::seconds kAnswerTime{60};

/// An id, a type and a 64-bit size are shorter.
constexpr std::size_t kLongestLine = 256;

constexpr std::array<ObjectType, 4> kTypes = {ObjectType::blob, ObjectType::tree, ObjectType::commit, ObjectType::tag};

/// `<id> SP <type> SP <size>`; anything else, such as `<name> missing`, is no header.
std::optional<ObjectHeader> parse_header(std::string_view line) {
  const std::vector<std::string_view> parts = split(line, ' ');
  if (parts.size() != 3) return std::nullopt;
  ObjectHeader header{.id = std::string(parts[0])};
  const auto [end, error] = std::from_chars(parts[2].data(), parts[2].data() + parts[2].size(), header.size);
  if (error != std::errc() || end != parts[2].data() + parts[2].size()) return std::nullopt;
  for (const ObjectType type : kTypes) {
    if (to_string(type) == parts[1]) {
      header.type = type;
      return header;
    }
  }
  return std::nullopt;
}

}  // namespace

std::string_view to_string(ObjectType type) {
  switch (type) {
    case ObjectType::blob:
      return "blob";
    case ObjectType::tree:
      return "tree";
    case ObjectType::commit:
      return "commit";
    case ObjectType::tag:
      return "tag";
  }
  return "object";
}

ObjectReader::ObjectReader(const GitProgram& git, Invocation invocation) {
  invocation.arguments = {"cat-file", "--batch-command"};
  command_ = git.command(invocation);
}

Result<std::optional<ObjectHeader>> ObjectReader::header(std::string_view name) {
  const std::scoped_lock lock(mutex_);
  Result<Answer> answer = ask("info", name);
  if (!answer) return fail(answer.error());
  return std::move(answer->header);
}

Result<std::string> ObjectReader::content(std::string_view id, ObjectType type, std::uint64_t limit) {
  const std::scoped_lock lock(mutex_);
  const Result<Answer> known = ask("info", id);
  if (!known) return fail(known.error());
  const std::optional<ObjectHeader>& header = known->header;
  if (!header) return fail(ErrorCode::not_found, "the object {} is missing", id);
  if (header->type != type) {
    return fail(ErrorCode::corrupt, "the object {} is a {}, not a {}", id, to_string(header->type), to_string(type));
  }
  if (header->size > limit) {
    return fail(ErrorCode::resource_exhausted, "it has {} bytes; at most {} are read", header->size, limit);
  }
  Result<Answer> answer = ask("contents", id);
  if (!answer) return fail(answer.error());
  if (!answer->header) return fail(ErrorCode::not_found, "the object {} is missing", id);
  return std::move(answer->content);
}

Result<ObjectReader::Answer> ObjectReader::ask(std::string_view verb, std::string_view name) {
  const Patience patience = Patience::of(kAnswerTime);
  const bool was_running = child_.has_value();
  Result<Answer> answer = ask_once(verb, name, patience);
  if (answer) return answer;
  child_.reset();
  if (!was_running || answer.error().code() == ErrorCode::timed_out) return answer;
  answer = ask_once(verb, name, patience);  // it may have died of something else, long ago
  if (!answer) child_.reset();
  return answer;
}

Result<ObjectReader::Answer> ObjectReader::ask_once(std::string_view verb, std::string_view name, const Patience& patience) {
  const Result<process::Child*> running = running_child();
  if (!running) return fail(running.error());
  process::Child& child = **running;
  if (const Status sent = write_all(child.input(), fmt::format("{} {}\n", verb, name), patience); !sent) return fail(sent.error());
  const Result<std::string> line = take_line(child, patience);
  if (!line) return fail(line.error(), fmt::format("while git read the object {}", name));
  Answer answer{.header = parse_header(*line), .content = {}};
  if (!answer.header || verb != "contents") return answer;
  Result<std::string> bytes = take_bytes(child, answer.header->size + 1, patience);  // a line feed follows
  if (!bytes) return fail(bytes.error(), fmt::format("while git read the object {}", name));
  bytes->pop_back();
  answer.content = std::move(*bytes);
  return answer;
}

Result<process::Child*> ObjectReader::running_child() {
  if (child_) return &*child_;
  received_.clear();
  Result<process::Child> child = process::spawn(command_, {process::Stream::pipe, process::Stream::pipe, process::Stream::null});
  if (!child) return fail(child.error());
  return &child_.emplace(std::move(*child));
}

Result<std::string> ObjectReader::take_line(process::Child& child, const Patience& patience) {
  while (true) {
    const std::size_t length = received_.find('\n');
    if (length != std::string::npos) {
      std::string line = received_.substr(0, length);
      received_.erase(0, length + 1);
      return line;
    }
    if (received_.size() > kLongestLine) return fail(ErrorCode::corrupt, "git cat-file answered with something else");
    const Result<std::size_t> got = read_some(child.output(), received_, patience);
    if (!got) return fail(got.error());
    if (*got == 0) return fail(ErrorCode::corrupt, "git cat-file ended: an object cannot be read");
  }
}

Result<std::string> ObjectReader::take_bytes(process::Child& child, std::uint64_t count, const Patience& patience) {
  while (received_.size() < count) {
    const Result<std::size_t> got = read_some(child.output(), received_, patience);
    if (!got) return fail(got.error());
    if (*got == 0) return fail(ErrorCode::corrupt, "git cat-file ended: an object cannot be read");
  }
  std::string bytes = received_.substr(0, count);
  received_.erase(0, count);
  return bytes;
}

}  // namespace ekaci::git
