#pragma once

#include <cmath>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/common/number.hpp"
#include "customerhealth/model/bound_model.hpp"
#include "customerhealth/scores/frame.hpp"
#include "customerhealth/scores/peers.hpp"

/// Rows of a block beside their peers.
namespace customerhealth::scores {

/// The groups of rows by the value of `within`.
struct PeerGroups {
  std::vector<std::int32_t> of_row;  // in `keys`; -1: nobody's peer
  std::vector<std::string> keys;     // in the order in which rows meet them
};
/// `texts` are those of the column. A number has one key, whether its column holds integers or not.
[[nodiscard]] PeerGroups group_rows(const ColumnView& within, const Texts& texts);

/// The group of peers that each row of a block is compared with.
class RowPeers {
 public:
  RowPeers() = default;
  /// `within` is that of the node's case; a null pointer: all rows are peers.
  RowPeers(const expression::BoundExpression* within, model::PeersIndex node, const Frame& frame);

  /// How many peers there are; 0 where `within` is missing, which makes the row nobody's peer, or nothing is fitted.
  [[nodiscard]] std::int64_t count(std::size_t row) const noexcept {
    const PeerValues* at = values(row);
    return at == nullptr ? 0 : at->count(group(row));
  }
  /// Nothing where there is no such group.
  [[nodiscard]] const PeerValues* values(std::size_t row) const noexcept {
    if (fit_ == nullptr || fit_->at.empty() || group_of(row) < 0) return nullptr;
    return &fit_->at[static_cast<std::size_t>(instants_[row])];
  }
  /// How the row's value stands among its peers, which there are.
  [[nodiscard]] Standing standing(std::size_t row, double value) const noexcept {
    const bool known = !standings_.empty() && standings_[row].equal > 0;  // it is one of them
    return known ? standings_[row] : values(row)->standing(group(row), value);
  }
  /// The row's group in `values(row)`.
  [[nodiscard]] std::size_t group(std::size_t row) const noexcept { return static_cast<std::size_t>(group_of(row)); }

 private:
  [[nodiscard]] std::int32_t group_of(std::size_t row) const noexcept {
    return groups_.empty() ? lone_group_ : groups_[row];
  }

  static constexpr std::int32_t kUnknown = -1;

  const PeersFit* fit_ = nullptr;
  std::span<const std::int32_t> instants_;
  std::span<const Standing> standings_;
  std::vector<std::int32_t> groups_;  // of each row, in the fit; empty: one for all
  std::int32_t lone_group_ = kUnknown;
};

/// What `shrink` draws a value to: (n v + k m) / (n + k), with n rows, strength k and the peers' mean m.
struct Shrinking {
  double rows = 0, strength = 0, mean = 0;

  /// NaN where any part is; may be infinite.
  [[nodiscard]] double unbounded(double value) const noexcept {
    const double drawn = (rows * value + strength * mean) / (rows + strength);
    if (!(rows >= 0) || !std::isfinite(drawn)) return drawn;  // fewer than no rows draw away from the mean
    // Between the two, though the products are rounded: equal ones stay what they are.
    const double least = value < mean ? value : mean, most = value < mean ? mean : value;
    return drawn < least ? least : drawn > most ? most : drawn;
  }
  /// NaN where any part is, or it does not fit a double.
  [[nodiscard]] double operator()(double value) const noexcept {
    const double shrunk = unbounded(value);
    return std::isfinite(shrunk) ? shrunk + 0.0 : kNan;
  }
};

/// The values of a case of a measure, drawn to the peers' mean.
class ShrunkValues {
 public:
  /// It borrows all but the values.
  ShrunkValues(std::span<const double> values, const model::BoundMeasure& measure, std::size_t of_case,
               const Frame& frame);

  ShrunkValues(ShrunkValues&&) = default;  // no copy: a span lies in the buffer
  ShrunkValues& operator=(ShrunkValues&&) = default;

  [[nodiscard]] std::span<const double> numbers() const noexcept { return numbers_; }
  /// How a row's value is drawn; nothing where nobody is its peer.
  [[nodiscard]] std::optional<Shrinking> shrinking(std::size_t row) const noexcept;
  /// Why a row's is missing, where the value itself is there.
  [[nodiscard]] Reason reason(std::size_t row) const;

 private:
  MissingReasons row_reasons_;
  double strength_;
  Column rows_;
  std::vector<double> buffer_;
  std::span<const double> row_numbers_;
  RowPeers peers_;
  std::vector<double> numbers_;
};

/// The rows of a block that are peers of a node: those with a panel row where the score's `include` holds, with a value
/// and, where there is one, a `within`. The peers of earlier levels are fitted; the instants of rows
/// lie in [first, end) of theirs.
[[nodiscard]] PeersSample sample_peers(const model::BoundModel& model, model::PeersIndex node, const Frame& frame,
                                       std::span<const std::uint8_t> present, std::size_t first, std::size_t end);

/// Of each row of a block of so many how its value stands among the peers, when their node is fitted; 0 equals: it is
/// none of them.
[[nodiscard]] std::vector<Standing> standings_of_rows(const PeersSample& sample, std::size_t rows);

}  // namespace customerhealth::scores
