#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace customerhealth::validation {

/// So many rounds are drawn and summed side by side: the counts of an account in all of them are one word.
inline constexpr std::size_t kLanes = 8;

/// A number a lane.
template <class Number>
using Lanes = std::array<Number, kLanes>;

/// How often each account was drawn in `kLanes` rounds, a byte a round, the first the lowest. A byte is enough: of m
/// accounts drawn m times one comes up 256 times or more with a chance below m/256!.
using Counts = std::vector<std::uint64_t>;

[[nodiscard]] constexpr std::uint64_t count_of(std::uint64_t word, std::size_t lane) noexcept {
  return (word >> (8 * lane)) & 0xff;
}

/// The counts of a table in which each account stands once, in every lane.
[[nodiscard]] Counts each_once(std::int64_t accounts);

/// Adds what the accounts were drawn to the sums.
void add_counts(std::span<const std::int32_t> accounts, const Counts& counts, Lanes<double>& sums) noexcept;

/// The generator Philox 4x32-10 of Salmon et al. (2011): four random words of a counter of four and a key of two.
[[nodiscard]] std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 4> counter,
                                                  std::array<std::uint32_t, 2> key) noexcept;

/// Accounts drawn with replacement, as many as there are. What a round draws follows from the seed, its number and how
/// many accounts there are, so that rounds can be drawn in any order.
class Draws {
 public:
  Draws(std::uint64_t seed, std::int64_t accounts) noexcept : seed_{seed}, accounts_{accounts} {}

  /// Memory that batches drawn one after the other share: to be given it anew took a third of the time of a draw.
  struct Room {
    std::vector<std::uint8_t> drawn;  // a table a round
    Counts counts;
  };

  /// The counts of rounds first, first + 1, …, in place of those of the batch before.
  const Counts& of_rounds(std::int64_t first, Room& room) const;

 private:
  void draw(std::int64_t round, std::span<std::uint8_t> drawn) const noexcept;

  std::uint64_t seed_;
  std::int64_t accounts_;
};

}  // namespace customerhealth::validation
