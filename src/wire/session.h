#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "model/store_path.h"
#include "wire/protocol.h"
#include "wire/reader.h"
#include "wire/requests.h"

namespace ekaci::wire {

/// The client's side of one conversation, without any input or output: whoever has the connection sends output(), feeds what
/// comes, and takes messages. Requests may be made while earlier ones are not answered: answers come in their order. However the
/// daemon behaves, a session holds at most kLargestMessage bytes of what it said, plus what is fed at once. One thread at a time.
class Session {
 public:
  /// Greets.
  Session();

  /// What has to be sent, in order.
  [[nodiscard]] std::string_view output() const { return std::string_view(output_).substr(sent_); }
  /// That many bytes of output() were sent.
  void sent(std::size_t bytes);

  /// What the daemon said.
  void feed(std::string_view bytes);
  /// The next message; nullopt where more has to be fed before. `corrupt` where the daemon does not keep to the protocol and
  /// `unsupported` where its version is none of ours: nothing can be done with the session then.
  Result<std::optional<Message>> next();

  /// Requests; they wait in output(). Until the greeting has come no request may be made.
  void set_options(const Options& options);                          ///< answer: Done
  void query_valid_paths(std::span<const StorePath> paths);          ///< answer: Paths
  void query_substitutable_paths(std::span<const StorePath> paths);  ///< answer: Paths
  void query_path_info(const StorePath& path);                       ///< answer: PathInfoAnswer
  void add_temp_root(const StorePath& path);                         ///< answer: Done
  void ensure_path(const StorePath& path);                           ///< answer: Done, or Refusal where no binary cache has it
  void build(const StorePath& path, const BasicDerivation& derivation, BuildMode mode);  ///< answer: BuildResult
  void build_with_results(const StorePath& path);                                        ///< answer: BuildResults
  void ask_for_trust();                                                                  ///< answer: Done where trusted, Refusal where not
  /// Begins an addition, which ends with end_of_content(); no other request may be made between them. Answer: Added.
  void add_to_store(const Addition& addition);
  void content(std::string_view part);
  /// Also after a Refusal that came before all was sent.
  void end_of_content();

  /// Requests that were not answered yet.
  [[nodiscard]] std::size_t unanswered() const { return expected_.size(); }

 private:
  /// What comes next.
  enum class Phase { magic, features, introduction, opening, open };
  /// What comes behind Tag::last.
  enum class Answer { nothing, number, paths, path_info, added, build_result, build_results };

  std::optional<Message> read(Reader& reader);
  void read_magic(Reader& reader);
  void read_features(Reader& reader);
  void read_introduction(Reader& reader);
  std::optional<Message> read_message(Reader& reader);
  std::optional<Message> read_error(Reader& reader);
  std::optional<Message> read_last(Reader& reader);
  std::optional<Message> read_answer(Reader& reader, Answer answer) const;
  void shorten(const LongText& text);
  void done_with(std::size_t bytes);
  void give_up(ErrorCode code, const std::string& reason);

  std::string output_;
  std::size_t sent_ = 0;
  std::string input_;
  std::size_t taken_ = 0;   ///< of input_
  std::size_t needed_ = 0;  ///< bytes behind taken_ before reading makes sense
  std::size_t kept_ = 0;    ///< where the bytes that are skipped would begin, counted from the beginning of input_
  std::uint64_t skip_ = 0;  ///< bytes still to be skipped there
  Phase phase_ = Phase::magic;
  Greeting greeting_;
  std::deque<Answer> expected_;
  std::optional<Error> broken_;
};

}  // namespace ekaci::wire
