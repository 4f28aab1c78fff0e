#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "instants.hpp"
#include "table_answers.hpp"

namespace customerhealth::engine {

/// The instants worked at from some place on, and what a block needs at them.
struct Stretch {
  std::size_t asked_before = 0;  // so many as-ofs asked for lie before its first instant
  Instants instants;
  std::vector<TableGrid> grids;                  // beside Model::tables
  std::vector<std::vector<std::uint8_t>> stale;  // beside Model::tables; at each instant, or empty: never
  std::vector<std::int32_t> places;              // of the instants among those of the peers

  [[nodiscard]] std::span<const Instant> as_ofs() const noexcept { return instants.all; }
};

/// How many of some instants lie after an account's first row; all where that is the first instant.
[[nodiscard]] std::size_t count_after(std::span<const Instant> instants, Instant first) noexcept;

/// The stretches of one scoring. An account is worked at no instant before its first row, save so many that few
/// different stretches are made: each is at most an eighth longer than the next, and one begins with the first as-of.
class Stretches {
 public:
  /// `stale` lies beside the instants of `whole`, as do `places`. The plans must outlive it.
  Stretches(Instants whole, std::vector<std::vector<std::uint8_t>> stale, std::vector<std::int32_t> places,
            std::span<const metrics::TablePlan> plans);

  /// How many instants the stretch has that serves accounts without a row at or before `first`; at least one, where
  /// there are any.
  [[nodiscard]] std::size_t length_after(Instant first) const noexcept;
  /// The stretch of that length, made when it is first asked for; by one thread at a time.
  [[nodiscard]] const Stretch& of_length(std::size_t length);

 private:
  Instants whole_;
  std::vector<std::vector<std::uint8_t>> stale_;
  std::vector<std::int32_t> places_;
  std::span<const metrics::TablePlan> plans_;
  std::vector<std::size_t> lengths_;  // descending
  std::map<std::size_t, Stretch> made_;
};

}  // namespace customerhealth::engine
