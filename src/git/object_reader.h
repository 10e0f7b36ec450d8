#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "git/git_program.h"
#include "git/pipe_io.h"
#include "process/child.h"

namespace ekaci::git {

enum class ObjectType { blob, tree, commit, tag };
std::string_view to_string(ObjectType type);

struct ObjectHeader {
  std::string id;  ///< hexadecimal
  ObjectType type = ObjectType::blob;
  std::uint64_t size = 0;
};

/// Reads objects through one long-lived `git cat-file --batch-command`, started when first needed and again when it has died.
/// Any thread; one request at a time.
class ObjectReader {
 public:
  /// `invocation` gives environment and directory; its arguments are set here.
  ObjectReader(const GitProgram& git, Invocation invocation);

  /// Type and size; nullopt where there is no such object. `name` is a full id, or one with `^{tree}`: nothing of a stranger's.
  Result<std::optional<ObjectHeader>> header(std::string_view name);

  /// An object's bytes. not_found, resource_exhausted where it has more than `limit` bytes, corrupt where it is of another type or
  /// git cannot read it.
  Result<std::string> content(std::string_view id, ObjectType type, std::uint64_t limit);

 private:
  struct Answer {
    std::optional<ObjectHeader> header;
    std::string content;
  };
  Result<Answer> ask(std::string_view verb, std::string_view name);
  Result<Answer> ask_once(std::string_view verb, std::string_view name, const Patience& patience);
  Result<process::Child*> running_child();
  Result<std::string> take_line(process::Child& child, const Patience& patience);
  Result<std::string> take_bytes(process::Child& child, std::uint64_t count, const Patience& patience);

  process::Command command_;
  // Held while a request and its answer go through the pipe: a second request in between would read the first one's answer.
  std::mutex mutex_;
  std::optional<process::Child> child_;
  std::string received_;  ///< bytes read ahead
};

}  // namespace ekaci::git
