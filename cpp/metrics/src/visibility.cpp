#include "customerhealth/metrics/visibility.hpp"

#include <algorithm>
#include <bit>
#include <cmath>

#include "key_groups.hpp"

namespace customerhealth::metrics {
namespace {

std::span<const Truth> truths(const ledger::TableBlock& block, const std::optional<std::int32_t>& column) {
  if (!column) return {};
  const auto* values = std::get_if<std::span<const Truth>>(&block.columns[static_cast<std::size_t>(*column)].view());
  return values == nullptr ? std::span<const Truth>{} : *values;
}

/// Of the rows of one key the one known last counts: each is visible until the next one becomes known.
void supersede(const model::TableSpec& spec, const ledger::TableBlock& block, std::span<const Instant> known,
               std::span<const std::int32_t> known_from, Visibility& visibility) {
  const Identities keys = identities_of(block.columns[static_cast<std::size_t>(*spec.key)].view());
  const auto arrival = [&](std::uint32_t row) { return block.arrival.empty() ? row : block.arrival[row]; };
  KeyGroups groups;
  for (std::size_t a = 0; a + 1 < block.begins.size(); ++a) {
    groups.group(keys, block.begins[a], block.begins[a + 1]);
    groups.sort([&](std::uint32_t x, std::uint32_t y) {
      return known[x] != known[y] ? known[x] < known[y] : arrival(x) < arrival(y);
    });
    for (std::size_t g = 0; g < groups.count(); ++g) {
      const auto rows = groups.rows(g);
      for (std::size_t i = 0; i + 1 < rows.size(); ++i) visibility.until[rows[i]] = known_from[rows[i + 1]];
    }
  }
}

std::vector<std::int32_t> greater(std::vector<std::int32_t> counts, std::span<const std::int32_t> others) noexcept {
  for (std::size_t i = 0; i < counts.size(); ++i) counts[i] = std::max(counts[i], others[i]);
  return counts;
}

/// Calls `take(has)`, where `has(row)` is compiled for the column's type: loops over rows test the type once.
template <class Take>
void with_presence(const ColumnView& column, const Take& take) {
  if (const auto* numbers = std::get_if<std::span<const double>>(&column)) {
    take([numbers](std::size_t i) { return (*numbers)[i] == (*numbers)[i]; });
  } else if (const auto* integers = std::get_if<IntegerView>(&column)) {
    take([integers](std::size_t i) { return integers->has(i); });
  } else if (const auto* instants = std::get_if<std::span<const Instant>>(&column)) {
    take([instants](std::size_t i) { return !is_missing((*instants)[i]); });
  } else if (const auto* texts = std::get_if<std::span<const TextCode>>(&column)) {
    take([texts](std::size_t i) { return !(*texts)[i].is_missing(); });
  } else if (const auto* truths = std::get_if<std::span<const Truth>>(&column)) {
    take([truths](std::size_t i) { return (*truths)[i] != Truth::missing; });
  } else {
    take([](std::size_t) { return false; });
  }
}

}  // namespace

std::vector<Instant> known_of(const model::TableSpec& spec, const ledger::TableBlock& block) {
  const auto times = spec.time ? block.instants(*spec.time) : std::span<const Instant>{};
  std::vector<Instant> known(block.rows(), kFirstInstant);
  if (spec.time) known.assign(times.begin(), times.end());
  if (!spec.known) return known;
  const auto given = block.instants(*spec.known);
  for (std::size_t i = 0; i < given.size(); ++i) {
    if (!is_missing(given[i])) known[i] = given[i];
  }
  return known;
}

Visibility visibility_of(const model::TableSpec& spec, const ledger::TableBlock& block,
                         std::span<const Instant> as_ofs) {
  Visibility visibility;
  const bool needs_time = spec.kind == model::TableKind::events || spec.kind == model::TableKind::states;
  const auto count = static_cast<std::int32_t>(as_ofs.size());
  visibility.until.assign(block.rows(), count);
  visibility.plain = !spec.known && !spec.key;
  const auto deleted = visibility.plain ? std::span<const Truth>{} : truths(block, spec.deleted);
  // In a states table the row with the latest time counts, not the one known last, so no row is superseded here.
  const bool corrected = spec.key && spec.kind != model::TableKind::states;
  if (spec.time && (visibility.plain || needs_time))
    visibility.from = count_edges_in_order(as_ofs, block.instants(*spec.time), block.begins);
  if (needs_time && !corrected) {
    if (spec.known) raise_counts(as_ofs, block.instants(*spec.known), visibility.from);
  } else if (!visibility.plain) {
    const auto known = known_of(spec, block);
    const auto known_from = count_edges(as_ofs, known);
    visibility.from = needs_time ? greater(std::move(visibility.from), known_from) : known_from;
    if (corrected) supersede(spec, block, known, known_from, visibility);
  }
  visibility.lasting = !corrected && deleted.empty();
  if (visibility.lasting) return visibility;
  for (std::size_t i = 0; i < block.rows(); ++i) {
    const bool gone = !deleted.empty() && deleted[i] == Truth::yes;
    if (gone || visibility.until[i] < visibility.from[i]) visibility.until[i] = visibility.from[i];
  }
  return visibility;
}

bool any_missing(const ColumnView& column) {
  const auto* integers = std::get_if<IntegerView>(&column);
  if (integers != nullptr && integers->valid.empty()) return false;
  std::int64_t missing = 0;  // a count, not an early exit: loops without a branch are vectorised
  with_presence(column, [&](const auto& has) {
    for (std::size_t i = 0, rows = rows_of(column); i < rows; ++i) missing += has(i) ? 0 : 1;
  });
  return missing > 0;
}

std::vector<std::uint8_t> presence_of(const ColumnView& column) {
  std::vector<std::uint8_t> present(rows_of(column));
  with_presence(column, [&](const auto& has) {
    for (std::size_t i = 0; i < present.size(); ++i) present[i] = has(i) ? 1 : 0;
  });
  return present;
}

Identities identities_of(const ColumnView& column) {
  Identities out;
  const std::size_t rows = rows_of(column);
  out.keys.resize(rows);
  if (any_missing(column)) {
    out.missing = presence_of(column);
    for (std::uint8_t& flag : out.missing) flag ^= 1;
  }
  std::visit(
      [&](const auto& values) {
        using Held = std::decay_t<decltype(values)>;
        for (std::size_t i = 0; i < rows; ++i) {
          if constexpr (std::is_same_v<Held, MissingView>) {
            out.keys[i] = 0;
          } else if constexpr (std::is_same_v<Held, IntegerView>) {
            out.keys[i] = static_cast<std::uint64_t>(values.values[i]);
          } else if constexpr (std::is_same_v<Held, std::span<const double>>) {
            out.keys[i] = std::bit_cast<std::uint64_t>(values[i] + 0.0);  // -0.0 becomes 0.0
          } else if constexpr (std::is_same_v<Held, std::span<const Instant>>) {
            out.keys[i] = static_cast<std::uint64_t>(values[i].time_since_epoch().count());
          } else if constexpr (std::is_same_v<Held, std::span<const TextCode>>) {
            out.keys[i] = static_cast<std::uint64_t>(values[i].get());
          } else {
            out.keys[i] = static_cast<std::uint64_t>(values[i]);
          }
        }
      },
      column);
  return out;
}

}  // namespace customerhealth::metrics
