#include <gtest/gtest.h>

#include "customerhealth/metrics/table_rows.hpp"
#include "metrics/blocks_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

TEST(SeenOf, is_true_where_a_row_is_visible_and_first_times_are_those_of_rows_that_started) {
  std::mt19937_64 random{71};
  const std::vector<Instant> as_ofs = chance::as_ofs();
  for (const chance::Shape& shape : chance::shapes()) {
    const model::TableSpec spec = chance::spec_of(shape);
    for (int round = 0; round < 30; ++round) {
      const ledger::TableBlock block = chance::block(random);
      const chance::Rules rules{spec, block};
      const TableRows rows = table_rows(spec, block, as_ofs, false);
      const auto seen = seen_of(rows, as_ofs);
      const auto first = first_times_of(rows, block.instants(chance::kTime), as_ofs);
      for (std::size_t cell = 0; cell < seen.size(); ++cell) {
        Instant earliest = kMissingInstant;
        bool any = false;
        for (std::size_t row = 0; row < block.rows(); ++row) {
          if (rules.account(row) != cell / as_ofs.size() || !rules.visible(row, as_ofs[cell % as_ofs.size()])) continue;
          any = true;
          if (!rules.is_inverted(row) && (is_missing(earliest) || rules.time(row) < earliest))
            earliest = rules.time(row);
        }
        EXPECT_EQ(seen[cell] != 0, any);
        EXPECT_EQ(first[cell], earliest);
      }
    }
  }
}

TEST(TableRows, show_an_end_only_once_it_has_come_where_the_table_says_so) {
  std::mt19937_64 random{72};
  const std::vector<Instant> as_ofs = chance::as_ofs();
  model::TableSpec spec = chance::spec_of({model::TableKind::intervals, true, true, false});
  spec.end_known_at_end = true;
  for (int round = 0; round < 60; ++round) {
    const ledger::TableBlock block = chance::block(random);
    const chance::Rules rules{spec, block};
    const TableRows rows = table_rows(spec, block, as_ofs, true);
    ASSERT_EQ(rows.block.rows(), 2 * block.rows());
    const auto shown = rows.block.instants(chance::kEnd);
    for (std::size_t row = 0; row < block.rows(); ++row) {
      for (std::size_t k = 0; k < as_ofs.size(); ++k) {
        std::vector<Instant> ends;
        for (const std::size_t half : {2 * row, 2 * row + 1}) {
          const auto at = static_cast<std::int32_t>(k);
          if (rows.visibility.from[half] <= at && at < rows.visibility.until[half]) ends.push_back(shown[half]);
        }
        if (!rules.visible(row, as_ofs[k])) {
          EXPECT_TRUE(ends.empty());
        } else {
          const bool is_hidden = is_missing(rules.end(row)) || as_ofs[k] <= rules.end(row);
          EXPECT_EQ(ends, std::vector{is_hidden ? kMissingInstant : rules.end(row)});
        }
      }
    }
  }
}

TEST(TableRows, stand_once_where_nothing_reads_ends) {
  std::mt19937_64 random{73};
  model::TableSpec spec = chance::spec_of({model::TableKind::intervals, false, false, false});
  spec.end_known_at_end = true;
  const ledger::TableBlock block = chance::block(random);
  const TableRows rows = table_rows(spec, block, chance::as_ofs(), false);
  EXPECT_EQ(rows.block.rows(), block.rows());
  EXPECT_EQ(rows.ends.size(), block.rows());
}

}  // namespace
}  // namespace customerhealth::metrics
