#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/model/source_spec.hpp"
#include "customerhealth/source/walk.hpp"
#include "source/nested.hpp"

namespace customerhealth::source {
namespace {

using namespace arrays;
using nested::list_of;
using nested::sliced;
using nested::struct_of;

constexpr auto kNull = std::nullopt;
using Texts = arrays::Texts;
using Places = std::vector<std::int64_t>;

std::vector<TestColumn> both(TestColumn a, TestColumn b) {
  std::vector<TestColumn> out;
  out.push_back(std::move(a));
  out.push_back(std::move(b));
  return out;
}

TestColumn numbers_1_to(std::int64_t count) {
  Ints values;
  for (std::int64_t i = 1; i <= count; ++i) values.push_back(i);
  return ints(NANOARROW_TYPE_INT64, values);
}

Walked unfolded(const arrow::ArrowTable& table, const model::EachSpec& each, const std::vector<Wanted>& wanted) {
  Watch watch;
  return walk(table, "usage", wanted, watch, &each);
}

/// The rows of the elements of a column `v`, beside a column `n` that counts from 1.
Walked unfolded(TestColumn column, std::optional<std::string> split = std::nullopt, std::vector<Wanted> wanted = {}) {
  const std::int64_t rows = column.array->length;
  const arrow::ArrowTable table = read(batch_of({"v", "n"}, both(std::move(column), numbers_1_to(rows))), {"v", "n"});
  if (wanted.empty()) wanted = {{"v", {}}, {"n", {}}};
  return unfolded(table, {"v", std::move(split)}, wanted);
}

template <class Read>
auto column(const Walked& walked, const std::string& name, const Read& read) {
  decltype(read(std::declval<arrow::ColumnChunk>())) out;
  const auto place = walked.table.find(name);
  EXPECT_TRUE(place.has_value()) << name;
  if (!place) return out;
  for (const arrow::ColumnChunk& chunk : walked.table.chunks(*place)) {
    for (auto& value : read(chunk)) out.push_back(value);
  }
  return out;
}
Places places_of(const Walked& walked) { return {walked.places.span().begin(), walked.places.span().end()}; }
Ints ints_at(const Walked& walked, const std::string& name) { return column(walked, name, integers); }
Texts texts_at(const Walked& walked, const std::string& name) {
  return column(walked, name, [](const arrow::ColumnChunk& chunk) { return texts(chunk); });
}

TEST(Elements, of_lists_are_rows_whatever_the_offsets) {
  for (const ArrowType type : {NANOARROW_TYPE_LIST, NANOARROW_TYPE_LARGE_LIST}) {
    const auto lists = [&] { return list_of(type, {0, 2, 2, 3, 5}, numbers_1_to(5), {true, true, true, false}); };
    const Walked found = unfolded(lists());
    EXPECT_EQ(ints_at(found, "v"), (Ints{1, 2, 3}));
    EXPECT_EQ(ints_at(found, "n"), (Ints{1, 1, 3}));
    EXPECT_EQ(places_of(found), (Places{0, 0, 2}));
    EXPECT_EQ(found.table.rows(), 3);
    EXPECT_EQ(ints_at(unfolded(sliced(lists(), 1)), "v"), (Ints{3}));
    EXPECT_EQ(ints_at(unfolded(list_of(type, {1, 2, 4}, sliced(numbers_1_to(6), 1))), "v"), (Ints{3, 4, 5}));
    EXPECT_EQ(ints_at(unfolded(list_of(type, {0, 2, 3, 5}, numbers_1_to(5), {true, false, true})), "v"),
              (Ints{1, 2, 4, 5}))
        << "a null list that holds elements all the same";
  }
  const Walked fixed = unfolded(list_of(NANOARROW_TYPE_FIXED_SIZE_LIST, {}, numbers_1_to(6), {true, false, true}, 2));
  EXPECT_EQ(ints_at(fixed, "v"), (Ints{1, 2, 5, 6}));
  EXPECT_EQ(places_of(fixed), (Places{0, 0, 2, 2}));
}

TEST(Elements, that_are_null_are_rows) {
  const Walked found = unfolded(list_of(NANOARROW_TYPE_LIST, {0, 2, 3}, ints(NANOARROW_TYPE_INT64, {7, kNull, kNull})));
  EXPECT_EQ(ints_at(found, "v"), (Ints{7, kNull, kNull}));
  EXPECT_EQ(places_of(found), (Places{0, 0, 1}));
}

TEST(Elements, are_walked_into_by_paths_that_begin_with_their_column) {
  const auto lines = [] {
    return list_of(NANOARROW_TYPE_LIST, {0, 1, 3},
                   struct_of({"id", "name"}, both(numbers_1_to(3), texts(NANOARROW_TYPE_STRING, {"a", " b ", kNull}))));
  };
  const Walked found = unfolded(lines(), std::nullopt, {{"v.id", {}}, {"v.name", {}}, {"v.none", {}}, {"n", {}}});
  EXPECT_EQ(ints_at(found, "v.id"), (Ints{1, 2, 3}));
  EXPECT_EQ(texts_at(found, "v.name"), (Texts{"a", " b ", kNull})) << "members keep their blanks";
  EXPECT_EQ(ints_at(found, "v.none"), (Ints{kNull, kNull, kNull}));
  EXPECT_EQ(ints_at(found, "n"), (Ints{1, 2, 2}));
}

TEST(Elements, of_texts_are_split_and_lose_their_blanks) {
  const Walked found =
      unfolded(texts(NANOARROW_TYPE_STRING, {"a; b", kNull, "", "  ", "c;;d ;"}), ";", {{"v", {Type::text}}});
  EXPECT_EQ(texts_at(found, "v"), (Texts{"a", "b", "c", "", "d", ""}));
  EXPECT_EQ(places_of(found), (Places{0, 0, 4, 4, 4, 4}));
  const Walked numbers = unfolded(texts(NANOARROW_TYPE_STRING, {"1;2", "3"}), ";", {{"v", {Type::number}}});
  EXPECT_EQ(numbers.table.kind(*numbers.table.find("v")), arrow::SourceKind::number);
}

TEST(Elements, of_json_texts_have_types_of_their_own) {
  const Texts rows{"[1, 2]", R"( [ "a\u0062", {"x": [3]} ] )", "[]", kNull, "[1", "7", R"({"a": 1})"};
  const Walked found = unfolded(texts(NANOARROW_TYPE_STRING, rows), std::nullopt, {{"v", {}}, {"v.x[0]", {}}});
  EXPECT_EQ(texts_at(found, "v"), (Texts{"1", "2", "ab", kNull}));
  EXPECT_EQ(ints_at(found, "v.x[0]"), (Ints{kNull, kNull, kNull, 3}));
  EXPECT_EQ(places_of(found), (Places{0, 0, 1, 1}));
  ASSERT_EQ(found.lapses.size(), 3U);
  EXPECT_EQ(found.lapses[0].kind, Lapse::Kind::no_list);
  EXPECT_EQ(found.lapses[0].rows, 3);
  EXPECT_EQ(found.lapses[0].first_row, 4);
  EXPECT_EQ(found.lapses[0].example, "[1");
  EXPECT_EQ(found.lapses[1].kind, Lapse::Kind::mixed_types);
  EXPECT_EQ(found.lapses[1].first_row, 1) << "by the rows of the source";
}

TEST(Elements, are_the_same_whatever_the_batches) {
  Texts rows;
  Ints elements;
  Places places;
  for (std::int64_t i = 0; i < 40'000; ++i) {
    std::string text = "[";
    for (std::int64_t k = 0; k < i % 3; ++k) {
      text += (k > 0 ? ", " : "") + std::to_string(i + k);
      elements.push_back(i + k);
      places.push_back(i);
    }
    rows.push_back(text + "]");
  }
  for (const std::size_t size : {std::size_t{40'000}, std::size_t{1}, std::size_t{9'999}}) {
    std::vector<TestColumn> batches;
    for (std::size_t begin = 0; begin < rows.size(); begin += size) {
      if (size == 1 && begin > 50) break;
      const auto from = rows.begin() + static_cast<std::ptrdiff_t>(begin);
      const auto count = static_cast<std::ptrdiff_t>(std::min(size, rows.size() - begin));
      batches.push_back(batch_of(texts(NANOARROW_TYPE_STRING, {from, from + count})));
    }
    const Walked found = unfolded(read(std::move(batches)), {"v", std::nullopt}, {{"v", {}}});
    const std::size_t count = found.places.size();
    EXPECT_EQ(count, size == 1 ? 51U : places.size());
    EXPECT_EQ(places_of(found), Places(places.begin(), places.begin() + static_cast<std::ptrdiff_t>(count)));
    EXPECT_EQ(ints_at(found, "v"), Ints(elements.begin(), elements.begin() + static_cast<std::ptrdiff_t>(count)));
  }
}

TEST(Elements, are_refused_of_what_holds_none) {
  const auto problem = [](TestColumn column, std::optional<std::string> split) -> std::string {
    try {
      static_cast<void>(unfolded(std::move(column), std::move(split)));
    } catch (const DataError& error) {
      return error.what();
    }
    return "nothing was thrown";
  };
  EXPECT_EQ(problem(numbers_1_to(2), std::nullopt),
            "usage.v: `each` needs a list in every row, and the column is of type int64");
  EXPECT_NE(problem(list_of(NANOARROW_TYPE_LIST, {0, 1}, numbers_1_to(1)), ";").find("`split` takes texts apart"),
            std::string::npos);
  EXPECT_NE(problem(texts(NANOARROW_TYPE_STRING, {kNull, "a;b"}), std::nullopt).find("usage.v[1]: 'a;b' is no list"),
            std::string::npos);
  EXPECT_NE(problem(list_of(NANOARROW_TYPE_LIST, {3, 1}, numbers_1_to(4)), std::nullopt).find("run backwards"),
            std::string::npos);
}

}  // namespace
}  // namespace customerhealth::source
