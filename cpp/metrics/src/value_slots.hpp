#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "customerhealth/metrics/visibility.hpp"
#include "places.hpp"

namespace customerhealth::metrics {

/// Which of some given values each row has.
class ValueSlots {
 public:
  static constexpr std::int32_t kNone = -1;

  /// `given`: the identity of each; nullopt where no row equals it.
  ValueSlots(std::span<const std::optional<std::uint64_t>> given, const Identities& rows);

  /// By row, the slot of its value, below `slots()`; kNone for a value that is not given or missing.
  [[nodiscard]] std::span<const std::int32_t> of_rows() const noexcept { return rows_; }
  /// By given value, its slot: equal ones share one; kNone where no row equals it.
  [[nodiscard]] std::span<const std::int32_t> of_given() const noexcept { return given_; }
  [[nodiscard]] std::size_t slots() const noexcept { return static_cast<std::size_t>(slots_); }

 private:
  void place_near(std::span<const std::optional<std::uint64_t>> given, const Places::Near& near,
                  std::span<const std::uint64_t> keys);
  void place_hashed(std::span<const std::optional<std::uint64_t>> given, std::span<const std::uint64_t> keys);
  [[nodiscard]] std::size_t find(std::uint64_t key) const noexcept;

  std::vector<std::uint64_t> keys_;  // an open hash table: keys, and the slot of each; none where given values are near
  std::vector<std::int32_t> places_;  // the slots; of near values by the distance from the lowest
  std::vector<std::int32_t> given_, rows_;
  std::int32_t slots_ = 0;
};

}  // namespace customerhealth::metrics
