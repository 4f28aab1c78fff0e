#include <gtest/gtest.h>

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <string>

#include "arrow/arrays.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::arrow {
namespace {

using namespace arrays;

constexpr auto kNull = std::nullopt;
constexpr double kInfinity = std::numeric_limits<double>::infinity();

struct Width {
  ArrowType type;
  std::int64_t least, most;
};

const std::vector<Width> kWidths{{NANOARROW_TYPE_INT8, -128, 127},
                                 {NANOARROW_TYPE_UINT8, 0, 255},
                                 {NANOARROW_TYPE_INT16, -32768, 32767},
                                 {NANOARROW_TYPE_UINT16, 0, 65535},
                                 {NANOARROW_TYPE_INT32, INT32_MIN, INT32_MAX},
                                 {NANOARROW_TYPE_UINT32, 0, UINT32_MAX},
                                 {NANOARROW_TYPE_INT64, INT64_MIN, INT64_MAX},
                                 {NANOARROW_TYPE_UINT64, 0, INT64_MAX}};

TEST(Integers, of_every_width_keep_their_value) {
  for (const Width& width : kWidths) {
    const ColumnChunk chunk = chunk_of(ints(width.type, {width.least, kNull, width.most, 7}));
    EXPECT_EQ(chunk.kind(), SourceKind::integer);
    EXPECT_TRUE(chunk.has_nulls());
    EXPECT_EQ(integers(chunk), (Ints{width.least, kNull, width.most, 7})) << ArrowTypeString(width.type);
    EXPECT_EQ(numbers(chunk)[0], static_cast<double>(width.least));
    EXPECT_EQ(numbers(chunk)[1], kNull);
    EXPECT_EQ(chunk.is_unsigned(), width.least == 0);
  }
}

TEST(Integers, above_the_signed_range_are_unsigned_in_arithmetic) {
  const ColumnChunk chunk = chunk_of(
      build(plain(NANOARROW_TYPE_UINT64), [](ArrowArray* array) { ok(ArrowArrayAppendUInt(array, UINT64_MAX)); }));
  EXPECT_TRUE(chunk.is_unsigned());
  EXPECT_EQ(integers(chunk), (Ints{-1}));  // the bits
  EXPECT_EQ(numbers(chunk)[0], 18446744073709551615.0);
}

TEST(Integers, are_read_from_any_row) {
  Ints values;
  for (std::int64_t i = 0; i < 300; ++i) values.push_back(i % 7 == 3 ? std::optional<std::int64_t>{} : i);
  const ColumnChunk chunk = chunk_of(ints(NANOARROW_TYPE_INT32, values));
  for (const std::int64_t begin : {0, 1, 63, 64, 65, 130, 299}) {
    std::vector<std::int64_t> out(static_cast<std::size_t>(300 - begin));
    std::vector<std::uint8_t> valid(out.size());
    chunk.integers(begin, out, valid);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto& expected = values[static_cast<std::size_t>(begin) + i];
      ASSERT_EQ(valid[i], expected ? 1 : 0) << begin << " + " << i;
      ASSERT_EQ(out[i], expected.value_or(0));
    }
  }
}

TEST(Integers, of_64_bits_without_nulls_are_lent) {
  const TestColumn keep = ints(NANOARROW_TYPE_INT64, {});
  TestColumn column = ints(NANOARROW_TYPE_INT64, {4, 5, 6});
  const void* data = column.array->buffers[1];
  column.array->offset = 1;
  column.array->length = 2;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(chunk.plain_int64(), static_cast<const std::int64_t*>(data) + 1);
  EXPECT_EQ(chunk.plain_float64(), nullptr);
  EXPECT_EQ(chunk_of(ints(NANOARROW_TYPE_INT64, {4, kNull})).plain_int64(), nullptr);
  EXPECT_EQ(chunk_of(ints(NANOARROW_TYPE_INT32, {4, 5})).plain_int64(), nullptr);
}

TEST(Floats, that_are_no_number_are_missing) {
  for (const ArrowType type : {NANOARROW_TYPE_DOUBLE, NANOARROW_TYPE_FLOAT, NANOARROW_TYPE_HALF_FLOAT}) {
    const ColumnChunk chunk = chunk_of(doubles(type, {1.5, NAN, kInfinity, -kInfinity, kNull, -0.25}));
    EXPECT_EQ(chunk.kind(), SourceKind::number);
    EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{1.5, kNull, kNull, kNull, kNull, -0.25}));
  }
}

TEST(Floats, of_64_bits_without_nulls_are_lent_with_their_nan) {
  const ColumnChunk chunk = chunk_of(doubles(NANOARROW_TYPE_DOUBLE, {1.5, NAN}));
  ASSERT_NE(chunk.plain_float64(), nullptr);
  EXPECT_EQ(chunk.plain_float64()[0], 1.5);
  EXPECT_FALSE(chunk.has_nulls());
}

TEST(Floats, that_lie_askew_are_read_but_not_lent) {
  TestColumn column = doubles(NANOARROW_TYPE_DOUBLE, {1, 2});
  std::vector<std::byte> askew(17);
  std::memcpy(askew.data() + 1, column.array->buffers[1], 16);
  column.array->buffers[1] = askew.data() + 1;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(chunk.plain_float64(), nullptr);
  EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{1, 2}));
}

TEST(Halves, of_every_bit_pattern_have_their_value) {
  TestColumn column = build(plain(NANOARROW_TYPE_HALF_FLOAT), [](ArrowArray* array) {
    for (int i = 0; i < 0x10000; ++i) ok(ArrowArrayAppendDouble(array, 0));
  });
  auto* bits = buffer<std::uint16_t>(column.array.get(), 1);
  for (int i = 0; i < 0x10000; ++i) bits[i] = static_cast<std::uint16_t>(i);
  const auto values = numbers(chunk_of(std::move(column)));
  for (int i = 0; i < 0x10000; ++i) {
    const int exponent = (i >> 10) & 31, fraction = i & 1023;
    const double size = exponent == 0 ? std::ldexp(fraction, -24) : std::ldexp(1024 + fraction, exponent - 25);
    const auto expected = exponent == 31 ? std::optional<double>{} : std::optional{i >> 15 != 0 ? -size : size};
    ASSERT_EQ(values[static_cast<std::size_t>(i)], expected) << i;
  }
}

TEST(Booleans, have_three_values_and_are_numbers) {
  TestColumn column = ints(NANOARROW_TYPE_BOOL, {1, 0, kNull, 1, 1, 0, 0, 1, kNull, 0, 1});
  column.array->offset = 2;
  column.array->length = 9;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(chunk.kind(), SourceKind::boolean);
  EXPECT_EQ(truths(chunk), (std::vector<int>{2, 1, 1, 0, 0, 1, 2, 0, 1}));
  EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{kNull, 1, 1, 0, 0, 1, kNull, 0, 1}));
}

TEST(Nulls, of_the_null_type_are_missing_of_every_type) {
  const ColumnChunk chunk =
      chunk_of(build(plain(NANOARROW_TYPE_NA), [](ArrowArray* array) { ok(ArrowArrayAppendNull(array, 2)); }));
  EXPECT_EQ(chunk.kind(), SourceKind::null);
  EXPECT_TRUE(chunk.has_nulls());
  EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{kNull, kNull}));
  EXPECT_EQ(integers(chunk), (Ints{kNull, kNull}));
  EXPECT_EQ(truths(chunk), (std::vector<int>{2, 2}));
  EXPECT_EQ(texts(chunk), (Texts{kNull, kNull}));
  EXPECT_EQ(micros(chunk), (Ints{kNull, kNull}));
  EXPECT_EQ(chunk.plain_int64(), nullptr);
}

TEST(Columns, read_as_what_they_are_not_say_so) {
  const ColumnChunk text = chunk_of(texts(NANOARROW_TYPE_STRING, {"a"}));
  EXPECT_THROW(numbers(text), Error);
  EXPECT_THROW(integers(text), Error);
  EXPECT_THROW(truths(text), Error);
  EXPECT_THROW(micros(text), Error);
  EXPECT_THROW(texts(chunk_of(ints(NANOARROW_TYPE_INT8, {1}))), Error);
  EXPECT_THROW(numbers(chunk_of(dictionary(NANOARROW_TYPE_INT8, {0}, texts(NANOARROW_TYPE_STRING, {"a"})))), Error);
}

// Decimals: the oracle is from_chars on the decimal text.

TestColumn decimals(ArrowType type, int scale, const std::vector<std::string>& digits) {
  const int bits = type == NANOARROW_TYPE_DECIMAL32    ? 32
                   : type == NANOARROW_TYPE_DECIMAL64  ? 64
                   : type == NANOARROW_TYPE_DECIMAL128 ? 128
                                                       : 256;
  const int precision = bits == 32 ? 9 : bits == 64 ? 18 : bits == 128 ? 38 : 76;
  return build(decimal(type, precision, scale), [&](ArrowArray* array) {
    for (const std::string& text : digits) {
      ArrowDecimal value;
      ArrowDecimalInit(&value, bits, precision, scale);
      ok(ArrowDecimalSetDigits(&value, {text.data(), static_cast<std::int64_t>(text.size())}));
      ok(ArrowArrayAppendDecimal(array, &value));
    }
  });
}

double nearest(const std::string& digits, int scale) {
  const std::string text = digits + "e" + std::to_string(-scale);
  double value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

std::string random_digits(std::mt19937& random, int most) {
  const int count = std::uniform_int_distribution{1, most}(random);
  std::string text(1, static_cast<char>('1' + random() % 9));
  while (std::ssize(text) < count) text += static_cast<char>('0' + random() % 10);
  return random() % 2 == 0 ? text : "-" + text;
}

TEST(Decimals, of_every_width_round_to_the_nearest_double) {
  std::mt19937 random{20260131};
  const std::vector<std::pair<ArrowType, int>> widths{{NANOARROW_TYPE_DECIMAL32, 9},
                                                      {NANOARROW_TYPE_DECIMAL64, 18},
                                                      {NANOARROW_TYPE_DECIMAL128, 38},
                                                      {NANOARROW_TYPE_DECIMAL256, 76}};
  for (const auto& [type, most] : widths) {
    for (const int scale : {0, 1, 2, 9, 22, 23, 30, 76, -1, -5, -22, -23}) {
      std::vector<std::string> digits{"0", "1", "-1"};
      for (int i = 0; i < 200; ++i) digits.push_back(random_digits(random, most));
      const auto values = numbers(chunk_of(decimals(type, scale, digits)));
      for (std::size_t i = 0; i < digits.size(); ++i) ASSERT_EQ(values[i], nearest(digits[i], scale)) << digits[i];
    }
  }
}

TEST(Decimals, halfway_between_two_doubles_round_to_even) {
  const std::vector<std::string> digits{"9007199254740993", "9007199254740995", "-9007199254740993"};
  EXPECT_EQ(numbers(chunk_of(decimals(NANOARROW_TYPE_DECIMAL128, 0, digits))),
            (std::vector<std::optional<double>>{9007199254740992.0, 9007199254740996.0, -9007199254740992.0}));
}

TEST(Decimals, beyond_the_doubles_are_missing_or_zero) {
  const std::vector<std::string> digits{"7", "-7"};
  EXPECT_EQ(numbers(chunk_of(decimals(NANOARROW_TYPE_DECIMAL128, -400, digits))),
            (std::vector<std::optional<double>>{kNull, kNull}));
  EXPECT_EQ(numbers(chunk_of(decimals(NANOARROW_TYPE_DECIMAL128, 400, digits))),
            (std::vector<std::optional<double>>{0.0, -0.0}));
  EXPECT_EQ(numbers(chunk_of(decimals(NANOARROW_TYPE_DECIMAL128, 400, {"0"})))[0], 0.0);
}

TEST(Decimals, that_are_the_least_of_their_width_are_negative) {
  TestColumn column = decimals(NANOARROW_TYPE_DECIMAL256, 0, {"1"});
  auto* bytes = buffer<std::uint8_t>(column.array.get(), 1);
  std::memset(bytes, 0, 32);
  bytes[31] = 0x80;
  EXPECT_EQ(numbers(chunk_of(std::move(column)))[0], -0x1p255);
}

/// As integers of their scale; none where one of them does not fit 128 bits.
std::optional<std::vector<Int128>> units(const ColumnChunk& chunk, std::int64_t begin = 0) {
  std::vector<Int128> out(static_cast<std::size_t>(chunk.rows() - begin));
  return chunk.decimals(begin, out) < 0 ? std::optional{out} : std::nullopt;
}

std::string digits_of(Int128 value) {
  const bool negative = value < 0;
  auto size = negative ? -static_cast<Uint128>(value) : static_cast<Uint128>(value);
  std::string digits;
  do {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(size % 10)));
    size /= 10;
  } while (size != 0);
  return negative ? "-" + digits : digits;
}

TEST(Decimals, of_every_width_are_integers_of_their_scale) {
  for (const ArrowType type :
       {NANOARROW_TYPE_DECIMAL32, NANOARROW_TYPE_DECIMAL64, NANOARROW_TYPE_DECIMAL128, NANOARROW_TYPE_DECIMAL256}) {
    const ColumnChunk chunk = chunk_of(decimals(type, 2, {"-1", "0", "999999999", "-999999999", "150"}));
    EXPECT_EQ(units(chunk), (std::vector<Int128>{-1, 0, 999'999'999, -999'999'999, 150})) << ArrowTypeString(type);
    EXPECT_EQ(units(chunk, 3), (std::vector<Int128>{-999'999'999, 150}));
    EXPECT_EQ(chunk.decimal_scale(), 2);
  }
  const ColumnChunk thousands = chunk_of(decimals(NANOARROW_TYPE_DECIMAL128, -3, {"5", "-2", "0"}));
  EXPECT_EQ(thousands.decimal_scale(), 0);
  EXPECT_EQ(units(thousands), (std::vector<Int128>{5000, -2000, 0}));
  EXPECT_FALSE(chunk_of(doubles(NANOARROW_TYPE_DOUBLE, {1.0})).decimal_scale());
  EXPECT_FALSE(chunk_of(ints(NANOARROW_TYPE_INT64, {1})).decimal_scale());
  EXPECT_FALSE(chunk_of(dictionary(NANOARROW_TYPE_INT8, {0}, ints(NANOARROW_TYPE_INT64, {1}))).decimal_scale());
}

TEST(Decimals, fit_128_bits_to_their_very_ends) {
  const auto fits = [](ArrowType type, const std::string& digits, int scale = 2) {
    const auto found = units(chunk_of(decimals(type, scale, {"100", digits})));
    return found ? digits_of((*found)[1]) : "no";
  };
  for (const ArrowType type : {NANOARROW_TYPE_DECIMAL128, NANOARROW_TYPE_DECIMAL256}) {
    for (const std::string digits :
         {"9223372036854775808", "-9223372036854775809", "18446744073709552116", "79228162514264337593543950336",
          "170141183460469231731687303715884105727", "-170141183460469231731687303715884105728"}) {
      EXPECT_EQ(fits(type, digits), digits);
    }
  }
  EXPECT_EQ(fits(NANOARROW_TYPE_DECIMAL256, "170141183460469231731687303715884105728"), "no");
  EXPECT_EQ(fits(NANOARROW_TYPE_DECIMAL256, "-170141183460469231731687303715884105729"), "no");
  EXPECT_EQ(fits(NANOARROW_TYPE_DECIMAL128, "17014118346046923173168730371588410572", -1),
            "170141183460469231731687303715884105720");
  EXPECT_EQ(fits(NANOARROW_TYPE_DECIMAL128, "17014118346046923173168730371588410573", -1), "no");
}

TEST(Decimals, in_a_dictionary_are_looked_up_and_name_the_row_that_does_not_fit) {
  const auto build = [](Ints indices) {
    return chunk_of(dictionary(
        NANOARROW_TYPE_INT8, indices,
        decimals(NANOARROW_TYPE_DECIMAL256, 0, {"9007199254740993", "170141183460469231731687303715884105728"})));
  };
  const ColumnChunk chunk = build({0, std::nullopt, 0});
  EXPECT_EQ(chunk.decimal_scale(), 0);
  EXPECT_EQ(units(chunk), (std::vector<Int128>{9'007'199'254'740'993, 0, 9'007'199'254'740'993}));
  std::vector<Int128> out(3);
  EXPECT_EQ(build({0, std::nullopt, 1}).decimals(0, out), 2);
}

TEST(WholeChunks, are_the_integers_of_decimals_and_floats) {
  const auto whole = [](TestColumn column) {
    const ArrowTable table = read(batch_of(std::move(column)));
    const WholeChunks found = whole_chunks(table.chunks(0));
    return std::pair{found.bad_row, found.bad_row < 0 ? integers(found.chunks.at(0)) : Ints{}};
  };
  const Ints kNone;
  EXPECT_EQ(whole(decimals(NANOARROW_TYPE_DECIMAL128, 0, {"7", "-9223372036854775808", "9223372036854775807"})),
            std::pair(std::int64_t{-1}, Ints({7, INT64_MIN, INT64_MAX})));
  EXPECT_EQ(whole(decimals(NANOARROW_TYPE_DECIMAL64, 2, {"700", "0"})), std::pair(std::int64_t{-1}, Ints({7, 0})));
  EXPECT_EQ(whole(decimals(NANOARROW_TYPE_DECIMAL64, 2, {"700", "705"})), std::pair(std::int64_t{1}, kNone));
  EXPECT_EQ(whole(decimals(NANOARROW_TYPE_DECIMAL128, 0, {"9223372036854775808"})), std::pair(std::int64_t{0}, kNone));
  EXPECT_EQ(whole(doubles(NANOARROW_TYPE_DOUBLE, {-0.0, std::nullopt, 0x1p53, -0x1p53})),
            std::pair(std::int64_t{-1}, Ints({0, std::nullopt, std::int64_t{1} << 53, -(std::int64_t{1} << 53)})));
  EXPECT_EQ(whole(doubles(NANOARROW_TYPE_DOUBLE, {1.0, 0x1p53 + 2})), std::pair(std::int64_t{1}, kNone));
  EXPECT_EQ(whole(doubles(NANOARROW_TYPE_DOUBLE, {1.5})), std::pair(std::int64_t{0}, kNone));
}

TEST(Decimals, that_are_null_are_0_and_may_hold_anything) {
  TestColumn column = decimals(NANOARROW_TYPE_DECIMAL128, 2, {"7", "18446744073709552116", "9"});
  std::vector<std::uint8_t> valid{0b101};
  column.array->buffers[0] = valid.data();
  column.array->null_count = 1;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(units(chunk), (std::vector<Int128>{7, 0, 9}));
  EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{0.07, kNull, 0.09}));
}

TEST(Decimals, of_a_slice_begin_where_it_does) {
  TestColumn column = decimals(NANOARROW_TYPE_DECIMAL64, 1, {"1", "2", "3", "4"});
  column.array->offset = 1;
  column.array->length = 3;
  const ColumnChunk chunk = chunk_of(std::move(column));
  EXPECT_EQ(units(chunk), (std::vector<Int128>{2, 3, 4}));
  EXPECT_EQ(units(chunk, 2), (std::vector<Int128>{4}));
  EXPECT_EQ(numbers(chunk), (std::vector<std::optional<double>>{0.2, 0.3, 0.4}));
}

TEST(Booleans, are_read_from_any_row_over_many_words) {
  Ints values;
  for (std::int64_t i = 0; i < 200; ++i) values.push_back(i % 5 == 4 ? std::optional<std::int64_t>{} : i % 3 == 0);
  const ColumnChunk chunk = chunk_of(ints(NANOARROW_TYPE_BOOL, values));
  for (const std::int64_t begin : {0, 1, 63, 64, 65, 127, 199}) {
    std::vector<Truth> out(static_cast<std::size_t>(200 - begin));
    std::vector<double> as_numbers(out.size());
    chunk.truths(begin, out);
    chunk.numbers(begin, as_numbers);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const auto& expected = values[static_cast<std::size_t>(begin) + i];
      ASSERT_EQ(out[i], !expected ? Truth::missing : *expected != 0 ? Truth::yes : Truth::no) << begin << " + " << i;
      ASSERT_EQ(std::isnan(as_numbers[i]), !expected);
      ASSERT_TRUE(!expected || as_numbers[i] == static_cast<double>(*expected));
    }
  }
}

TEST(Dictionaries, of_more_rows_than_a_block_are_looked_up_row_by_row) {
  Ints indices;
  for (std::int64_t i = 0; i < 3000; ++i) indices.push_back(i % 7 == 6 ? std::optional<std::int64_t>{} : i % 3);
  const auto with = [&](TestColumn values) {
    return chunk_of(dictionary(NANOARROW_TYPE_INT16, indices, std::move(values)));
  };
  const ColumnChunk whole = with(ints(NANOARROW_TYPE_INT64, {10, kNull, 30}));
  const ColumnChunk real = with(doubles(NANOARROW_TYPE_DOUBLE, {0.5, NAN, 1.5}));
  const ColumnChunk truth = with(ints(NANOARROW_TYPE_BOOL, {1, kNull, 0}));
  EXPECT_TRUE(whole.has_nulls());
  const Ints found = integers(whole);
  const auto found_numbers = numbers(real);
  const auto found_truths = truths(truth);
  for (std::size_t i = 0; i < 3000; ++i) {
    const auto index = indices[i];
    const bool is_there = index && *index != 1;
    ASSERT_EQ(found[i], is_there ? std::optional<std::int64_t>{*index == 0 ? 10 : 30} : kNull) << i;
    ASSERT_EQ(found_numbers[i], is_there ? std::optional{*index == 0 ? 0.5 : 1.5} : kNull) << i;
    ASSERT_EQ(found_truths[i], !is_there ? 2 : *index == 0 ? 1 : 0) << i;
  }
  EXPECT_FALSE(chunk_of(dictionary(NANOARROW_TYPE_INT8, {0, 1}, ints(NANOARROW_TYPE_INT64, {1, 2}))).has_nulls());
}

}  // namespace
}  // namespace customerhealth::arrow
