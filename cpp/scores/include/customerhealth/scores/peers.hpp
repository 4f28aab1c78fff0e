#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/peer_values.hpp"

/// What crosses accounts, as a value of its own: how fresh each table is, and the values of peers. It is fitted level
/// by level, on a portfolio or on parts of it; fits of parts merge exactly, in any order; applied anywhere it gives the
/// same bits. It knows accounts by their values alone.
namespace customerhealth::scores {

[[nodiscard]] PeersStatistic statistic_of(const model::Model& model, const model::PeersNode& node) noexcept;

/// One node of Model::peers, fitted (or empty: not yet, or nobody has a value).
struct PeersFit {
  std::int32_t level = 1;
  PeersStatistic statistic = PeersStatistic::rank;
  std::vector<std::string> keys;  // of the groups, ascending; bytes that mean the same in every portfolio
  std::vector<PeerValues> at;     // beside the instants; empty where there are no groups

  [[nodiscard]] std::int32_t find(std::string_view key) const noexcept;  // -1: no such group
  friend bool operator==(const PeersFit&, const PeersFit&) = default;
  /// Whether both compare the same values, whatever they are asked for.
  [[nodiscard]] bool has_values_of(const PeersFit& other) const noexcept {
    return keys == other.keys && at == other.at;
  }
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

  /// Lets nodes that compare the same values keep them once.
  void share_values();
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
  std::size_t first = 0;                 // no row is of an instant before it
  std::vector<std::uint32_t> rows = {};  // of each value, in the block
  std::vector<Standing> standings = {};  // of each value among all peers, once the node is fitted; of ranks alone
};

/// Fits a node on the samples of all blocks, and tells them how their values stand; the instants may be fitted in
/// parallel.
class NodeFitting {
 public:
  NodeFitting(std::span<PeersSample> samples, std::size_t instants, PeersFit& out);
  void fit(std::size_t instant);

 private:
  template <class Use>
  void each_value(std::size_t instant, const Use& use);

  std::span<PeersSample> samples_;
  PeersFit* out_;
  std::vector<std::vector<std::int32_t>> groups_;  // of each sample's keys, among all
};

}  // namespace customerhealth::scores
