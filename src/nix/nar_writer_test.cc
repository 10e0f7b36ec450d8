#include "nix/nar_writer.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "base/files.h"
#include "process/child.h"

namespace ekaci::nix {
namespace {

namespace fs = std::filesystem;

class NarWriter : public testing::Test {
 protected:
  NarWriter() : directory_(make_unique_directory(fs::temp_directory_path(), "ekaci-nar-test-").value()) {}
  ~NarWriter() override { [[maybe_unused]] const Status removed = remove_tree(directory_); }

  static FileAt at(const fs::path& path) { return {.directory = AT_FDCWD, .name = path}; }

  static std::string archive(const fs::path& path) {
    std::string bytes;
    const Status written = write_nar(at(path), [&](std::string_view part) -> Status {
      EXPECT_LE(part.size(), std::size_t{192} << 10U);
      bytes += part;
      return {};
    });
    EXPECT_TRUE(written) << written.error().to_string();
    return bytes;
  }

  static std::string dump(const fs::path& path) {
    const Result<process::Completed> done =
        process::run({.arguments = {"nix-store", "--dump", path}, .environment = {{"HOME", "/homeless-shelter"}}}, "", {}, {});
    EXPECT_TRUE(done && done->ended.status.succeeded());
    return done ? done->output : "";
  }

  fs::path directory_;
};

TEST_F(NarWriter, WritesWhatNixDumps) {
  const fs::path tree = directory_ / "tree";
  fs::create_directories(tree / "b/deep/er");
  fs::create_directory(tree / "empty");
  for (const std::size_t size : {0U, 1U, 7U, 8U, 9U, 65'535U, 65'536U, 200'001U}) {
    std::ofstream(tree / "b" / ("size-" + std::to_string(size))) << std::string(size, 'x');
  }
  std::ofstream(tree / "Z") << "before small letters";
  std::ofstream(tree / "a\xff") << "not UTF-8";
  std::ofstream(tree / "run") << "#!/bin/sh\n";
  fs::permissions(tree / "run", fs::perms::owner_exec, fs::perm_options::add);
  fs::create_symlink("no such/place", tree / "dangling");
  for (const char* part : {"", "b", "run", "Z", "dangling", "empty"}) {
    const fs::path path = std::string_view(part).empty() ? tree : tree / part;
    EXPECT_EQ(archive(path), dump(path)) << path;
  }
}

TEST_F(NarWriter, RefusesWhatHasNoArchive) {
  ASSERT_EQ(::mkfifo((directory_ / "pipe").c_str(), 0600), 0);
  const auto ignore = [](std::string_view) -> Status { return {}; };
  EXPECT_EQ(write_nar(at(directory_), ignore).error().code(), ErrorCode::invalid_argument);
  EXPECT_EQ(write_nar(at(directory_ / "absent"), ignore).error().code(), ErrorCode::not_found);
}

TEST_F(NarWriter, ADeepTreeIsAnErrorAndNoCrash) {
  fs::path deep = directory_ / "deep";
  for (int n = 0; n < 300; ++n) deep /= "d";
  fs::create_directories(deep);
  const Status written = write_nar(at(directory_ / "deep"), [](std::string_view) -> Status { return {}; });
  EXPECT_EQ(written.error().code(), ErrorCode::resource_exhausted);
}

TEST_F(NarWriter, ASinkMayEndIt) {
  std::ofstream(directory_ / "file") << std::string(1'000'000, 'x');
  std::size_t taken = 0;
  const Status written = write_nar(at(directory_ / "file"), [&](std::string_view part) -> Status {
    taken += part.size();
    return fail(ErrorCode::cancelled, "enough");
  });
  EXPECT_EQ(written.error().code(), ErrorCode::cancelled);
  EXPECT_LT(taken, 300'000U);
}

}  // namespace
}  // namespace ekaci::nix
