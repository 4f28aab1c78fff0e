#pragma once

#include <span>
#include <string_view>

#include "customerhealth/model/model.hpp"

namespace customerhealth {

/// What an aggregation asks of a metric. A new one is a value of Aggregation and a line in aggregations.cpp (and its
/// work, in the room `metrics`).
struct AggregationRule {
  enum class On : std::uint8_t { all, timed, alive };          // timed: events, started and ended intervals
  enum class Of : std::uint8_t { none, optional, needed };     // its `of`
  enum class Takes : std::uint8_t { all, numbers, ordered };   // numbers: booleans too; ordered: instants as well
  enum class Gives : std::uint8_t { number, instant, as_of };  // as_of: the type of `of`
  enum class Buckets : std::uint8_t { no, yes };

  Aggregation aggregation;
  std::string_view name;
  On on;
  Of of;
  Takes takes;
  Gives gives;
  Buckets buckets;
  std::string_view meaning;
};

[[nodiscard]] std::span<const AggregationRule> aggregation_rules() noexcept;
[[nodiscard]] const AggregationRule& rule_of(Aggregation aggregation) noexcept;

/// For messages and docs: "numbers and booleans".
[[nodiscard]] std::string_view words(AggregationRule::Takes takes) noexcept;

}  // namespace customerhealth
