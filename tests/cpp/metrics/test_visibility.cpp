#include <gtest/gtest.h>

#include "customerhealth/metrics/visibility.hpp"
#include "metrics/blocks_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

TEST(Visibility, is_what_the_rules_say_of_each_row_and_as_of) {
  std::mt19937_64 random{51};
  const std::vector<Instant> as_ofs = chance::as_ofs();
  for (const chance::Shape& shape : chance::shapes()) {
    const model::TableSpec spec = chance::spec_of(shape);
    for (int round = 0; round < 60; ++round) {
      const ledger::TableBlock block = chance::block(random);
      const chance::Rules rules{spec, block};
      const Visibility visibility = visibility_of(spec, block, as_ofs);
      ASSERT_EQ(visibility.from.size(), block.rows());
      for (std::size_t row = 0; row < block.rows(); ++row) {
        bool ever = false;
        for (std::size_t k = 0; k < as_ofs.size(); ++k) {
          const auto at = static_cast<std::int32_t>(k);
          const bool expected = rules.visible(row, as_ofs[k]);
          EXPECT_EQ(visibility.from[row] <= at && at < visibility.until[row], expected);
          ever |= expected;
        }
        EXPECT_EQ(visibility.ever(row), ever);
        EXPECT_TRUE(!visibility.plain || visibility.until[row] == std::ssize(as_ofs));
      }
    }
  }
}

TEST(Visibility, takes_columns_of_nothing_but_nulls) {
  std::mt19937_64 random{52};
  const model::TableSpec spec = chance::spec_of({model::TableKind::events, true, true, true});
  ledger::TableBlock block = chance::block(random);
  for (const int column : {chance::kKnown, chance::kKey, chance::kDeleted}) {
    block.columns[static_cast<std::size_t>(column)] = Column{MissingView{block.rows()}};
  }
  const Visibility visibility = visibility_of(spec, block, chance::as_ofs());
  const Visibility plain = visibility_of(chance::spec_of({}), block, chance::as_ofs());
  EXPECT_EQ(visibility.from, plain.from);
  EXPECT_EQ(visibility.until, plain.until);
}

TEST(KnownOf, is_the_time_where_nothing_else_is_said) {
  std::mt19937_64 random{53};
  const ledger::TableBlock block = chance::block(random);
  const chance::Shape shapes[] = {{}, {.known = true}};
  for (const chance::Shape& shape : shapes) {
    const model::TableSpec spec = chance::spec_of(shape);
    const auto known = known_of(spec, block);
    for (std::size_t row = 0; row < block.rows(); ++row) EXPECT_EQ(known[row], chance::Rules(spec, block).known(row));
  }
}

TEST(AnyMissing, sees_missing_values_of_every_type) {
  EXPECT_FALSE(any_missing(Column{std::vector{1.0}}.view()));
  EXPECT_TRUE(any_missing(Column{std::vector{Truth::no, Truth::missing}}.view()));
  EXPECT_TRUE(any_missing(Column{std::vector{kMissingInstant}}.view()));
  EXPECT_TRUE(any_missing(MissingView{1}));
  EXPECT_FALSE(any_missing(MissingView{0}));
  const std::vector<std::int64_t> integers = {1, 2};
  const std::vector<std::uint8_t> valid = {1, 0};
  EXPECT_TRUE(any_missing(IntegerView{integers, valid, false}));
  EXPECT_EQ(presence_of(IntegerView{integers, valid, false}), valid);
}

}  // namespace
}  // namespace customerhealth::metrics
