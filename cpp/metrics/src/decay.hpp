#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "running.hpp"

namespace customerhealth::metrics {

/// Sums in which each value weighs half as much for every half-life that it lies back. The value's weight at the begin
/// of its block (16 half-lives long, blocks counted from the epoch) does not depend on the as-of: terms of one block
/// have one exact sum, which an as-of multiplies by its own weight. Nothing is carried from as-of to as-of, so that an
/// answer depends on the rows that count and on the as-of alone.
class Decay {
 public:
  explicit Decay(Micros half_life) noexcept;

  /// A block, as seen from an instant in it.
  struct Block {
    std::int64_t number = 0;
    Instant from{};
    std::int64_t begin_behind = 0, end_ahead = 0;  // microseconds from its begin to `from`, and on to its end

    /// Microseconds from the begin of the block.
    [[nodiscard]] std::int64_t behind(Instant t) const noexcept {
      return begin_behind + (micros_since_epoch(t) - micros_since_epoch(from));
    }
    [[nodiscard]] bool holds(Instant t) const noexcept {
      std::int64_t ahead = 0;
      return !__builtin_sub_overflow(micros_since_epoch(t), micros_since_epoch(from), &ahead) &&
             ahead >= -begin_behind && ahead < end_ahead;
    }
  };
  [[nodiscard]] Block block_of(Instant t) const noexcept;
  /// What the value at `t`, in the block, adds to the sum of the block.
  [[nodiscard]] double term(const Block& block, Instant t, double value) const noexcept;
  /// Terms of larger values might overflow; where one counts, every row is weighed by itself.
  [[nodiscard]] static bool is_huge(double value) noexcept { return value > kHuge || value < -kHuge; }

  /// An as-of's weights.
  struct Edge {
    std::int64_t block = 0;
    double weight = 1;  // of a term whose block is that of the edge
  };
  [[nodiscard]] Edge edge_of(Instant edge) const noexcept;
  /// What the sum of a block's terms is at the edge, which does not lie before the block.
  [[nodiscard]] static double at(const Edge& edge, std::int64_t block, double sum) noexcept;
  /// Blocks that lie back so far add nothing to a double.
  [[nodiscard]] static bool is_gone(const Edge& edge, std::int64_t block) noexcept {
    return edge.block - block > kBlocks;
  }

 private:
  static constexpr std::int64_t kHalfLives = 16, kBlocks = 2'240 / kHalfLives;
  static constexpr double kHuge = 0x1p960;
  double half_life_;    // microseconds
  std::int64_t block_;  // so many make a block
};

/// The decayed sum of rows in the order of time. NaN values count as nothing.
[[nodiscard]] double decayed_sum(Micros half_life, std::span<const Instant> times, std::span<const double> values,
                                 Instant edge);

/// E at each as-of, with what it weighs.
struct DecayEdges {
  std::vector<Instant> instants;
  std::vector<Decay::Edge> weights;

  DecayEdges(Micros half_life, std::span<const Instant> edges);
};

/// The terms of each account's entries in exact prefix sums, computed once for all windows.
class DecayRows {
 public:
  /// `numbers` by row of the block, none missing at the entries; empty: each row has the value 1.
  DecayRows(const Entries& entries, Micros half_life, std::span<const double> numbers);

  /// The decayed sum of the entries that count, the same bits as decayed_sum() of them.
  void sum(const AccountEntries& entries, std::size_t account, const DecayEdges& edges, RunningScratch& scratch,
           std::span<double> out) const;

 private:
  struct BlockRows {
    std::int64_t number;
    std::int32_t first;  // entry of the account
  };
  struct Account {
    std::size_t first_prefix = 0, first_block = 0;
    std::optional<FixedPoint> scale;  // none: a value is huge, or the terms do not fit one
  };
  void add(std::span<const Instant> times, std::span<const double> values);
  void sum_runs(const AccountEntries& entries, const Account& own, std::span<const BlockRows> blocks,
                std::span<const Decay::Edge> edges, std::span<double> out) const;
  void sum_sweeping(const AccountEntries& entries, const Account& own, std::span<const BlockRows> blocks,
                    std::span<const Decay::Edge> edges, RunningScratch& scratch, std::span<double> out) const;

  Micros half_life_;
  Decay decay_;
  std::span<const double> numbers_;
  std::vector<Account> accounts_;  // and one beyond the last
  std::vector<Int128> prefix_;     // of each account one more than it has entries
  std::vector<BlockRows> blocks_;
  std::vector<double> terms_;
};

}  // namespace customerhealth::metrics
