#include <fcntl.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>

#include "base/files.h"
#include "logs/log_archive.h"

namespace ekaci::logs {
namespace {

class TestClock final : public Clock {
 public:
  [[nodiscard]] Instant now() const override { return now_; }
  [[nodiscard]] Wall wall() const override { return {}; }
  void advance(std::chrono::milliseconds time) { now_ += time; }

 private:
  Instant now_{};
};

class Logs : public ::testing::Test {
 protected:
  void SetUp() override { directory_ = make_unique_directory(std::filesystem::temp_directory_path(), "ekaci-logs-").value(); }
  void TearDown() override { ASSERT_TRUE(remove_tree(directory_)); }

  std::unique_ptr<FileLogArchive> archive(LogBounds bounds = {}) {
    return FileLogArchive::open({.directory = directory_ / "logs", .bounds = bounds}, clock_).value();
  }
  static engine::LogSummary finish(engine::LogWriter& writer) {
    Status kept;
    engine::LogSummary summary = writer.finish(kept);
    EXPECT_TRUE(kept) << kept.error().to_string();
    return summary;
  }
  static std::string read_all(LogReader& reader) {
    std::string text;
    while (true) {
      const Result<std::optional<std::string>> piece = reader.next();
      if (!piece) throw std::runtime_error(piece.error().to_string());
      if (!*piece) return text;
      text += **piece;
    }
  }
  [[nodiscard]] std::filesystem::path file_of(const std::string& name) const {
    return directory_ / "logs" / name.substr(0, 2) / (name + ".log.zst");
  }

  const StorePath derivation_ = StorePath::parse("/nix/store/00000000000000000000000000000000-hello-1.0.drv").value();
  std::filesystem::path directory_{};
  TestClock clock_{};
};

/// `line 1\n` to `line <count>\n`.
std::string lines(int count) {
  std::string text;
  for (int i = 1; i <= count; ++i) text += fmt::format("line {}\n", i);
  return text;
}

TEST_F(Logs, GiveBackWhatWasWritten) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  const std::string text = lines(100'000);
  for (std::size_t i = 0; i < text.size(); i += 777) writer->write(std::string_view(text).substr(i, 777));
  writer->phase("buildPhase");
  const engine::LogSummary summary = finish(*writer);
  EXPECT_EQ(summary.lines, 100'000U);
  EXPECT_EQ(summary.bytes, text.size());
  EXPECT_EQ(summary.bytes_left_out, 0U);
  EXPECT_EQ(summary.phase, "buildPhase");
  ASSERT_EQ(summary.last_lines.size(), 20U);
  EXPECT_EQ(summary.last_lines.front(), "line 99981");
  EXPECT_EQ(summary.last_lines.back(), "line 100000");

  LogReader reader = logs->read(summary.name).value();
  EXPECT_EQ(read_all(reader), text);
  EXPECT_TRUE(reader.has_ended());
}

TEST_F(Logs, AreReadByZstdAsWell) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  const std::string text = lines(50'000);
  writer->write(text);
  const engine::LogSummary summary = finish(*writer);
  const std::filesystem::path output = directory_ / "text";
  const std::string command = fmt::format("zstdcat '{}' > '{}'", file_of(summary.name).string(), output.string());
  ASSERT_EQ(std::system(command.c_str()), 0);  // NOLINT(cert-env33-c,concurrency-mt-unsafe): a fixed command of a test
  EXPECT_EQ(read_file(output, text.size()).value(), text);
}

TEST_F(Logs, ThatAreEmptyHaveAnEnd) {
  const auto logs = archive();
  const engine::LogSummary summary = finish(*logs->begin(derivation_).value());
  EXPECT_EQ(summary.lines, 0U);
  EXPECT_TRUE(summary.last_lines.empty());
  LogReader reader = logs->read(summary.name).value();
  EXPECT_EQ(read_all(reader), "");
  EXPECT_TRUE(reader.has_ended());
}

TEST_F(Logs, KeepHeadAndTailOfWhatIsTooLongAndSayWhatIsMissing) {
  const auto logs = archive({.head = kFrameText, .tail = 2 * kFrameText});
  const auto writer = logs->begin(derivation_).value();
  const std::string text = lines(200'000);
  writer->write(text);
  const engine::LogSummary summary = finish(*writer);
  EXPECT_EQ(summary.lines, 200'000U);
  EXPECT_EQ(summary.last_lines.back(), "line 200000");

  LogReader reader = logs->read(summary.name).value();
  const std::string kept = read_all(reader);
  const std::size_t gap = kept.find("\n[ekaci: ");
  ASSERT_NE(gap, std::string::npos);
  EXPECT_EQ(kept.substr(0, gap), text.substr(0, kFrameText));
  const std::size_t behind = kept.find("here]\n", gap) + 6;
  EXPECT_TRUE(text.ends_with(std::string_view(kept).substr(behind)));
  EXPECT_EQ(summary.bytes_left_out, text.size() - gap - (kept.size() - behind));
  EXPECT_GT(kept.size() - behind, kFrameText);
  EXPECT_LE(kept.size() - behind, 2 * kFrameText);
  EXPECT_NE(kept.find(fmt::format(" {} bytes, are left out", summary.bytes_left_out)), std::string::npos);
}

TEST_F(Logs, CanBeFollowedWhileTheyAreWritten) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  LogReader reader = LogReader::open(file_of("00000000000000000000000000000000-1")).value();
  EXPECT_EQ(reader.next().value(), std::nullopt);
  writer->write("first\n");
  EXPECT_EQ(reader.next().value(), "first\n");
  writer->write("soon after\n");
  EXPECT_EQ(reader.next().value(), std::nullopt);
  clock_.advance(std::chrono::milliseconds(250));
  writer->idle();
  EXPECT_EQ(reader.next().value(), "soon after\n");
  EXPECT_FALSE(reader.has_ended());
  finish(*writer);
  EXPECT_EQ(reader.next().value(), std::nullopt);
  EXPECT_TRUE(reader.has_ended());
}

TEST_F(Logs, OfAKilledWriterAreReadAsFarAsTheyCame) {
  const auto logs = archive();
  {
    const auto writer = logs->begin(derivation_).value();
    writer->write("as far as this\n");
  }
  LogReader reader = logs->read("00000000000000000000000000000000-1").value();
  EXPECT_EQ(reader.index(), std::nullopt);
  EXPECT_EQ(read_all(reader), "as far as this\n");
  EXPECT_FALSE(reader.has_ended());
}

TEST_F(Logs, AreNumberedForEachDerivation) {
  const auto logs = archive();
  EXPECT_EQ(finish(*logs->begin(derivation_).value()).name, "00000000000000000000000000000000-1");
  EXPECT_EQ(finish(*logs->begin(derivation_).value()).name, "00000000000000000000000000000000-2");
}

TEST_F(Logs, TheNewestOfADerivationIsTheOneThatWasBegunLast) {
  const auto logs = archive();
  EXPECT_EQ(logs->newest(derivation_), std::nullopt);
  std::vector<std::unique_ptr<engine::LogWriter>> writers;
  for (int i = 0; i < 11; ++i) writers.push_back(logs->begin(derivation_).value());
  EXPECT_EQ(logs->newest(derivation_), "00000000000000000000000000000000-11");
  EXPECT_TRUE(logs->has("00000000000000000000000000000000-11"));
  EXPECT_FALSE(logs->has("00000000000000000000000000000000-12"));
  EXPECT_FALSE(logs->has("../x"));
}

TEST_F(Logs, OnlyAreFoundByNamesThatTheyHave) {
  const auto logs = archive();
  EXPECT_EQ(logs->read("00000000000000000000000000000000-1").error().code(), ErrorCode::not_found);
  for (const std::string_view name :
       {"", "../../etc/passwd", "00000000000000000000000000000000-", "00000000000000000000000000000000-1/../x"}) {
    EXPECT_EQ(logs->read(name).error().code(), ErrorCode::invalid_argument) << name;
  }
}

TEST_F(Logs, OldestGoFirst) {
  const auto logs = archive();
  for (int i = 0; i < 3; ++i) finish(*logs->begin(derivation_).value());
  const auto age = [this](int number, int hours) {
    const std::filesystem::path file = file_of(fmt::format("00000000000000000000000000000000-{}", number));
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(hours));
    return std::filesystem::file_size(file);
  };
  const std::uint64_t each = age(1, 1);
  age(2, 3);
  age(3, 2);
  ASSERT_TRUE(remove_oldest_logs(directory_ / "logs", 2 * each));
  EXPECT_TRUE(logs->read("00000000000000000000000000000000-1"));
  EXPECT_FALSE(logs->read("00000000000000000000000000000000-2"));
  EXPECT_TRUE(logs->read("00000000000000000000000000000000-3"));
}

TEST_F(Logs, ThatAreBeingWrittenAreToldAndStay) {
  const auto logs = archive();
  const auto written = logs->begin(derivation_).value();
  finish(*logs->begin(derivation_).value());
  const StoredLogs all = oldest_logs(directory_ / "logs", 10);
  ASSERT_EQ(all.logs.size(), 2U);
  EXPECT_TRUE(all.is_complete);
  for (const StoredLog& log : all.logs) {
    EXPECT_EQ(log.is_being_written, log.name.ends_with("-1")) << log.name;
    EXPECT_EQ(remove_log(directory_ / "logs", log.name), !log.is_being_written);
  }
  EXPECT_TRUE(remove_log(directory_ / "logs", "00000000000000000000000000000000-2")) << "gone already";
  EXPECT_FALSE(remove_log(directory_ / "logs", "../../x"));
}

TEST_F(Logs, OfManyTheOldestAreListed) {
  const auto logs = archive();
  for (int i = 1; i <= 5; ++i) {
    finish(*logs->begin(derivation_).value());
    const auto file = file_of(fmt::format("00000000000000000000000000000000-{}", i));
    std::filesystem::last_write_time(file, std::filesystem::file_time_type::clock::now() - std::chrono::hours(i));
  }
  const StoredLogs two = oldest_logs(directory_ / "logs", 2);
  ASSERT_EQ(two.logs.size(), 2U);
  EXPECT_FALSE(two.is_complete);
  EXPECT_TRUE(two.logs[0].name.ends_with("-5") && two.logs[1].name.ends_with("-4"));
}

TEST_F(Logs, OnAFullDiskAreCountedAndTheirLossIsTold) {
  FileLogWriter writer(Fd(::open("/dev/full", O_WRONLY | O_CLOEXEC)), "lost", clock_);  // NOLINT(cppcoreguidelines-pro-type-vararg)
  writer.write(lines(3));
  Status kept;
  const engine::LogSummary summary = writer.finish(kept);
  EXPECT_EQ(summary.lines, 3U);
  ASSERT_FALSE(kept);
  EXPECT_EQ(kept.error().code(), ErrorCode::resource_exhausted);
}

RC_GTEST_FIXTURE_PROP(Logs, AreReadFromAnyLine, ()) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  const int count = *rc::gen::inRange(0, 60'000);
  const std::string text = lines(count);
  writer->write(text);
  const bool killed = *rc::gen::arbitrary<bool>();
  if (!killed) finish(*writer);
  LogReader reader = LogReader::open(file_of(dynamic_cast<FileLogWriter&>(*writer).name())).value();
  const auto line = static_cast<std::uint64_t>(*rc::gen::inRange(0, 70'000));
  const std::uint64_t before = reader.seek_line(line).value();
  const std::string rest = read_all(reader);
  RC_ASSERT(before <= line);
  RC_ASSERT((killed || text.ends_with(rest)));
  RC_ASSERT((std::ranges::count(text.substr(0, text.size() - rest.size()), '\n') == static_cast<std::ptrdiff_t>(before) || killed));
}

RC_GTEST_FIXTURE_PROP(Logs, AreReadOnFromAPlaceThatAnotherReaderCameTo, ()) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  const std::string text = lines(*rc::gen::inRange(0, 60'000));
  writer->write(text);
  if (*rc::gen::arbitrary<bool>()) {
    finish(*writer);
  } else {
    writer->idle();
  }
  const std::filesystem::path file = file_of(dynamic_cast<FileLogWriter&>(*writer).name());
  std::string pieces;
  std::uint64_t place = 0;
  while (true) {
    LogReader reader = LogReader::open(file).value();
    reader.go_to(place);
    const std::optional<std::string> piece = reader.next().value();
    if (!piece) break;
    pieces += *piece;
    place = reader.place();
  }
  LogReader whole = LogReader::open(file).value();
  RC_ASSERT(pieces == read_all(whole));
}

RC_GTEST_FIXTURE_PROP(Logs, FromAPlaceThatNobodyCameToGiveNothingOrFail, (std::uint64_t place)) {
  const auto logs = archive();
  const auto writer = logs->begin(derivation_).value();
  writer->write(lines(1'000));
  finish(*writer);
  LogReader reader = LogReader::open(file_of(dynamic_cast<FileLogWriter&>(*writer).name())).value();
  reader.go_to(*rc::gen::arbitrary<bool>() ? place : place % 4'000);
  for (int pieces = 0; pieces < 100; ++pieces) {
    const Result<std::optional<std::string>> piece = reader.next();
    if (!piece || !*piece) return;
  }
  RC_FAIL("it never ends");
}

RC_GTEST_PROP(LogIndex, IsReadBack, ()) {
  Index index{.bytes = *rc::gen::arbitrary<std::uint64_t>(),
              .lines = *rc::gen::arbitrary<std::uint64_t>(),
              .bytes_left_out = *rc::gen::arbitrary<std::uint64_t>()};
  const int frames = *rc::gen::inRange(0, 50);
  for (int i = 0; i < frames; ++i) {
    const auto text = static_cast<std::uint32_t>(*rc::gen::inRange(0, 1000));
    index.frames.push_back(
        {.stored = *rc::gen::arbitrary<std::uint32_t>(), .text = text, .line_feeds = text / 2, .kind = FrameKind{text % 2}});
  }
  const std::string bytes = encode_index(index);
  RC_ASSERT(decode_index(bytes).value() == index);
  RC_ASSERT(index_size(bytes) == bytes.size());
}

RC_GTEST_PROP(LogIndex, DamageIsAnErrorOrAnotherIndexButNeverACrash, (const std::string& damage)) {
  std::string bytes = encode_index({.frames = {{.stored = 10, .text = 5, .line_feeds = 1}}, .bytes = 5, .lines = 1});
  const auto place = static_cast<std::size_t>(*rc::gen::inRange(0, static_cast<int>(bytes.size())));
  bytes.replace(place, std::min(damage.size(), bytes.size() - place), damage);
  const Result<Index> index = decode_index(bytes);
  if (!index) RC_ASSERT(index.error().code() == ErrorCode::corrupt);
}

}  // namespace
}  // namespace ekaci::logs
