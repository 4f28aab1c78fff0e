#pragma once

#include <cstdint>
#include <optional>

#include "customerhealth/model/aggregations.hpp"
#include "customerhealth/model/model.hpp"
#include "customerhealth/scores/peer_rows.hpp"

/// From points back to a value: which is the nearest that has enough of them?
namespace customerhealth::scores {

/// Of a measure with a value: what its metric can be, where the whole formula is one metric over rows of a table; else
/// any number.
[[nodiscard]] model::ValueDomain value_domain(const model::Model& model,
                                              std::optional<std::int32_t> lone_slot) noexcept;

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

/// What a row's points depend on beside its value; all of it stays as it is.
struct Held {
  model::Scale scale = {};               // the score's
  const PeerValues* peers = nullptr;     // of a shape among peers; nothing: it has none, or too few
  std::size_t group = 0;                 // of those
  std::optional<Shrinking> shrinking{};  // before the shape
};

/// The value nearest to `from` that has points of its own, `least` or more; of two equally near the higher one. Where
/// `from` is missing there is nothing to be near to: an edge of what suffices, the one with the fewest points, of
/// those the nearest to 0 (0 itself, where every value suffices). Nothing when none suffices, or when the shape does
/// not look at the value or is no shape of numbers.
[[nodiscard]] std::optional<NearestValue> nearest_value(const model::Shape& shape, double from, double least,
                                                        const model::ValueDomain& domain, const Held& held = {});

/// The label with the fewest points of those that have `least` or more (of equals the first): its place in the shape.
[[nodiscard]] std::optional<std::size_t> nearest_label(const model::LabelsShape& shape, double least) noexcept;

/// Finite doubles in their order as integers, one apart: halving a range of them finds an edge to the last bit.
[[nodiscard]] std::int64_t place_of(double number) noexcept;
[[nodiscard]] double number_at(std::int64_t place) noexcept;

}  // namespace customerhealth::scores
