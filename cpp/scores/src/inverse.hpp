#pragma once

#include <cstdint>
#include <optional>

#include "customerhealth/model/aggregations.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/peer_rows.hpp"

/// Inverts shapes: finds the value nearest to a given one that has enough points.
namespace customerhealth::scores {

/// The numbers that a measure's value can be: those of its metric if the formula is the name of one aggregate metric,
/// else all numbers.
[[nodiscard]] model::ValueDomain value_domain(const model::Model& model, std::optional<SlotIndex> lone_slot) noexcept;

/// How a range of values with enough points ends.
enum class RangeEnd : std::uint8_t {
  closed,    // the points jump at its last value, or the measure can take no further one
  open,      // the points jump beside its last value, at an edge that has too few itself
  crossing,  // the points pass `least` without a jump: the edge suffices if exactly `least` points do
};

struct NearestValue {
  double value = 0;
  bool downward = false;  // it is the values below that have enough points too
  RangeEnd end = RangeEnd::closed;

  /// The double beside it that has too few points, where it is an end of a range.
  [[nodiscard]] double edge() const noexcept;
};

/// What a row's points depend on beside its value. A search for another value keeps it fixed.
struct Held {
  model::Scale scale = {};               // the score's
  const PeerValues* peers = nullptr;     // for shapes among peers; null if there are too few
  std::size_t group = 0;                 // of those
  std::optional<Shrinking> shrinking{};  // before the shape
};

/// The value nearest to `from` with `least` points or more; of two equally near the higher one. If `from` is missing:
/// of the ends of the ranges that suffice the one with the fewest points, of those the nearest to 0 (0 itself if every
/// value suffices). nullopt if no value suffices or the shape does not read numbers.
[[nodiscard]] std::optional<NearestValue> nearest_value(const model::Shape& shape, double from, double least,
                                                        const model::ValueDomain& domain, const Held& held = {});

/// The index of the label with the fewest points among those with `least` or more; of equals the first.
[[nodiscard]] std::optional<std::size_t> nearest_label(const model::LabelsShape& shape, double least) noexcept;

/// Maps finite doubles to integers in the same order, neighbours to neighbours, so that bisection over the integers
/// finds an edge to the last bit.
[[nodiscard]] std::int64_t place_of(double number) noexcept;
[[nodiscard]] double number_at(std::int64_t place) noexcept;

}  // namespace customerhealth::scores
