#include <gtest/gtest.h>

#include <cstring>
#include <thread>
#include <vector>

#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/pages.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kLarge = (std::size_t{5} << 20) + 3;

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

TEST(Pages, AMovedBufferTakesItsBlockAlong) {
  Buffer<double> from{kLarge / sizeof(double)};
  from[7] = 7;
  const Buffer<double> to = std::move(from);
  EXPECT_EQ(to[7], 7);
}

}  // namespace
}  // namespace customerhealth
