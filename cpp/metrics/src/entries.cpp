#include "entries.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "key_groups.hpp"

namespace customerhealth::metrics {
namespace {

using Indices = std::vector<std::int32_t>;

/// At which as-ofs each row of the block counts; nothing where from >= until.
struct Ranges {
  Indices from, until;
};

Ranges interval_ranges(const TableRows& rows, model::RowsMode mode, std::span<const Instant> edges,
                       std::span<const Instant> as_ofs) {
  Ranges ranges{rows.visibility.from, rows.visibility.until};
  if (mode == model::RowsMode::any) return ranges;
  const auto starts = rows.block.instants(*rows.spec->time);
  const bool is_upcoming = mode == model::RowsMode::upcoming;
  const Indices started = count_edges_in_order(is_upcoming ? as_ofs : edges, starts, rows.block.begins);
  const Indices ended = rows.ends.empty() ? Indices{} : count_edges(is_upcoming ? as_ofs : edges, rows.ends);
  const auto count = static_cast<std::int32_t>(as_ofs.size());
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const bool has_end = !rows.ends.empty() && !is_missing(rows.ends[i]);
    if (rows.is_inverted(i)) {
      // Where ends are known when they come, nobody knows before that it will never be alive.
      const bool is_expected = is_upcoming && rows.spec->end_known_at_end;
      ranges.until[i] = is_expected ? std::min({ranges.until[i], started[i], ended[i]}) : ranges.from[i];
    } else if (is_upcoming) {
      ranges.until[i] = std::min(ranges.until[i], started[i]);
    } else if (mode == model::RowsMode::ended) {
      ranges.from[i] = has_end ? std::max(ranges.from[i], ended[i]) : count;
    } else {
      ranges.from[i] = std::max(ranges.from[i], started[i]);
      if (mode == model::RowsMode::alive && has_end) ranges.until[i] = std::min(ranges.until[i], ended[i]);
    }
  }
  return ranges;
}

/// Events that were late or corrected.
Ranges event_ranges(const TableRows& rows, const Selection& selection, std::span<const Instant> edges) {
  Ranges ranges{rows.visibility.from, rows.visibility.until};
  if (!selection.offset) return ranges;
  const Indices happened = count_edges_in_order(edges, rows.block.instants(*rows.spec->time), rows.block.begins);
  for (std::size_t i = 0; i < happened.size(); ++i) ranges.from[i] = std::max(ranges.from[i], happened[i]);
  return ranges;
}

/// A state holds from when it is known and its time has come, until a later one of its key does the same.
Ranges state_ranges(const TableRows& rows, std::span<const Instant> edges, std::span<const Instant> as_ofs) {
  const model::TableSpec& spec = *rows.spec;
  const auto times = rows.block.instants(*spec.time);
  const auto known = known_of(spec, rows.block);
  const Indices happened = count_edges_in_order(edges, times, rows.block.begins), learned = count_edges(as_ofs, known);
  Ranges ranges{Indices(times.size()), Indices(times.size())};
  const Identities keys =
      spec.key ? identities_of(rows.block.columns[static_cast<std::size_t>(*spec.key)].view()) : Identities{};
  const std::span<const Truth>* deleted =
      spec.deleted
          ? std::get_if<std::span<const Truth>>(&rows.block.columns[static_cast<std::size_t>(*spec.deleted)].view())
          : nullptr;
  const auto arrival = [&](std::uint32_t row) { return rows.block.arrival.empty() ? row : rows.block.arrival[row]; };
  KeyGroups groups;
  for (std::size_t a = 0; a < rows.account_count(); ++a) {
    if (spec.key)
      groups.group(keys, rows.block.begins[a], rows.block.begins[a + 1]);
    else
      groups.group_all(rows.block.begins[a], rows.block.begins[a + 1]);
    groups.sort([&](std::uint32_t x, std::uint32_t y) {  // the one that wins first
      return std::tuple{times[y], known[y], arrival(y)} < std::tuple{times[x], known[x], arrival(x)};
    });
    for (std::size_t g = 0; g < groups.count(); ++g) {
      auto taken_from = static_cast<std::int32_t>(as_ofs.size());
      for (const std::uint32_t row : groups.rows(g)) {
        ranges.from[row] = std::max(happened[row], learned[row]);
        ranges.until[row] = taken_from;
        taken_from = std::min(taken_from, ranges.from[row]);
        if (deleted != nullptr && (*deleted)[row] == Truth::yes) ranges.until[row] = ranges.from[row];
      }
    }
  }
  return ranges;
}

/// Starts order the rows already; ends must be brought into order.
void sort_by_time(const TableRows& rows, std::span<const Instant> times, std::span<std::uint32_t> run) {
  const auto arrival = [&](std::uint32_t row) { return rows.block.arrival.empty() ? row : rows.block.arrival[row]; };
  std::ranges::sort(run, [&](std::uint32_t x, std::uint32_t y) {
    return std::tuple{times[x], arrival(x)} < std::tuple{times[y], arrival(y)};
  });
}

}  // namespace

std::span<const Instant> times_of(const TableRows& rows, model::RowsMode mode) noexcept {
  if (rows.spec->kind == model::TableKind::intervals && mode == model::RowsMode::ended) return rows.ends;
  return rows.block.instants(*rows.spec->time);
}

namespace {

/// Events, or intervals that started: in the order of time they are as they lie.
Entries plain_entries(const TableRows& rows) {
  const auto times = rows.block.instants(*rows.spec->time);
  Entries entries;
  entries.plain = true;
  entries.whole = rows.spec->kind == model::TableKind::events;
  if (entries.whole) {
    entries.begins = rows.block.begins;
    entries.rows_owned.resize(rows.block.rows());
    std::iota(entries.rows_owned.begin(), entries.rows_owned.end(), 0U);
    entries.times = times;
  } else {
    entries.begins.push_back(0);
    for (std::size_t a = 0; a < rows.account_count(); ++a) {
      for (auto i = rows.block.begins[a]; i < rows.block.begins[a + 1]; ++i) {
        if (rows.is_inverted(static_cast<std::size_t>(i))) continue;
        entries.rows_owned.push_back(static_cast<std::uint32_t>(i));
        entries.times_owned.push_back(times[static_cast<std::size_t>(i)]);
      }
      entries.begins.push_back(std::ssize(entries.rows_owned));
    }
    entries.times = entries.times_owned;
  }
  entries.rows = entries.rows_owned;
  return entries;
}

/// How many rows count at no as-of.
std::size_t never_count(std::span<const std::int32_t> from, std::span<const std::int32_t> until) noexcept {
  std::size_t never = 0;
  for (std::size_t i = 0; i < from.size(); ++i) never += from[i] < until[i] ? 0U : 1U;
  return never;
}

/// All rows in the block's order, without a copy of their times.
Entries whole_entries(const TableRows& rows, std::span<const Instant> times) {
  Entries entries;
  entries.whole = true;
  entries.begins = rows.block.begins;
  entries.rows_owned.resize(rows.block.rows());
  std::iota(entries.rows_owned.begin(), entries.rows_owned.end(), 0U);
  entries.rows = entries.rows_owned;
  entries.times = times;
  return entries;
}

}  // namespace

Entries entries_of(const TableRows& rows, const Selection& selection, std::span<const Instant> as_ofs) {
  const bool in_order = rows.spec->kind == model::TableKind::events ||
                        (rows.spec->kind == model::TableKind::intervals && selection.mode == model::RowsMode::started);
  if (rows.visibility.plain && in_order) return plain_entries(rows);
  const Edges edges = shifted(as_ofs, selection.offset);
  const bool intervals = rows.spec->kind == model::TableKind::intervals,
             states = rows.spec->kind == model::TableKind::states;
  const bool in_block_order = !intervals || selection.mode != model::RowsMode::ended;
  const bool as_visible = rows.spec->kind == model::TableKind::events && !selection.offset;
  // Rows that become known after the last as-of are few, and copying all others costs more than taking them along.
  constexpr std::size_t kTakenAlong = 8;  // one in so many
  const auto never = as_visible ? never_count(rows.visibility.from, rows.visibility.until) : 0;
  if (as_visible && never * kTakenAlong <= rows.block.rows()) {
    Entries entries = whole_entries(rows, times_of(rows, selection.mode));
    entries.from = rows.visibility.from;
    entries.until = rows.visibility.until;
    return entries;
  }
  Ranges ranges = states      ? state_ranges(rows, edges, as_ofs)
                  : intervals ? interval_ranges(rows, selection.mode, edges, as_ofs)
                              : event_ranges(rows, selection, edges);
  if (in_block_order && never_count(ranges.from, ranges.until) == 0) {
    Entries entries = whole_entries(rows, times_of(rows, selection.mode));
    entries.from_owned = std::move(ranges.from);
    entries.until_owned = std::move(ranges.until);
    entries.from = entries.from_owned;
    entries.until = entries.until_owned;
    return entries;
  }
  const auto times = times_of(rows, selection.mode);
  Entries entries;
  auto& kept = entries.rows_owned;
  entries.begins.push_back(0);
  kept.reserve(rows.block.rows());
  for (std::size_t a = 0; a < rows.account_count(); ++a) {
    const auto first = kept.size();
    for (auto i = rows.block.begins[a]; i < rows.block.begins[a + 1]; ++i) {
      const auto row = static_cast<std::size_t>(i);
      if (ranges.from[row] < ranges.until[row]) kept.push_back(static_cast<std::uint32_t>(row));
    }
    if (!in_block_order) sort_by_time(rows, times, std::span{kept}.subspan(first));
    entries.begins.push_back(static_cast<std::int64_t>(kept.size()));
  }
  entries.times_owned.reserve(kept.size());
  entries.from_owned.reserve(kept.size());
  entries.until_owned.reserve(kept.size());
  for (const std::uint32_t row : kept) {
    entries.times_owned.push_back(times[row]);
    entries.from_owned.push_back(ranges.from[row]);
    entries.until_owned.push_back(ranges.until[row]);
  }
  entries.show_owned();
  return entries;
}

Entries filter(const Entries& entries, std::span<const std::uint8_t> passes) {
  Entries out;
  out.plain = entries.plain;
  out.begins.push_back(0);
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    for (auto i = entries.begins[a]; i < entries.begins[a + 1]; ++i) {
      const auto e = static_cast<std::size_t>(i);
      if (passes[entries.rows[e]] == 0) continue;
      out.rows_owned.push_back(entries.rows[e]);
      out.times_owned.push_back(entries.times[e]);
      if (entries.plain) continue;
      out.from_owned.push_back(entries.from[e]);
      out.until_owned.push_back(entries.until[e]);
    }
    out.begins.push_back(std::ssize(out.rows_owned));
  }
  out.show_owned();
  return out;
}

std::vector<Entries> split(const Entries& entries, std::span<const std::int32_t> part_of, std::size_t parts) {
  std::vector<Entries> out(parts);
  std::vector<std::size_t> counts(parts, 0);
  for (const std::uint32_t row : entries.rows) {
    if (part_of[row] >= 0) ++counts[static_cast<std::size_t>(part_of[row])];
  }
  for (std::size_t p = 0; p < parts; ++p) {
    out[p].plain = entries.plain;
    out[p].begins.reserve(entries.begins.size());
    out[p].begins.push_back(0);
    out[p].rows_owned.reserve(counts[p]);
    out[p].times_owned.reserve(counts[p]);
  }
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    for (std::size_t e = entries.begin(a); e < entries.begin(a) + entries.size(a); ++e) {
      const std::int32_t part = part_of[entries.rows[e]];
      if (part < 0) continue;
      Entries& to = out[static_cast<std::size_t>(part)];
      to.rows_owned.push_back(entries.rows[e]);
      to.times_owned.push_back(entries.times[e]);
      if (entries.plain) continue;
      to.from_owned.push_back(entries.from[e]);
      to.until_owned.push_back(entries.until[e]);
    }
    for (Entries& to : out) to.begins.push_back(std::ssize(to.rows_owned));
  }
  for (Entries& to : out) to.show_owned();
  return out;
}

std::vector<std::int32_t> windowed_until(const Entries& entries, const Selection& selection, const Length& window,
                                         std::span<const Instant> as_ofs) {
  Indices until = count_edges_in_order(shifted(as_ofs, selection.offset, window), entries.times, entries.begins);
  for (std::size_t i = 0; i < until.size(); ++i) {
    until[i] = std::max(entries.from[i], std::min(entries.until[i], until[i]));
  }
  return until;
}

AccountEntries account_entries(const Entries& entries, std::span<const std::int32_t> until,
                               std::size_t account) noexcept {
  const std::size_t begin = entries.begin(account), count = entries.size(account);
  AccountEntries own{entries.rows.subspan(begin, count), entries.times.subspan(begin, count)};
  own.from = entries.from.subspan(begin, count);
  own.until = until.subspan(begin, count);
  return own;
}

AccountEntries account_entries(const Entries& entries, const Runs& runs, std::size_t account) noexcept {
  const std::size_t begin = entries.begin(account), count = entries.size(account), as_ofs = runs.as_ofs;
  AccountEntries own{entries.rows.subspan(begin, count), entries.times.subspan(begin, count), true};
  own.first = std::span{runs.first}.subspan(account * as_ofs, as_ofs);
  own.last = std::span{runs.last}.subspan(account * as_ofs, as_ofs);
  return own;
}

}  // namespace customerhealth::metrics
