#include <gtest/gtest.h>

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "arrow/arrays.hpp"
#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/arrow/made_chunks.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;

template <class T>
Buffer<T> buffer(const std::vector<T>& values) {
  Buffer<T> out(values.size());
  std::ranges::copy(values, out.data());
  return out;
}

TEST(MadeChunks, hold_what_they_were_made_of) {
  EXPECT_EQ(integers(integer_chunk(buffer<std::int64_t>({7, 8, 9}), std::vector<std::uint8_t>{1, 0, 1})),
            (Ints{7, kNull, 9}));
  EXPECT_EQ(integers(integer_chunk(buffer<std::int64_t>({7}), {})), (Ints{7}));
  const ColumnChunk numbers = number_chunk(buffer<double>({1.5, std::numeric_limits<double>::quiet_NaN()}));
  std::vector<double> read(2);
  numbers.numbers(0, read);
  EXPECT_EQ(read[0], 1.5);
  EXPECT_TRUE(read[1] != read[1]);
  std::vector<Truth> truths(3);
  truth_chunk(std::vector{Truth::yes, Truth::missing, Truth::no}).truths(0, truths);
  EXPECT_EQ(truths, (std::vector{Truth::yes, Truth::missing, Truth::no}));
  const ColumnChunk instants =
      instant_chunk(buffer<Instant>({Instant{Micros{5}}, kMissingInstant}), std::chrono::seconds{1});
  EXPECT_EQ(micros(instants), (Ints{5, kNull}));
  EXPECT_EQ(instants.instant_step(), Micros{std::chrono::seconds{1}});
  EXPECT_TRUE(is_all_null({null_chunk(3)}));
  EXPECT_EQ(null_chunk(3).rows(), 3);
}

TEST(MadeChunks, keep_the_owner_of_their_texts_alive) {
  auto bytes = std::make_shared<const std::string>("one two");
  const std::weak_ptr<const std::string> watched = bytes;
  {
    const std::string_view view = *bytes;
    const ColumnChunk chunk =
        text_chunk(buffer<std::int32_t>({1, -1, 0, 1}), {view.substr(0, 3), view.substr(4)}, std::move(bytes));
    bytes = nullptr;
    EXPECT_EQ(texts(chunk), (Texts{"two", kNull, "one", "two"}));
    EXPECT_EQ(texts(chunk.slice(1, 2)), (Texts{kNull, "one"}));
    EXPECT_FALSE(watched.expired());
  }
  EXPECT_TRUE(watched.expired());
}

TEST(MadeChunks, are_taken_row_by_row_in_any_order) {
  const std::vector<std::int64_t> rows{2, 0, 2, 1};
  EXPECT_EQ(integers(integer_chunk(buffer<std::int64_t>({7, 8, 9}), std::vector<std::uint8_t>{1, 0, 1}).take(rows)),
            (Ints{9, 7, 9, kNull}));
  EXPECT_EQ(texts(chunk_of(arrays::texts(NANOARROW_TYPE_STRING, {"a", kNull, "ccc"})).take(rows)),
            (Texts{"ccc", "a", "ccc", kNull}));
  const ColumnChunk words = text_chunk(buffer<std::int32_t>({0, -1, 1}), {"x", "y"}, nullptr);
  EXPECT_EQ(texts(words.take(rows)), (Texts{"y", "x", "y", kNull}));
  EXPECT_EQ(texts(words.slice(1, 2).take(std::vector<std::int64_t>{1, 1, 0})), (Texts{"y", "y", kNull}));
  std::vector<Truth> truths(4);
  truth_chunk(std::vector{Truth::yes, Truth::missing, Truth::no}).take(rows).truths(0, truths);
  EXPECT_EQ(truths, (std::vector{Truth::no, Truth::yes, Truth::no, Truth::missing}));
  EXPECT_EQ(null_chunk(3).take(rows).rows(), 4);
  EXPECT_EQ(integers(integer_chunk(buffer<std::int64_t>({7}), {}).take({})), Ints{});
}

TEST(MadeTables, know_the_names_of_columns_that_are_not_wanted) {
  std::vector<MadeColumn> columns{{"a", SourceKind::null, false, "null", {null_chunk(2)}}};
  const ArrowTable table = ArrowTable::of("t", 2, std::move(columns), {"b"});
  EXPECT_EQ(table.column_names(), (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(table.find("a"), 0U);
  EXPECT_FALSE(table.find("b").has_value());
  EXPECT_EQ(table.rows(), 2);
}

}  // namespace
}  // namespace customerhealth::arrow
