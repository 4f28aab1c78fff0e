#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/model/model.hpp"

/// What crosses accounts, as a value of its own: how fresh each table is, and the values of peers. It is fitted level
/// by level, on a portfolio or on parts of it; fits of parts merge exactly, in any order; applied anywhere it gives the
/// same bits. It knows accounts by their values alone.
namespace customerhealth::scores {

/// What a node of Model::peers is asked for.
enum class PeersStatistic : std::uint8_t { rank, mean, deviation };
[[nodiscard]] PeersStatistic statistic_of(const model::Model& model, const model::PeersNode& node) noexcept;

/// The peers of one node at one instant, group after group.
struct PeerValues {
  std::vector<std::size_t> begins{0};   // of each group in `values`, and the end of the last
  std::vector<double> values;           // of a group ascending, each once
  std::vector<std::int64_t> up_to;      // so many peers of the group lie at the value or below
  std::vector<double> mean, deviation;  // by group, where asked for; NaN: none, or it does not fit a double

  [[nodiscard]] std::size_t groups() const noexcept { return begins.size() - 1; }
  [[nodiscard]] std::int64_t count(std::size_t group) const noexcept {
    return begins[group] == begins[group + 1] ? 0 : up_to[begins[group + 1] - 1];
  }
  /// How many peers of the group lie below, and how many are equal.
  struct Standing {
    std::int64_t below = 0, equal = 0;
  };
  [[nodiscard]] Standing standing(std::size_t group, double value) const noexcept;

  /// Of each group's values, where the search for one begins: the range between its least and greatest value is cut
  /// into as many equal parts as it has values, and `first` says for each part, and the end, which value is the first
  /// in it.
  struct Guide {
    double low = 0, parts_per_unit = 0;  // 0: all values are searched
    std::vector<std::uint32_t> first;
  };
  std::vector<Guide> guides;  // by group, of ranks alone

  /// Adds a group's values, sorted.
  void add_group(std::span<const double> sorted);
  /// Works out what `statistic` asks for: guides to ranks, or the exact mean and the deviation from it (n - 1), in the
  /// order of the values.
  void settle(PeersStatistic statistic);

  friend bool operator==(const PeerValues& a, const PeerValues& b) noexcept {  // the rest follows
    return a.begins == b.begins && a.values == b.values && a.up_to == b.up_to;
  }
};

/// One node of Model::peers, fitted (or empty: not yet, or nobody has a value).
struct PeersFit {
  std::int32_t level = 1;
  PeersStatistic statistic = PeersStatistic::rank;
  std::vector<std::string> keys;  // of the groups, ascending; bytes that mean the same in every portfolio
  std::vector<PeerValues> at;     // beside the instants; empty where there are no groups

  [[nodiscard]] std::int32_t find(std::string_view key) const noexcept;  // -1: no such group
  friend bool operator==(const PeersFit&, const PeersFit&) = default;
};

/// Whether a table has visible rows at an instant, and new enough ones.
struct Freshness {
  bool visible = false, fresh = false;
  [[nodiscard]] bool stale() const noexcept { return visible && !fresh; }
  friend bool operator==(const Freshness&, const Freshness&) = default;
};

class Peers {
 public:
  /// Nothing fitted yet; `instants` ascend, `as_ofs` are some of them.
  Peers(const model::Model& model, std::vector<Instant> instants, std::vector<Instant> as_ofs);
  Peers(const model::Model& model, const std::vector<Instant>& at) : Peers{model, at, at} {}

  std::string digest, basis;                   // Model::digest and Model::basis
  std::vector<Instant> as_ofs;                 // asked for; ascending, each once
  bool over_time = false;                      // so were the ticks up to the last of them
  std::vector<Instant> instants;               // the as-ofs and all that their answers depend on; ascending, each once
  std::int32_t levels = 0;                     // so many are fitted
  std::int32_t levels_wanted = 1;              // Model::levels
  std::vector<std::vector<Freshness>> tables;  // beside Model::tables; beside `instants`, or empty: never stale
  std::vector<PeersFit> nodes;                 // beside Model::peers

  [[nodiscard]] bool complete() const noexcept { return levels == levels_wanted; }
  /// The place of each instant among `instants`; throws DataError where one is not there.
  [[nodiscard]] std::vector<std::int32_t> places(std::span<const Instant> of) const;
  /// Throws DataError when these are peers of another model; one that shows other plays or words is none.
  void check(const model::Model& model) const;

  /// Whether nothing was given to what was fitted: then parts may lack early instants, at which they have no rows.
  [[nodiscard]] bool are_first() const noexcept;

  /// Of parts that were fitted with the same earlier levels; each account belongs to one part. Throws DataError.
  [[nodiscard]] static Peers merge(std::span<const Peers* const> parts);

  [[nodiscard]] std::string to_bytes() const;
  /// Throws DataError when the bytes are not those of peers.
  [[nodiscard]] static Peers from_bytes(std::string_view bytes);

  friend bool operator==(const Peers&, const Peers&) = default;

 private:
  Peers() = default;
};

/// The rows of a block that are peers of one node, instant after instant.
struct PeersSample {
  std::vector<std::size_t> begins;  // of each instant from `first` on in `values`, and the end of the last
  std::vector<double> values;
  std::vector<std::int32_t> groups;  // of each value, in `keys`; empty: all are of the one group
  std::vector<std::string> keys;
  std::size_t first = 0;  // no row is of an instant before it
};

/// Fits a node on the samples of all blocks; the instants may be fitted in parallel.
class NodeFitting {
 public:
  NodeFitting(std::span<const PeersSample> samples, std::size_t instants, PeersFit& out);
  void fit(std::size_t instant);

 private:
  std::span<const PeersSample> samples_;
  PeersFit* out_;
  std::vector<std::vector<std::int32_t>> groups_;  // of each sample's keys, among all
};

}  // namespace customerhealth::scores
