#include <gtest/gtest.h>

#include <cstring>
#include <fstream>
#include <thread>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/pages.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kHuge = std::size_t{1} << 21;
constexpr std::size_t kLarge = (std::size_t{5} << 20) + 3;
constexpr std::size_t kOdd = 33 * kHuge - 1;  // of this size nothing else is kept

/// Bytes of the process that lie in memory.
std::size_t resident() {
  std::ifstream statm{"/proc/self/statm"};
  std::size_t all = 0, in_memory = 0;
  statm >> all >> in_memory;
  return in_memory * 4096;
}

TEST(Pages, LargeBlocksBeginOnAHugePage) {
  void* memory = take_pages(kLarge);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % (std::size_t{1} << 21), 0U);
  std::memset(memory, 1, kLarge);
  give_pages(memory, kLarge);
}

TEST(Pages, SmallAndNoBlocksMayBeGivenBackToo) {
  void* memory = take_pages(3);
  std::memset(memory, 1, 3);
  give_pages(memory, 3);
  give_pages(nullptr, 0);
}

TEST(Pages, ManyThreadsNeverShareABlock) {
  const auto take_and_give = [](unsigned char mark) {
    for (int i = 0; i < 200; ++i) {
      Buffer<unsigned char> own{kLarge};
      own[0] = own[kLarge - 1] = mark;
      std::this_thread::yield();
      ASSERT_EQ(own[0], mark);
      ASSERT_EQ(own[kLarge - 1], mark);
    }
  };
  std::vector<std::jthread> threads;
  for (unsigned char mark = 1; mark <= 4; ++mark) threads.emplace_back(take_and_give, mark);
}

TEST(Pages, ABlockThatWasGivenBackComesAgain) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "nothing is kept, so that a use after the end is seen";
#endif
  for (const PagesOf of : {PagesOf::work, PagesOf::result}) {
    void* const memory = take_pages(kOdd);
    std::memset(memory, 1, kOdd);
    give_pages(memory, kOdd, of);
    void* const again = take_pages(kOdd);
    EXPECT_EQ(again, memory);
    std::memset(again, 2, kOdd);
    EXPECT_EQ(static_cast<unsigned char*>(again)[kOdd - 1], 2);
    give_pages(again, kOdd, PagesOf::work);
    EXPECT_EQ(take_pages(kOdd), memory);  // kept in the other way
    give_pages(memory, kOdd, of);
  }
}

TEST(Pages, BlocksOfAQuarterMebibyteComeAgainToo) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "nothing is kept, so that a use after the end is seen";
#endif
  constexpr std::size_t kSmall = (std::size_t{1} << 18) + 5;
  void* const memory = take_pages(kSmall);
  EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % 4096, 0U);
  give_pages(memory, kSmall, PagesOf::result);
  void* const again = take_pages(kSmall);
  EXPECT_EQ(again, memory);
  give_pages(again, kSmall);
}

TEST(Pages, KeptResultsMakeRoomForOtherBlocks) {
#if defined(__SANITIZE_ADDRESS__)
  GTEST_SKIP() << "nothing is kept, so that a use after the end is seen";
#endif
  std::vector<void*> results;
  for (int i = 0; i < 3; ++i) results.push_back(take_pages(kOdd));
  for (void* memory : results) {
    std::memset(memory, 1, kOdd);
    give_pages(memory, kOdd, PagesOf::result);
  }
  const std::size_t before = resident();
  void* const other = take_pages(3 * kOdd + kHuge);
  EXPECT_LE(resident() + 2 * kOdd, before);
  give_pages(other, 3 * kOdd + kHuge);
}

TEST(Pages, AMovedBufferTakesItsBlockAlong) {
  Buffer<double> from{kLarge / sizeof(double)};
  from[7] = 7;
  const Buffer<double> to = std::move(from);
  EXPECT_EQ(to[7], 7);
}

}  // namespace
}  // namespace customerhealth
