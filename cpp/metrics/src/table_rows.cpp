#include "customerhealth/metrics/table_rows.hpp"

#include <algorithm>
#include <memory>
#include <numeric>

#include "extremes.hpp"

namespace customerhealth::metrics {
namespace {

template <class T>
std::vector<T> doubled(std::span<const T> values) {
  std::vector<T> out;
  out.reserve(values.size() * 2);
  for (const T& value : values) out.insert(out.end(), 2, value);
  return out;
}

Column doubled(const ColumnView& column) {
  return std::visit(
      [](const auto& values) -> Column {
        using Values = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<Values, MissingView>) {
          return Column{MissingView{values.rows * 2}};
        } else if constexpr (std::is_same_v<Values, IntegerView>) {
          struct Owned {
            std::vector<std::int64_t> values;
            std::vector<std::uint8_t> valid;
            std::vector<Int128> wide;
          };
          auto owner = std::make_shared<const Owned>(
              Owned{doubled(values.values), doubled(values.valid), {values.wide.begin(), values.wide.end()}});
          return Column{IntegerView{owner->values, owner->valid, values.is_unsigned, owner->wide}, owner};
        } else {
          return Column{doubled(values)};
        }
      },
      column);
}

/// Row 2i is row i while its end is hidden, row 2i + 1 is row i once it is known.
void split(TableRows& rows, std::span<const Instant> as_ofs) {
  const auto end_column = static_cast<std::size_t>(*rows.spec->end);
  std::vector<std::int32_t> ended(rows.ends.size());
  count_edges(as_ofs, rows.ends, ended);
  Visibility visibility{doubled(std::span<const std::int32_t>{rows.visibility.from}),
                        doubled(std::span<const std::int32_t>{rows.visibility.until}), false, false};
  rows.hidden.assign(visibility.from.size(), 0);
  for (std::size_t i = 0; i < ended.size(); ++i) {
    const std::size_t before = 2 * i, after = 2 * i + 1;
    // A null end stays null: such a row never changes, and stands only as its first half.
    const std::int32_t at = is_missing(rows.ends[i]) ? static_cast<std::int32_t>(as_ofs.size()) : ended[i];
    rows.hidden[before] = 1;
    visibility.until[before] = std::max(visibility.from[before], std::min(visibility.until[before], at));
    visibility.from[after] = std::min(visibility.until[after], std::max(visibility.from[after], at));
  }
  for (std::int64_t& begin : rows.block.begins) begin *= 2;
  for (Column& column : rows.block.columns) column = doubled(column.view());
  rows.block.arrival_owned = rows.block.arrival.empty() ? std::vector<std::uint32_t>{} : doubled(rows.block.arrival);
  rows.block.arrival = rows.block.arrival_owned;
  const Column whole = rows.block.columns[end_column];
  rows.ends = std::get<std::span<const Instant>>(whole.view());
  std::vector<Instant> masked(rows.ends.begin(), rows.ends.end());
  for (std::size_t i = 0; i < masked.size(); i += 2) masked[i] = kMissingInstant;
  rows.block.columns.push_back(whole);  // beyond the spec's columns: only keeps `ends` alive
  rows.block.columns[end_column] = Column{std::move(masked)};
  rows.visibility = std::move(visibility);
}

/// The first as-of after the row's time.
std::ptrdiff_t first_after(std::span<const Instant> as_ofs, const TableRows& rows, std::size_t row) {
  return std::ranges::upper_bound(as_ofs, rows.block.instants(*rows.spec->time)[row]) - as_ofs.begin();
}

}  // namespace

TableRows table_rows(const model::TableSpec& spec, ledger::TableBlock block, std::span<const Instant> as_ofs,
                     bool split_ends) {
  TableRows rows;
  rows.spec = &spec;
  rows.block = std::move(block);
  // Of plain events the time says all; nobody asks row by row.
  const bool plain_events = spec.kind == model::TableKind::events && !spec.known && !spec.key;
  if (!plain_events) rows.visibility = visibility_of(spec, rows.block, as_ofs);
  if (spec.end) rows.ends = rows.block.instants(*spec.end);
  if (split_ends && spec.end_known_at_end && !rows.ends.empty()) split(rows, as_ofs);
  return rows;
}

std::vector<std::uint8_t> seen_of(const TableRows& rows, std::span<const Instant> as_ofs) {
  std::vector<std::uint8_t> seen(rows.account_count() * as_ofs.size(), 0);
  std::vector<std::int32_t> change(as_ofs.size() + 1);
  for (std::size_t a = 0; a < rows.account_count(); ++a) {
    std::uint8_t* out = seen.data() + a * as_ofs.size();
    const auto begin = static_cast<std::size_t>(rows.block.begins[a]);
    const auto end = static_cast<std::size_t>(rows.block.begins[a + 1]);
    if (rows.visibility.plain) {
      if (begin < end) std::fill(out + first_after(as_ofs, rows, begin), out + as_ofs.size(), std::uint8_t{1});
      continue;
    }
    if (rows.visibility.lasting) {
      const auto own = std::span{rows.visibility.from}.subspan(begin, end - begin);
      if (!own.empty()) std::fill(out + std::ranges::min(own), out + as_ofs.size(), std::uint8_t{1});
      continue;
    }
    std::ranges::fill(change, 0);
    for (std::size_t i = begin; i < end; ++i) {
      ++change[static_cast<std::size_t>(rows.visibility.from[i])];
      --change[static_cast<std::size_t>(rows.visibility.until[i])];
    }
    std::int32_t count = 0;
    for (std::size_t k = 0; k < as_ofs.size(); ++k) {
      count += change[k];
      out[k] = count > 0 ? 1 : 0;
    }
  }
  return seen;
}

std::vector<Instant> first_times_of(const TableRows& rows, std::span<const Instant> times,
                                    std::span<const Instant> as_ofs) {
  std::vector<Instant> first(rows.account_count() * as_ofs.size(), kMissingInstant);
  const auto of_account = [&](std::size_t a) { return first.data() + a * as_ofs.size(); };
  if (rows.visibility.plain && rows.spec->kind == model::TableKind::events) {  // in the order of time
    for (std::size_t a = 0; a < rows.account_count(); ++a) {
      const auto begin = static_cast<std::size_t>(rows.block.begins[a]);
      if (begin == static_cast<std::size_t>(rows.block.begins[a + 1])) continue;
      std::fill(of_account(a) + first_after(as_ofs, rows, begin), of_account(a) + as_ofs.size(), times[begin]);
    }
    return first;
  }
  std::vector<std::uint32_t> places(rows.block.rows());
  std::iota(places.begin(), places.end(), 0U);
  std::vector<std::int64_t> found(as_ofs.size());
  RunningScratch scratch;
  for (std::size_t a = 0; a < rows.account_count(); ++a) {
    const auto begin = static_cast<std::size_t>(rows.block.begins[a]);
    const std::size_t count = static_cast<std::size_t>(rows.block.begins[a + 1]) - begin;
    AccountEntries own{std::span{places}.subspan(begin, count), {}};
    own.from = std::span{rows.visibility.from}.subspan(begin, count);
    own.until = std::span{rows.visibility.until}.subspan(begin, count);
    running_least(
        [&](std::uint32_t i) {
          const bool none = times.empty() || is_missing(times[i]) || rows.is_inverted(i);
          return none ? Extreme::kNone : micros_since_epoch(times[i]);
        },
        own, scratch, found);
    for (std::size_t k = 0; k < found.size(); ++k) {
      if (found[k] != Extreme::kNone) of_account(a)[k] = Instant{Micros{found[k]}};
    }
  }
  return first;
}

}  // namespace customerhealth::metrics
