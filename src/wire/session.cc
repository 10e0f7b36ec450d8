#include "wire/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/text.h"
#include "wire/answers.h"
#include "wire/writer.h"

namespace ekaci::wire {
namespace {

constexpr std::uint64_t kMinorWithTrust = 35;
constexpr std::uint64_t kMinorWithFeatures = 38;
constexpr std::size_t kMostFeatures = 256;
constexpr std::size_t kLongestFeature = 256;
/// What is done with is given back in parts of this size, and not byte by byte.
constexpr std::size_t kSlack = std::size_t{64} << 10U;

void drop_front(std::string& bytes, std::size_t& used) {
  if (used < bytes.size() && used < kSlack) return;
  bytes.erase(0, used);
  used = 0;
}

}  // namespace

Session::Session() {
  Writer writer(output_);
  writer.number(kClientMagic);
  writer.number(kMajorVersion << 8U | kNewestMinor);
}

void Session::sent(std::size_t bytes) {
  sent_ += std::min(bytes, output_.size() - sent_);
  drop_front(output_, sent_);
}

void Session::feed(std::string_view bytes) {
  if (broken_) return;
  if (skip_ > 0) {
    const std::string_view before = bytes.substr(0, kept_ - std::min(kept_, input_.size()));
    input_ += before;
    bytes.remove_prefix(before.size());
    const std::size_t skipped = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, bytes.size()));
    skip_ -= skipped;
    bytes.remove_prefix(skipped);
  }
  input_ += bytes;
}

/// Writes over the length what is kept of the text, and sees to it that the rest never comes into input_.
void Session::shorten(const LongText& text) {
  std::string length;
  Writer(length).number(text.longest);
  const std::size_t at = taken_ + text.at;
  input_.replace(at, length.size(), length);
  kept_ = at + length.size() + text.longest;
  skip_ = text.length - text.longest;
  // The padding is skipped as well; what is kept needs none. A length near the largest number cannot be rounded up: it never ends.
  const std::uint64_t padding = (8 - text.length % 8) % 8;
  skip_ += std::min(padding, ~std::uint64_t{0} - skip_);
  if (input_.size() > kept_) {
    const std::size_t here = static_cast<std::size_t>(std::min<std::uint64_t>(skip_, input_.size() - kept_));
    input_.erase(kept_, here);
    skip_ -= here;
  }
}

Result<std::optional<Message>> Session::next() {
  while (!broken_) {
    if (input_.size() - taken_ < std::max<std::size_t>(needed_, 1)) return std::nullopt;
    Reader reader(std::string_view(input_).substr(taken_));
    std::optional<Message> message = read(reader);
    switch (reader.state()) {
      case Reader::State::good:
        done_with(reader.used());
        if (message) return message;
        break;
      case Reader::State::short_of_bytes:
        needed_ = reader.needed();
        if (needed_ > kLargestMessage)
          give_up(ErrorCode::corrupt, fmt::format("it sends a message of more than {} bytes", kLargestMessage));
        break;
      case Reader::State::too_long:
        shorten(reader.long_text());
        needed_ = 0;
        break;
      case Reader::State::refused:
        give_up(ErrorCode::corrupt, "it does not keep to the protocol: " + reader.reason());
        break;
    }
  }
  return fail(*broken_);
}

void Session::give_up(ErrorCode code, const std::string& reason) {
  if (!broken_) broken_ = Error(code, "the Nix daemon cannot be talked to: " + reason);
  input_.clear();
  taken_ = 0;
  skip_ = 0;
}

void Session::done_with(std::size_t bytes) {
  needed_ = 0;
  if (broken_) return;
  taken_ += bytes;
  const std::size_t before = input_.size();
  drop_front(input_, taken_);
  kept_ -= std::min(kept_, before - input_.size());
}

/// What it changes, it changes only where the reader is good.
std::optional<Message> Session::read(Reader& reader) {
  switch (phase_) {
    case Phase::magic:
      read_magic(reader);
      return std::nullopt;
    case Phase::features:
      read_features(reader);
      return std::nullopt;
    case Phase::introduction:
      read_introduction(reader);
      return std::nullopt;
    case Phase::opening:
    case Phase::open:
      return read_message(reader);
  }
  return std::nullopt;
}

void Session::read_magic(Reader& reader) {
  const std::uint64_t magic = reader.number();
  if (magic != kDaemonMagic) reader.refuse("it does not greet as a Nix daemon does");
  const std::uint64_t version = reader.number();
  if (!reader.is_good()) return;
  greeting_.minor = std::min(version & 0xffU, kNewestMinor);
  if (version >> 8U != kMajorVersion || greeting_.minor < kOldestMinor) {
    give_up(ErrorCode::unsupported, fmt::format("it speaks version {}.{} of the protocol, and EkaCI {}.{} to {}.{}: use Nix 2.8 or newer",
                                                version >> 8U, version & 0xffU, kMajorVersion, kOldestMinor, kMajorVersion, kNewestMinor));
    return;
  }
  Writer writer(output_);
  if (greeting_.minor >= kMinorWithFeatures) writer.texts({});
  writer.number(0);  // obsolete: no processor affinity
  writer.number(0);  // obsolete: reserves no space
  phase_ = greeting_.minor >= kMinorWithFeatures ? Phase::features : Phase::introduction;
}

void Session::read_features(Reader& reader) {
  const std::size_t entries = reader.count(kMostFeatures);
  for (std::size_t n = 0; n < entries && reader.is_good(); ++n) reader.text(kLongestFeature);
  if (reader.is_good()) phase_ = Phase::introduction;
}

void Session::read_introduction(Reader& reader) {
  const std::string_view version = reader.text(kLongestFeature);
  const std::uint64_t trust = greeting_.minor >= kMinorWithTrust ? reader.number() : 0;
  if (trust > static_cast<std::uint64_t>(Trust::untrusted)) reader.refuse(fmt::format("trust {}", trust));
  if (!reader.is_good()) return;
  greeting_.daemon_version = std::string(version);
  greeting_.trust = static_cast<Trust>(trust);
  phase_ = Phase::opening;
}

std::optional<Message> Session::read_message(Reader& reader) {
  const std::uint64_t tag = reader.number();
  switch (static_cast<Tag>(tag)) {
    case Tag::next:
      return Notice{.text = std::string(reader.long_text_of_people())};
    case Tag::start_activity:
      return read_activity_start(reader);
    case Tag::stop_activity:
      return ActivityStop{.id = reader.number()};
    case Tag::result:
      return read_activity_result(reader);
    case Tag::error:
      return read_error(reader);
    case Tag::last:
      return read_last(reader);
    case Tag::read:
    case Tag::write:
      break;
  }
  reader.refuse(fmt::format("message {:x} was not expected", tag));
  return std::nullopt;
}

std::optional<Message> Session::read_error(Reader& reader) {
  Refusal refusal = read_refusal(reader);
  if (!reader.is_good()) return std::nullopt;
  if (phase_ == Phase::opening) {
    give_up(ErrorCode::permission_denied, "it refuses us: " + printable_line(refusal.message));
    return std::nullopt;
  }
  if (!expected_.empty()) expected_.pop_front();
  return refusal;
}

std::optional<Message> Session::read_last(Reader& reader) {
  if (phase_ == Phase::opening) {
    if (reader.is_good()) phase_ = Phase::open;
    return greeting_;
  }
  if (expected_.empty()) {
    reader.refuse("an answer to nothing");
    return std::nullopt;
  }
  std::optional<Message> answer = read_answer(reader, expected_.front());
  if (reader.is_good()) expected_.pop_front();
  return answer;
}

std::optional<Message> Session::read_answer(Reader& reader, Answer answer) const {
  switch (answer) {
    case Answer::nothing:
      return Done{};
    case Answer::number:
      reader.number();
      return Done{};
    case Answer::paths:
      return Paths{.paths = reader.paths()};
    case Answer::path_info:
      return read_path_info(reader);
    case Answer::added:
      return read_added(reader);
    case Answer::build_result:
      return read_build_result(reader, greeting_.minor);
    case Answer::build_results:
      return read_build_results(reader, greeting_.minor);
  }
  return std::nullopt;
}

void Session::set_options(const Options& options) {
  Writer writer(output_);
  write_set_options(writer, options);
  expected_.push_back(Answer::nothing);
}

void Session::query_valid_paths(std::span<const StorePath> paths) {
  Writer writer(output_);
  write_query_valid_paths(writer, paths);
  expected_.push_back(Answer::paths);
}

void Session::query_substitutable_paths(std::span<const StorePath> paths) {
  Writer writer(output_);
  write_query_substitutable_paths(writer, paths);
  expected_.push_back(Answer::paths);
}

void Session::query_path_info(const StorePath& path) {
  Writer writer(output_);
  write_query_path_info(writer, path);
  expected_.push_back(Answer::path_info);
}

void Session::add_temp_root(const StorePath& path) {
  Writer writer(output_);
  write_add_temp_root(writer, path);
  expected_.push_back(Answer::number);
}

void Session::ensure_path(const StorePath& path) {
  Writer writer(output_);
  write_ensure_path(writer, path);
  expected_.push_back(Answer::number);
}

void Session::build(const StorePath& path, const BasicDerivation& derivation, BuildMode mode) {
  Writer writer(output_);
  write_build_derivation(writer, path, derivation, mode);
  expected_.push_back(Answer::build_result);
}

void Session::build_with_results(const StorePath& path) {
  Writer writer(output_);
  write_build_paths_with_results(writer, path);
  expected_.push_back(Answer::build_results);
}

void Session::ask_for_trust() {
  Writer writer(output_);
  write_trust_question(writer);
  expected_.push_back(Answer::number);
}

void Session::add_to_store(const Addition& addition) {
  Writer writer(output_);
  write_add_to_store(writer, addition);
  expected_.push_back(Answer::added);
}

void Session::content(std::string_view part) { Writer(output_).frame(part); }

void Session::end_of_content() { Writer(output_).end_of_frames(); }

}  // namespace ekaci::wire
