#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace customerhealth::scores {

/// What a node of Model::peers is asked for.
enum class PeersStatistic : std::uint8_t { rank, mean, deviation };

/// How many peers lie below a value, and how many are equal.
struct Standing {
  std::uint32_t below = 0, equal = 0;
};

/// The values of one group of peers, ascending: each peer's, or each distinct one with `up_to`, how many peers lie at
/// it or below.
struct PeerGroup {
  std::span<const double> values;
  std::span<const std::uint32_t> up_to;  // empty: a value a peer

  [[nodiscard]] std::uint32_t count() const noexcept { return place(values.size()); }
  /// The standing of the value at `i`, which is the first of its equals.
  [[nodiscard]] Standing standing(std::size_t i) const noexcept { return {place(i), place(next(i)) - place(i)}; }
  /// The place of the first value above the one at `i`.
  [[nodiscard]] std::size_t next(std::size_t i) const noexcept;
  /// How many peers lie before place `i`.
  [[nodiscard]] std::uint32_t place(std::size_t i) const noexcept {
    return up_to.empty() ? static_cast<std::uint32_t>(i) : i == 0 ? 0 : up_to[i - 1];
  }
};

/// The values of the peers of one node at one instant, group after group: 8 bytes a peer at most, since a group keeps
/// its distinct values with counts where that is less. Equal peers lie in memory alike.
class SortedPeers {
 public:
  [[nodiscard]] std::size_t groups() const noexcept { return begins_.size() - 1; }
  [[nodiscard]] PeerGroup group(std::size_t g) const noexcept;
  [[nodiscard]] Standing standing(std::size_t group, double value) const noexcept;

  /// Adds a group: each peer's value, ascending.
  void add_group(std::span<const double> sorted);
  /// Adds a group: distinct values, ascending, and how many peers lie at each or below.
  void add_group(std::span<const double> distinct, std::span<const std::uint32_t> up_to);
  /// Whether so many distinct values of `peers` peers are kept with counts.
  [[nodiscard]] static bool counts(std::size_t distinct, std::size_t peers) noexcept {
    return 12 * distinct <= 8 * peers;
  }

  friend bool operator==(const SortedPeers& a, const SortedPeers& b) noexcept {  // the rest follows
    return a.begins_ == b.begins_ && a.values_ == b.values_ && a.up_to_ == b.up_to_;
  }

 private:
  /// Of a group's values, where the search for one begins: the range between its least and greatest value is cut into
  /// equal parts, one for four values, and `first` says for each part, and the end, which value is the first in it.
  struct Guide {
    double low = 0, parts_per_unit = 0;
    std::vector<std::uint32_t> first;

    [[nodiscard]] std::size_t part_of(double value) const noexcept;
  };

  void end_group();
  [[nodiscard]] static Guide guide_of(const PeerGroup& group);

  std::vector<std::uint32_t> begins_{0},
      counted_{0};  // of each group in `values_`, in `up_to_`, and the end of the last
  std::vector<double> values_;
  std::vector<std::uint32_t> up_to_;
  std::vector<Guide> guides_;  // by group up to the last that is large enough for one
};

/// The peers of one node at one instant, with what its statistic asks for. Nodes that compare the same values share
/// them.
struct PeerValues {
  std::shared_ptr<const SortedPeers> sorted;
  std::vector<double> mean, deviation;  // by group, where asked for; NaN: none, or it does not fit a double

  PeerValues() = default;
  /// Works out the exact mean, and the deviation from it (n - 1) in the order of the values.
  PeerValues(std::shared_ptr<const SortedPeers> of, PeersStatistic statistic);

  [[nodiscard]] std::size_t groups() const noexcept { return sorted->groups(); }
  [[nodiscard]] std::int64_t count(std::size_t group) const noexcept { return sorted->group(group).count(); }
  [[nodiscard]] Standing standing(std::size_t group, double value) const noexcept {
    return sorted->standing(group, value);
  }

  friend bool operator==(const PeerValues& a, const PeerValues& b) noexcept {  // the rest follows
    return a.sorted == b.sorted || *a.sorted == *b.sorted;
  }
};

}  // namespace customerhealth::scores
