#include "base/memory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <memory>
#include <thread>
#include <utility>
#include <vector>

namespace ekaci {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kOtherAllocator = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kOtherAllocator = true;
#else
constexpr bool kOtherAllocator = false;
#endif
#else
constexpr bool kOtherAllocator = false;
#endif

/// Bytes of this process that are in memory (proc(5), statm).
std::uint64_t resident() {
  std::ifstream file("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t pages = 0;
  file >> all >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

TEST(GiveBackFreedMemory, OfAThreadThatStillUsesALittleOfIt) {
  if (kOtherAllocator) GTEST_SKIP() << "a sanitizer keeps what is freed to itself";
  using Piece = std::array<std::byte, 1000>;
  constexpr std::size_t kPieces = 100'000;
  std::unique_ptr<Piece> last;
  std::thread([&last] {
    std::vector<std::unique_ptr<Piece>> pieces;
    pieces.reserve(kPieces);
    for (std::size_t number = 0; number < kPieces; ++number) pieces.push_back(std::make_unique<Piece>());
    last = std::move(pieces.back());
  }).join();
  const std::uint64_t before = resident();
  give_back_freed_memory();
  EXPECT_LT(resident() + sizeof(Piece) * kPieces / 2, before);
  EXPECT_EQ(last->back(), std::byte{0});
}

}  // namespace
}  // namespace ekaci
