#include <gtest/gtest.h>

#include <algorithm>

#include "customerhealth/common/errors.hpp"
#include "ledger/tables.hpp"
#include "sources.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

/// Everything a source gives, read in blocks of a length that pays no heed to chunks.
template <class T>
std::vector<T> read_all(const Partition::Source<T>& source, std::size_t rows, std::size_t block) {
  std::vector<T> out;
  std::vector<T> scratch(block);
  for (std::size_t begin = 0; begin < rows; begin += block) {
    const auto piece = std::span{scratch}.first(std::min(block, rows - begin));
    const T* values = source(static_cast<std::int64_t>(begin), piece);
    out.insert(out.end(), values, values + piece.size());
  }
  return out;
}

arrow::ArrowTable in_batches(TestColumn (*make)(const Ints&), const Ints& values,
                             const std::vector<std::size_t>& sizes) {
  std::vector<TestColumn> batches;
  std::size_t at = 0;
  for (const std::size_t size : sizes) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(at);
    batches.push_back(arrays::batch_of(make(Ints(begin, begin + static_cast<std::ptrdiff_t>(size)))));
    at += size;
  }
  return arrays::read(std::move(batches));
}

const Ints kValues = {5, std::nullopt, -3, 0, 1, 1, std::nullopt, 9, 2, 4};

TEST(Sources, read_integers_and_their_presence_across_chunks) {
  const arrow::ArrowTable table = in_batches(&integers, kValues, {3, 1, 6});
  for (const std::size_t block : {1, 2, 4, 10}) {
    const auto values = read_all(integer_source(table.chunks(0)), kValues.size(), block);
    const auto valid = read_all(validity_source(table.chunks(0)), kValues.size(), block);
    for (std::size_t i = 0; i < kValues.size(); ++i) {
      EXPECT_EQ(valid[i] != 0, kValues[i].has_value());
      EXPECT_EQ(kValues[i] ? values[i] : 0, kValues[i].value_or(0));
    }
  }
}

TEST(Sources, read_long_blocks_of_narrow_integers) {
  Ints values(10'000);
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i % 5 != 0) values[i] = static_cast<std::int64_t>(i);
  }
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(arrays::ints(NANOARROW_TYPE_INT16, values)));
  const auto read = read_all(integer_source(table.chunks(0)), values.size(), values.size());
  const auto valid = read_all(validity_source(table.chunks(0)), values.size(), values.size());
  for (std::size_t i = 0; i < values.size(); ++i) {
    ASSERT_EQ(valid[i] != 0, values[i].has_value());
    ASSERT_EQ(values[i] ? read[i] : 0, values[i].value_or(0));
  }
}

TEST(Sources, read_plain_integers_where_they_lie) {
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(integers({4, 5, 6})));
  std::vector<std::int64_t> scratch(2);
  EXPECT_EQ(integer_source(table.chunks(0))(1, scratch), table.chunks(0)[0].plain_int64() + 1);
}

TEST(Sources, read_truths_and_instants_with_what_is_missing) {
  const arrow::ArrowTable flags = in_batches(&truths, {1, std::nullopt, 0, 1}, {2, 2});
  EXPECT_EQ(read_all(truth_source(flags.chunks(0)), 4, 3),
            (std::vector{Truth::yes, Truth::missing, Truth::no, Truth::yes}));
  const arrow::ArrowTable times = in_batches(&micros, {7, std::nullopt, -2}, {1, 2});
  EXPECT_EQ(read_all(instant_source(times.chunks(0), "usage", "v", 0), 3, 2),
            (std::vector{Instant{Micros{7}}, kMissingInstant, Instant{Micros{-2}}}));
}

/// The ends of a table whose columns are an account, a start and an end.
std::vector<Instant> ends(const arrays::SetType& type, const Ints& values, model::EndIs end_is) {
  model::TableSpec spec;
  spec.name = "contracts";
  spec.columns = {"account", "start", "end"};
  spec.time = 1;
  spec.end = 2;
  spec.end_is = end_is;
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(arrays::ints(type, values)));
  return read_all(instant_source(table.chunks(0), spec, 2, 0, spec.end_is), values.size(), 2);
}

TEST(Sources, tell_when_an_interval_ceases_to_hold) {
  using model::EndIs;
  const Instant day{std::chrono::days{10}};
  const auto seconds = arrays::timestamp(NANOARROW_TIME_UNIT_SECOND);
  const auto milli = arrays::timestamp(NANOARROW_TIME_UNIT_MILLI);
  const auto micro = arrays::timestamp(NANOARROW_TIME_UNIT_MICRO);
  const auto nano = arrays::timestamp(NANOARROW_TIME_UNIT_NANO);
  const std::int64_t second = 10 * 86'400;
  EXPECT_EQ(ends(seconds, {second - 1, second, {}}, EndIs::exclusive),
            (std::vector{day - Micros{1'000'000}, day, kMissingInstant}));
  EXPECT_EQ(ends(seconds, {second - 1, second - 86'400, {}}, EndIs::last_day),
            (std::vector{day, day, kMissingInstant}));
  EXPECT_EQ(ends(seconds, {second - 1, -1, {}}, EndIs::inclusive), (std::vector{day, Instant{}, kMissingInstant}));
  EXPECT_EQ(ends(milli, {second * 1'000 - 1}, EndIs::inclusive), std::vector{day});
  EXPECT_EQ(ends(micro, {second * 1'000'000 - 1}, EndIs::inclusive), std::vector{day});
  EXPECT_EQ(ends(nano, {second * 1'000'000'000 - 1, second * 1'000'000'000 - 1'000}, EndIs::inclusive),
            (std::vector{day, day}));
  EXPECT_EQ(ends(arrays::plain(NANOARROW_TYPE_DATE32), {9, 8}, EndIs::inclusive),
            (std::vector{day, day - std::chrono::days{1}}));
}

TEST(Sources, take_an_end_in_the_year_9999_or_later_as_open) {
  const auto seconds = arrays::timestamp(NANOARROW_TIME_UNIT_SECOND);
  const std::int64_t year_9999 = 253'370'764'800;
  for (const auto end_is : {model::EndIs::exclusive, model::EndIs::last_day, model::EndIs::inclusive})
    EXPECT_EQ(ends(seconds, {year_9999, year_9999 + 86'400 * 364}, end_is),
              (std::vector{kMissingInstant, kMissingInstant}));
  EXPECT_EQ(ends(seconds, {year_9999 - 1}, model::EndIs::exclusive),
            (std::vector{Instant{std::chrono::seconds{year_9999 - 1}}}));
}

TEST(Sources, name_the_row_of_an_instant_that_does_not_fit_counting_rows_given_before) {
  std::vector<TestColumn> batches;
  const auto seconds = arrays::timestamp(NANOARROW_TIME_UNIT_SECOND);
  batches.push_back(arrays::batch_of(arrays::ints(seconds, {1, 2})));
  batches.push_back(arrays::batch_of(arrays::ints(seconds, {3, std::int64_t{1} << 62, 5})));
  const arrow::ArrowTable table = arrays::read(std::move(batches));
  for (const std::size_t block : {1, 2, 5}) {
    try {
      (void)read_all(instant_source(table.chunks(0), "usage", "v", 100), 5, block);
      ADD_FAILURE() << "nothing thrown";
    } catch (const DataError& error) {
      EXPECT_STREQ(error.what(),
                   "usage.v[103]: the time is out of range; microseconds since 1970 must fit 64 bits, and only an "
                   "end may be infinite");
      EXPECT_EQ(error.row(), 103);
      EXPECT_EQ(error.column(), "v");
    }
  }
}

}  // namespace
}  // namespace customerhealth::ledger
