#include <gtest/gtest.h>

#include <limits>

#include "arrow/arrays.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;
constexpr std::int64_t kMost = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();

std::int64_t first_unfit(const ColumnChunk& chunk, std::int64_t begin = 0) {
  std::vector<Instant> out(static_cast<std::size_t>(chunk.rows() - begin));
  return chunk.instants(begin, out);
}

TEST(Timestamps, of_every_unit_become_microseconds) {
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_SECOND), {-1, kNull, 2}))),
            (Ints{-1'000'000, kNull, 2'000'000}));
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {-1, kNull, 2}))), (Ints{-1'000, kNull, 2'000}));
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MICRO), {-1, kNull, 2}))), (Ints{-1, kNull, 2}));
  EXPECT_EQ(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MICRO), {1})).kind(), SourceKind::instant);
}

TEST(Timestamps, of_nanoseconds_are_floored_on_both_sides_of_1970) {
  EXPECT_EQ(micros(chunk_of(
                ints(timestamp(NANOARROW_TIME_UNIT_NANO), {0, 999, 1000, -1, -999, -1000, -1001, kMost, kLeast}))),
            (Ints{0, 0, 1, -1, -1, -1, -2, kMost, kLeast / 1000 - 1}));
}

TEST(Timestamps, with_a_zone_are_utc_already) {
  const ColumnChunk chunk = chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_SECOND, "Asia/Tokyo"), {3600}));
  EXPECT_EQ(micros(chunk), (Ints{3'600'000'000}));
}

TEST(Timestamps, of_infinity_and_later_than_any_instant_are_the_last_one) {
  for (const auto unit :
       {NANOARROW_TIME_UNIT_SECOND, NANOARROW_TIME_UNIT_MILLI, NANOARROW_TIME_UNIT_MICRO, NANOARROW_TIME_UNIT_NANO}) {
    EXPECT_EQ(micros(chunk_of(ints(timestamp(unit), {0, kMost}))), (Ints{0, kMost}));
  }
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_NANO), {-kMost}))), (Ints{-kMost}));
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {kMost / 1000 + 1}))), (Ints{kMost}));
  EXPECT_EQ(micros(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {kMost / 1000}))), (Ints{kMost / 1000 * 1000}));
  EXPECT_EQ(micros(chunk_of(ints(NANOARROW_TYPE_DATE32, {INT32_MAX}))), (Ints{kMost}));
}

TEST(Timestamps, that_are_too_early_name_the_first_row) {
  const ColumnChunk chunk = chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_SECOND), {0, -kMost, 1, kLeast, 2}));
  EXPECT_EQ(first_unfit(chunk), 1);
  EXPECT_EQ(first_unfit(chunk, 2), 3);
  EXPECT_EQ(first_unfit(chunk, 4), -1);
  EXPECT_EQ(first_unfit(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {kLeast / 1000 - 1}))), 0);
  EXPECT_EQ(first_unfit(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {kLeast / 1000}))), -1);
  EXPECT_EQ(first_unfit(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MICRO), {kMost, kLeast + 1, kLeast}))), 2);
}

TEST(Timestamps, that_are_null_may_hold_anything) {
  TestColumn column = ints(timestamp(NANOARROW_TIME_UNIT_SECOND), {1, kNull, 2});
  buffer<std::int64_t>(column.array.get(), 1)[1] = kMost;
  EXPECT_EQ(micros(chunk_of(std::move(column))), (Ints{1'000'000, kNull, 2'000'000}));
}

TEST(Timestamps, of_microseconds_without_nulls_are_lent) {
  const ColumnChunk chunk = chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MICRO, "UTC"), {5, 6}));
  ASSERT_NE(chunk.plain_int64(), nullptr);
  EXPECT_EQ(chunk.plain_int64()[1], 6);
  EXPECT_EQ(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MILLI), {5, 6})).plain_int64(), nullptr);
}

TEST(Dates, are_midnight_utc) {
  EXPECT_EQ(micros(chunk_of(ints(NANOARROW_TYPE_DATE32, {-1, kNull, 1}))),
            (Ints{-86'400'000'000, kNull, 86'400'000'000}));
  const SetType date64 = [](ArrowSchema* schema) { ok(ArrowSchemaSetType(schema, NANOARROW_TYPE_DATE64)); };
  EXPECT_EQ(micros(chunk_of(ints(date64, {-86'400'000, kNull, 86'400'000}))),
            (Ints{-86'400'000'000, kNull, 86'400'000'000}));
}

TEST(Dates, and_timestamps_are_read_from_any_row) {
  Ints values;
  for (std::int64_t i = 0; i < 150; ++i) values.push_back(i % 7 == 3 ? std::optional<std::int64_t>{} : i - 50);
  const auto expect_read = [&](const ColumnChunk& chunk, std::int64_t unit) {
    for (const std::int64_t begin : {0, 1, 63, 64, 65, 149}) {
      std::vector<Instant> out(static_cast<std::size_t>(150 - begin));
      ASSERT_EQ(chunk.instants(begin, out), -1);
      for (std::size_t i = 0; i < out.size(); ++i) {
        const auto& expected = values[static_cast<std::size_t>(begin) + i];
        ASSERT_EQ(out[i], expected ? Instant{Micros{*expected * unit}} : kMissingInstant) << begin << " + " << i;
      }
    }
  };
  expect_read(chunk_of(ints(NANOARROW_TYPE_DATE32, values)), 86'400'000'000);
  expect_read(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_SECOND), values)), 1'000'000);
  expect_read(chunk_of(ints(timestamp(NANOARROW_TIME_UNIT_MICRO), values)), 1);
}

TEST(Dates, that_are_too_early_name_the_first_row) {
  EXPECT_EQ(first_unfit(chunk_of(ints(NANOARROW_TYPE_DATE32, {106'751'991, -106'751'991}))), -1);
  EXPECT_EQ(first_unfit(chunk_of(ints(NANOARROW_TYPE_DATE32, {0, -106'751'992}))), 1);
}

TEST(Dates, in_a_dictionary_are_looked_up) {
  const ColumnChunk chunk =
      chunk_of(dictionary(NANOARROW_TYPE_UINT8, {1, 0, kNull, 2}, ints(NANOARROW_TYPE_DATE32, {0, 1, kNull})));
  EXPECT_EQ(micros(chunk), (Ints{86'400'000'000, 0, kNull, kNull}));
}

TEST(Dates, in_a_dictionary_that_do_not_fit_name_the_row_that_uses_them) {
  const TestColumn none;
  const auto build_with = [](Ints indices) {
    return chunk_of(dictionary(NANOARROW_TYPE_INT8, indices, ints(NANOARROW_TYPE_DATE32, {0, -INT32_MAX, kNull})));
  };
  EXPECT_EQ(first_unfit(build_with({0, kNull, 2, 1})), 3);
  EXPECT_EQ(first_unfit(build_with({0, kNull, 2, 0})), -1);
}

}  // namespace
}  // namespace customerhealth::arrow
