#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <random>
#include <string>

#include "encode.hpp"
#include "ledger/tables.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

/// Codes by first appearance, and how often a key was interned.
template <class Key>
struct Interning {
  std::map<Key, std::int32_t> codes;
  std::int64_t calls = 0;

  template <class Given>
  std::int32_t operator()(const Given& key, std::uint64_t hash) {
    EXPECT_EQ(hash, hash_of(key));
    ++calls;
    return codes.try_emplace(Key{key}, static_cast<std::int32_t>(codes.size())).first->second;
  }
};

template <class Key>
void expect_first_appearance(std::span<const std::int32_t> codes, const std::vector<std::optional<Key>>& keys) {
  std::map<Key, std::int32_t> expected;
  ASSERT_EQ(codes.size(), keys.size());
  for (std::size_t i = 0; i < keys.size(); ++i) {
    const std::int32_t code =
        keys[i] ? expected.try_emplace(*keys[i], static_cast<std::int32_t>(expected.size())).first->second : -1;
    ASSERT_EQ(codes[i], code) << i;
  }
}

Words random_texts(std::size_t rows, std::uint64_t seed) {
  std::mt19937_64 random{seed};
  Words values(rows);
  for (auto& value : values) {
    const auto drawn = random() % 3000;
    if (drawn % 13 != 0) value = drawn % 17 == 0 ? "" : std::string(drawn % 20, 'x') + std::to_string(drawn);
  }
  return values;
}

const ColumnPlace kPlace{"usage", "feature", 10};

std::string refusal(const arrow::ArrowTable& table) {
  Watch watch;
  Interning<std::string> interning;
  try {
    (void)encode_texts(table.chunks(0), std::ref(interning), kPlace, watch);
  } catch (const DataError& error) {
    return std::to_string(error.row()) + " " + error.table() + "." + error.column() + " " + error.what();
  }
  return "";
}

TEST(EncodeTexts, refuses_the_first_row_that_is_not_utf8) {
  std::vector<TestColumn> batches;
  batches.push_back(arrays::batch_of(texts({"fine", "\xC3\xA9t\xC3\xA9", std::nullopt})));
  batches.push_back(arrays::batch_of(texts({"fine", "caf\xE9", "\xFF"})));
  EXPECT_EQ(refusal(arrays::read(std::move(batches))),
            "14 usage.feature usage.feature[14]: this text is not UTF-8: \"caf\\xe9\"; was it written as Latin-1 or "
            "Windows-1252? Decode it as what it is");
  const Words words = {"good", "\x80"};
  const auto coded = [&](const Ints& rows) {
    return arrays::read(arrays::batch_of(arrays::dictionary(NANOARROW_TYPE_INT8, rows, texts(words))));
  };
  EXPECT_EQ(refusal(coded({0, 0})), "");  // an entry of a dictionary that no row has is nobody's text
  EXPECT_TRUE(refusal(coded({0, 1})).starts_with("11 "));
}

TEST(EncodeTexts, codes_rows_by_first_appearance_across_batches_of_both_layouts) {
  const Words first = random_texts(700, 1), second = random_texts(300, 2);
  Ints indices;
  Words all = first, values = {"a", std::nullopt, "", "a", "unused"};  // the same text twice, and a null
  all.insert(all.end(), second.begin(), second.end());
  std::vector<TestColumn> plain;
  plain.push_back(arrays::batch_of(texts(first)));
  plain.push_back(arrays::batch_of(texts(second)));
  const arrow::ArrowTable table = arrays::read(std::move(plain));
  Watch watch;
  Interning<std::string> interning;
  expect_first_appearance(encode_texts(table.chunks(0), std::ref(interning), kPlace, watch).span(), all);
  EXPECT_EQ(interning.calls, std::ssize(interning.codes));

  Words meant;
  for (int i = 0; i < 40; ++i) {
    const bool null = i % 7 == 0;
    indices.push_back(null ? std::nullopt : std::optional<std::int64_t>{i % 4});
    meant.push_back(null ? std::nullopt : values[static_cast<std::size_t>(i % 4)]);
  }
  const arrow::ArrowTable coded =
      arrays::read(arrays::batch_of(arrays::dictionary(NANOARROW_TYPE_INT8, indices, texts(values))));
  Interning<std::string> again;
  expect_first_appearance(encode_texts(coded.chunks(0), std::ref(again), kPlace, watch).span(), meant);
  EXPECT_FALSE(again.codes.contains("unused"));
}

TEST(EncodeTexts, gives_the_same_codes_with_any_number_of_stripes) {
  const Words values = random_texts(150'000, 5);
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(texts(values)));
  for (const int threads : {1, 2, 7}) {
    Watch watch;
    Interning<std::string> interning;
    run(Threads::resolve(threads), watch, [&] {
      expect_first_appearance(encode_texts(table.chunks(0), std::ref(interning), kPlace, watch).span(), values);
    });
  }
}

/// Nulls among multiples of `step`, some negative.
Ints random_integers(std::uint64_t seed, std::int64_t step) {
  std::mt19937_64 random{seed};
  Ints values(150'000);
  for (auto& value : values) {
    const auto drawn = static_cast<std::int64_t>(random() % 5000) - 2500;
    if (drawn % 11 != 0) value = drawn * step;
  }
  return values;
}

TEST(EncodeIntegers, codes_those_near_each_other_in_ascending_order) {
  Ints values = random_integers(9, 1);
  std::map<std::int64_t, std::int32_t> expected;
  for (const auto& value : values) {
    if (value) expected[*value] = 0;
  }
  for (std::int32_t code = 0; auto& [value, place] : expected) place = code++;
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(integers(values)));
  for (const int threads : {1, 3}) {
    Watch watch;
    Interning<std::int64_t> interning;
    run(Threads::resolve(threads), watch, [&] {
      const Buffer<std::int32_t> codes = encode_integers(table.chunks(0), std::ref(interning), watch);
      for (std::size_t i = 0; i < values.size(); ++i) ASSERT_EQ(codes[i], values[i] ? expected[*values[i]] : -1) << i;
    });
    EXPECT_EQ(interning.calls, std::ssize(expected));
  }
}

TEST(EncodeIntegers, reads_the_ends_of_the_range) {
  const Ints values{std::numeric_limits<std::int64_t>::max(), std::nullopt, std::numeric_limits<std::int64_t>::min(),
                    0};
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(integers(values)));
  Watch watch;
  Interning<std::int64_t> interning;
  expect_first_appearance(encode_integers(table.chunks(0), std::ref(interning), watch).span(), values);
}

TEST(EncodeIntegers, codes_those_far_apart_by_first_appearance_nulls_apart) {
  const Ints values = random_integers(8, 1'000'003);
  const arrow::ArrowTable table = arrays::read(arrays::batch_of(integers(values)));
  for (const int threads : {1, 3}) {
    Watch watch;
    Interning<std::int64_t> interning;
    run(Threads::resolve(threads), watch,
        [&] { expect_first_appearance(encode_integers(table.chunks(0), std::ref(interning), watch).span(), values); });
  }
}

TEST(PiecesOf, cuts_rows_at_the_ends_of_chunks) {
  std::vector<TestColumn> batches;
  for (const std::size_t rows : {3, 4, 5}) batches.push_back(arrays::batch_of(integers(Ints(rows, 1))));
  const arrow::ArrowTable table = arrays::read(std::move(batches));
  const auto& chunks = table.chunks(0);
  EXPECT_EQ(rows_of(chunks), 12);
  const auto pieces = pieces_of(chunks, 2, 8);
  ASSERT_EQ(pieces.size(), 3U);
  const std::int64_t expected[3][3] = {{2, 2, 1}, {0, 3, 4}, {0, 7, 1}};  // begin in the chunk, row, rows
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(pieces[i].chunk, &chunks[i]);
    EXPECT_EQ(pieces[i].begin, expected[i][0]);
    EXPECT_EQ(pieces[i].row, expected[i][1]);
    EXPECT_EQ(pieces[i].rows, expected[i][2]);
  }
  EXPECT_TRUE(pieces_of(chunks, 4, 4).empty());
}

}  // namespace
}  // namespace customerhealth::ledger
