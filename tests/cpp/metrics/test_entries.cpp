#include <gtest/gtest.h>

#include "entries.hpp"
#include "metrics/blocks_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

using chance::at;

std::vector<Selection> selections_of(model::TableKind kind) {
  const Length hours{1, Length::Unit::hours};
  if (kind != model::TableKind::intervals) return {{}, {model::RowsMode::alive, hours}};
  std::vector<Selection> all;
  for (const model::RowsMode mode : {model::RowsMode::alive, model::RowsMode::started, model::RowsMode::ended}) {
    all.push_back({mode, std::nullopt});
    all.push_back({mode, hours});
  }
  all.push_back({model::RowsMode::upcoming, std::nullopt});
  all.push_back({model::RowsMode::any, std::nullopt});
  return all;
}

/// As-ofs so far apart in hours that an offset of one lands between them.
ledger::TableBlock in_hours(ledger::TableBlock block) {
  for (const int column : {chance::kTime, chance::kEnd, chance::kKnown}) {
    std::vector<Instant> scaled;
    for (const Instant t : block.instants(column)) {
      scaled.push_back(is_missing(t) ? t : at(t.time_since_epoch().count() * 1'800'000'000));
    }
    block.columns[static_cast<std::size_t>(column)] = Column{std::move(scaled)};
  }
  return block;
}

std::vector<Instant> hourly() {
  std::vector<Instant> all;
  for (int i = -2; i < 16; i += 3) all.push_back(at(i * std::int64_t{1'800'000'000}));
  return all;
}

/// The rows of the account that count, in the order of their time.
std::vector<std::uint32_t> expected_rows(const chance::Rules& rules, const ledger::TableBlock& block,
                                         std::size_t account, const Selection& selection, Instant as_of, bool by_end) {
  const Instant edge = selection.offset ? minus(as_of, *selection.offset) : as_of;
  std::vector<std::uint32_t> rows;
  for (auto row = static_cast<std::size_t>(block.begins[account]);
       row < static_cast<std::size_t>(block.begins[account + 1]); ++row) {
    if (rules.counts(row, selection.mode, as_of, edge)) rows.push_back(static_cast<std::uint32_t>(row));
  }
  std::ranges::sort(rows, {}, [&](std::uint32_t row) {
    return std::pair{by_end ? rules.end(row) : rules.time(row), rules.arrival(row)};
  });
  return rows;
}

void expect_rules(const chance::Shape& shape, const Selection& selection, std::mt19937_64& random) {
  const model::TableSpec spec = chance::spec_of(shape);
  const std::vector<Instant> as_ofs = hourly();
  const ledger::TableBlock block = in_hours(chance::block(random));
  const chance::Rules rules{spec, block};
  const bool by_end = shape.kind == model::TableKind::intervals && selection.mode == model::RowsMode::ended;
  const TableRows table = table_rows(spec, block, as_ofs, false);  // which the entries point into
  const Entries entries = entries_of(table, selection, as_ofs);
  ASSERT_EQ(entries.account_count(), 3U);
  const std::vector<Reach> reach{{selection.offset, std::nullopt}};
  const Timeline timeline{reach, as_ofs};
  for (std::size_t a = 0; a < 3; ++a) {
    const auto begin = entries.begin(a), count = entries.size(a);
    std::vector<std::int32_t> before(timeline.edges().size());
    count_before(entries.times.subspan(begin, count), timeline.edges(), before);
    for (std::size_t k = 0; k < as_ofs.size(); ++k) {
      const auto now = static_cast<std::int32_t>(k);
      std::vector<std::uint32_t> rows;
      for (std::size_t i = 0; i < count; ++i) {
        const bool is_there =
            entries.plain ? static_cast<std::int32_t>(i) < before[static_cast<std::size_t>(timeline.window(0).end[k])]
                          : entries.from[begin + i] <= now && now < entries.until[begin + i];
        if (is_there) rows.push_back(entries.rows[begin + i]);
      }
      EXPECT_EQ(rows, expected_rows(rules, block, a, selection, as_ofs[k], by_end));
    }
  }
}

TEST(Entries, count_where_the_rules_say) {
  std::mt19937_64 random{61};
  for (const chance::Shape& shape : chance::shapes()) {
    for (const Selection& selection : selections_of(shape.kind)) {
      SCOPED_TRACE("kind " + std::to_string(static_cast<int>(shape.kind)) + " mode " +
                   std::to_string(static_cast<int>(selection.mode)));
      for (int round = 0; round < 30; ++round) expect_rules(shape, selection, random);
    }
  }
}

TEST(Entries, are_cut_at_the_windows_begin) {
  std::mt19937_64 random{62};
  const model::TableSpec spec = chance::spec_of({.known = true});
  const std::vector<Instant> as_ofs = hourly();
  const Length window{2, Length::Unit::hours};
  const Selection late{model::RowsMode::alive, Length{1, Length::Unit::hours}};
  for (int round = 0; round < 50; ++round) {
    const TableRows table = table_rows(spec, in_hours(chance::block(random)), as_ofs, false);
    const Entries entries = entries_of(table, late, as_ofs);
    const auto until = windowed_until(entries, late, window, as_ofs);
    for (std::size_t i = 0; i < until.size(); ++i) {
      EXPECT_GE(until[i], entries.from[i]);
      for (std::size_t k = static_cast<std::size_t>(entries.from[i]); k < as_ofs.size(); ++k) {
        const bool counts = static_cast<std::int32_t>(k) < entries.until[i] &&
                            minus(minus(as_ofs[k], *late.offset), window) <= entries.times[i];
        EXPECT_EQ(static_cast<std::int32_t>(k) < until[i], counts);
      }
    }
  }
}

TEST(Filter, keeps_the_entries_of_rows_that_pass) {
  Entries entries;
  entries.begins = {0, 2, 3};
  entries.rows_owned = {4, 0, 2};
  entries.times_owned = {at(1), at(2), at(3)};
  entries.from_owned = {0, 1, 2};
  entries.until_owned = {3, 3, 3};
  entries.show_owned();
  const Entries kept = filter(entries, std::vector<std::uint8_t>{1, 0, 1, 1, 0});
  EXPECT_EQ(kept.begins, (std::vector<std::int64_t>{0, 1, 2}));
  EXPECT_EQ(std::vector(kept.rows.begin(), kept.rows.end()), (std::vector<std::uint32_t>{0, 2}));
  EXPECT_EQ(std::vector(kept.from.begin(), kept.from.end()), (std::vector{1, 2}));
  EXPECT_EQ(std::vector(kept.times.begin(), kept.times.end()), (std::vector{at(2), at(3)}));
  EXPECT_FALSE(kept.whole);
}

}  // namespace
}  // namespace customerhealth::metrics
