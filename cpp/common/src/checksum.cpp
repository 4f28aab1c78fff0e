#include "customerhealth/common/checksum.hpp"

#include <array>
#include <bit>
#include <cstring>

namespace customerhealth {
namespace {

constexpr std::uint64_t kFirst = 11400714785074694791U, kSecond = 14029467366897019727U, kThird = 1609587929392839161U,
                        kFourth = 9650029242287828579U, kFifth = 2870177450012600261U;

template <class Word>
std::uint64_t word_at(const unsigned char* at) noexcept {
  Word word;
  std::memcpy(&word, at, sizeof word);
  static_assert(std::endian::native == std::endian::little);
  return word;
}

std::uint64_t round_of(std::uint64_t sum, std::uint64_t word) noexcept {
  return std::rotl(sum + word * kSecond, 31) * kFirst;
}

}  // namespace

std::uint64_t checksum(const void* data, std::size_t bytes) noexcept {
  const auto* at = static_cast<const unsigned char*>(data);
  std::size_t left = bytes;
  std::uint64_t sum = kFifth;
  if (bytes >= 32) {
    std::array<std::uint64_t, 4> lanes{kFirst + kSecond, kSecond, 0, std::uint64_t{0} - kFirst};
    for (; left >= 32; left -= 32, at += 32) {
      for (std::size_t lane = 0; lane < 4; ++lane) {
        lanes[lane] = round_of(lanes[lane], word_at<std::uint64_t>(at + 8 * lane));
      }
    }
    sum = std::rotl(lanes[0], 1) + std::rotl(lanes[1], 7) + std::rotl(lanes[2], 12) + std::rotl(lanes[3], 18);
    for (const std::uint64_t lane : lanes) sum = (sum ^ round_of(0, lane)) * kFirst + kFourth;
  }
  sum += bytes;
  for (; left >= 8; left -= 8, at += 8) {
    sum = std::rotl(sum ^ round_of(0, word_at<std::uint64_t>(at)), 27) * kFirst + kFourth;
  }
  for (; left >= 4; left -= 4, at += 4) {
    sum = std::rotl(sum ^ (word_at<std::uint32_t>(at) * kFirst), 23) * kSecond + kThird;
  }
  for (; left > 0; --left, ++at) sum = std::rotl(sum ^ (*at * kFifth), 11) * kFirst;
  sum = (sum ^ (sum >> 33)) * kSecond;
  sum = (sum ^ (sum >> 29)) * kThird;
  return sum ^ (sum >> 32);
}

}  // namespace customerhealth
