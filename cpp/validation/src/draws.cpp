#include "customerhealth/validation/draws.hpp"

#include <algorithm>

namespace customerhealth::validation {
namespace {

constexpr std::size_t kBlocksAtOnce = 64;  // counters side by side; with 16 the compiler unrolls and uses no vectors

template <std::size_t Width>
using Words = std::array<std::array<std::uint32_t, Width>, 4>;

template <std::size_t Width>
void shuffle(Words<Width>& x, std::array<std::uint32_t, 2> key) noexcept {
  constexpr std::uint64_t kFirst = 0xd2511f53, kSecond = 0xcd9e8d57;
  for (int round = 0; round < 10; ++round) {
    for (std::size_t i = 0; i < Width; ++i) {
      const std::uint64_t first = kFirst * x[0][i], second = kSecond * x[2][i];
      x[0][i] = static_cast<std::uint32_t>(second >> 32) ^ x[1][i] ^ key[0];
      x[1][i] = static_cast<std::uint32_t>(second);
      x[2][i] = static_cast<std::uint32_t>(first >> 32) ^ x[3][i] ^ key[1];
      x[3][i] = static_cast<std::uint32_t>(first);
    }
    key[0] += 0x9e3779b9;
    key[1] += 0xbb67ae85;
  }
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter, std::array<std::uint32_t, 2> key) noexcept {
  Words<1> x{{{counter[0]}, {counter[1]}, {counter[2]}, {counter[3]}}};
  shuffle(x, key);
  return {x[0][0], x[1][0], x[2][0], x[3][0]};
}

Counts each_once(std::int64_t accounts) {
  return Counts(static_cast<std::size_t>(accounts), std::uint64_t{0x0101'0101'0101'0101});
}

void add_counts(std::span<const std::int32_t> accounts, const Counts& counts, Lanes<double>& sums) noexcept {
  constexpr std::uint64_t kEven = 0x00ff'00ff'00ff'00ff;
  constexpr std::size_t kMost = 257;  // 257 bytes of 255 fill the 16 bits that a lane has here
  for (std::size_t begin = 0; begin < accounts.size(); begin += kMost) {
    std::uint64_t even = 0, odd = 0;
    for (const std::int32_t account : accounts.subspan(begin, std::min(kMost, accounts.size() - begin))) {
      const std::uint64_t word = counts[static_cast<std::size_t>(account)];
      even += word & kEven;
      odd += (word >> 8) & kEven;
    }
    for (std::size_t pair = 0; pair < kLanes / 2; ++pair) {
      sums[2 * pair] += static_cast<double>(static_cast<std::int32_t>((even >> (16 * pair)) & 0xffff));
      sums[2 * pair + 1] += static_cast<double>(static_cast<std::int32_t>((odd >> (16 * pair)) & 0xffff));
    }
  }
}

const Counts& Draws::of_rounds(std::int64_t first, Room& room) const {
  const auto size = static_cast<std::size_t>(accounts_);
  // A table a round, which the cache holds, then one of words: counting into words at once took twice as long.
  room.drawn.assign(kLanes * size, 0);
  const std::span<std::uint8_t> all{room.drawn};
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    draw(first + static_cast<std::int64_t>(lane), all.subspan(lane * size, size));
  }
  room.counts.resize(size);
  for (std::size_t account = 0; account < size; ++account) {
    std::uint64_t word = 0;
    for (std::size_t lane = 0; lane < kLanes; ++lane) {
      word |= static_cast<std::uint64_t>(all[lane * size + account]) << (8 * lane);
    }
    room.counts[account] = word;
  }
  return room.counts;
}

void Draws::draw(std::int64_t round, std::span<std::uint8_t> drawn) const noexcept {
  const auto size = static_cast<std::uint64_t>(drawn.size());
  const std::array<std::uint32_t, 2> key{static_cast<std::uint32_t>(seed_), static_cast<std::uint32_t>(seed_ >> 32)};
  const auto count = [&](std::uint32_t word) { ++drawn[static_cast<std::size_t>((word * size) >> 32)]; };
  const std::uint64_t blocks = size / 4;
  std::uint64_t block = 0;
  for (; block + kBlocksAtOnce <= blocks; block += kBlocksAtOnce) {
    Words<kBlocksAtOnce> x;
    for (std::size_t i = 0; i < kBlocksAtOnce; ++i) {
      x[0][i] = static_cast<std::uint32_t>(block + i);
      x[1][i] = static_cast<std::uint32_t>(round);
      x[2][i] = x[3][i] = 0;
    }
    shuffle(x, key);
    for (const auto& words : x) std::ranges::for_each(words, count);
  }
  for (std::uint64_t done = 4 * block; done < size; done += 4) {
    const auto words = philox({static_cast<std::uint32_t>(done / 4), static_cast<std::uint32_t>(round), 0, 0}, key);
    std::for_each_n(words.begin(), std::min<std::uint64_t>(4, size - done), count);
  }
}

}  // namespace customerhealth::validation
