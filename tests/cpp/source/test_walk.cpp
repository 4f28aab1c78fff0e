#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/source/walk.hpp"
#include "source/nested.hpp"

namespace customerhealth::source {
namespace {

using namespace arrays;
using nested::list_of;
using nested::sliced;
using nested::struct_of;

constexpr auto kNull = std::nullopt;

std::vector<TestColumn> both(TestColumn a, TestColumn b) {
  std::vector<TestColumn> out;
  out.push_back(std::move(a));
  out.push_back(std::move(b));
  return out;
}
std::vector<TestColumn> one(TestColumn a) {
  std::vector<TestColumn> out;
  out.push_back(std::move(a));
  return out;
}

Walked walked(const arrow::ArrowTable& table, const std::vector<Wanted>& wanted) {
  Watch watch;
  return walk(table, "usage", wanted, watch);
}
Walked walked(TestColumn column, const std::string& path, std::vector<Type> types = {}) {
  return walked(read(batch_of(std::move(column)), {path}), {{path, std::move(types)}});
}

/// The column of the path, its chunks one after the other.
template <class Read>
auto column(const Walked& walked, const std::string& path, const Read& read) {
  decltype(read(std::declval<arrow::ColumnChunk>())) out;
  const auto place = walked.table.find(path);
  EXPECT_TRUE(place.has_value()) << path;
  if (!place) return out;
  for (const arrow::ColumnChunk& chunk : walked.table.chunks(*place)) {
    for (auto& value : read(chunk)) out.push_back(value);
  }
  return out;
}
Ints ints_at(TestColumn from, const std::string& path) { return column(walked(std::move(from), path), path, integers); }
Texts texts_at(TestColumn from, const std::string& path) {
  return column(walked(std::move(from), path), path, [](const arrow::ColumnChunk& chunk) { return texts(chunk); });
}

std::string problem(const std::function<void()>& act) {
  try {
    act();
  } catch (const DataError& error) {
    return error.what();
  }
  return "nothing was thrown";
}

TestColumn numbers_1_to(std::int64_t count) {
  Ints values;
  for (std::int64_t i = 1; i <= count; ++i) values.push_back(i);
  return ints(NANOARROW_TYPE_INT64, values);
}
TestColumn json(const Texts& rows) { return texts(NANOARROW_TYPE_STRING, rows); }

// ---- structs
// ---------------------------------------------------------------------------------------------------------

TEST(Walk, goes_into_structs_with_nulls_at_each_level) {
  const auto nest = [] {
    TestColumn leaf = ints(NANOARROW_TYPE_INT16, {1, kNull, 3, 4, 5});
    TestColumn inner =
        struct_of({"x", "leaf"}, both(numbers_1_to(5), std::move(leaf)), {true, true, false, true, true});
    return struct_of({"inner"}, one(std::move(inner)), {true, true, true, false, true});
  };
  EXPECT_EQ(ints_at(nest(), "v.inner.leaf"), (Ints{1, kNull, kNull, kNull, 5}));
  EXPECT_EQ(ints_at(sliced(nest(), 1), "v.inner.leaf"), (Ints{kNull, kNull, kNull, 5}));
  EXPECT_EQ(ints_at(sliced(sliced(nest(), 1), 1), "v.inner.x"), (Ints{kNull, kNull, 5}));
}

TEST(Walk, adds_up_the_offsets_of_slices_at_each_level) {
  TestColumn leaf = sliced(numbers_1_to(9), 1);                               // 2...
  TestColumn inner = sliced(struct_of({"leaf"}, one(std::move(leaf))), 2);    // 4...
  TestColumn outer = sliced(struct_of({"inner"}, one(std::move(inner))), 3);  // 7...
  TestColumn batch = batch_of({"v"}, one(std::move(outer)));
  batch.array->offset = 1;  // 8...
  batch.array->length -= 1;
  const arrow::ArrowTable table = read(std::move(batch), {"v.inner.leaf"});
  EXPECT_EQ(column(walked(table, {{"v.inner.leaf", {}}}), "v.inner.leaf", integers), (Ints{8, 9}));
}

TEST(Walk, keeps_what_a_leaf_is) {
  TestColumn days = ints(plain(NANOARROW_TYPE_DATE32), {1, kNull});
  const Walked dates = walked(struct_of({"d"}, one(std::move(days))), "v.d");
  EXPECT_EQ(dates.table.kind(*dates.table.find("v.d")), arrow::SourceKind::instant);
  EXPECT_EQ(column(dates, "v.d", micros), (Ints{86'400'000'000, kNull}));
  TestColumn words = dictionary(NANOARROW_TYPE_INT8, {1, 0, kNull}, texts(NANOARROW_TYPE_STRING, {"a", "b"}));
  EXPECT_EQ(texts_at(struct_of({"w"}, one(std::move(words))), "v.w"), (Texts{"b", "a", kNull}));
}

TEST(Walk, finds_nothing_where_a_member_is_not_there) {
  const Walked found = walked(struct_of({"a"}, one(numbers_1_to(2))), "v.b.c");
  EXPECT_EQ(found.table.kind(*found.table.find("v.b.c")), arrow::SourceKind::null);
  EXPECT_EQ(column(found, "v.b.c", integers), (Ints{kNull, kNull}));
  EXPECT_TRUE(found.lapses.empty());
}

TEST(Walk, leaves_a_column_of_the_whole_name_alone) {
  std::vector<TestColumn> columns = both(struct_of({"a"}, one(numbers_1_to(1))), ints(NANOARROW_TYPE_INT8, {7}));
  const arrow::ArrowTable table = read(batch_of({"v", "v.a"}, std::move(columns)), {"v.a"});
  EXPECT_EQ(column(walked(table, {{"v.a", {}}}), "v.a", integers), (Ints{7}));
}

// ---- lists and maps
// --------------------------------------------------------------------------------------------------

TEST(Walk, picks_an_element_of_a_list_by_its_place) {
  for (const ArrowType type : {NANOARROW_TYPE_LIST, NANOARROW_TYPE_LARGE_LIST}) {
    const auto lists = [&] { return list_of(type, {0, 2, 2, 3, 5}, numbers_1_to(5), {true, true, true, false}); };
    EXPECT_EQ(ints_at(lists(), "v[0]"), (Ints{1, kNull, 3, kNull}));
    EXPECT_EQ(ints_at(lists(), "v[1]"), (Ints{2, kNull, kNull, kNull}));
    EXPECT_EQ(ints_at(sliced(lists(), 2), "v[0]"), (Ints{3, kNull}));
    EXPECT_EQ(ints_at(list_of(type, {0, 2, 4}, sliced(numbers_1_to(5), 1)), "v[1]"), (Ints{3, 5}));
  }
  const auto fixed = [] {
    return list_of(NANOARROW_TYPE_FIXED_SIZE_LIST, {}, numbers_1_to(6), {true, false, true}, 2);
  };
  EXPECT_EQ(ints_at(fixed(), "v[1]"), (Ints{2, kNull, 6}));
  EXPECT_EQ(ints_at(sliced(fixed(), 1), "v[0]"), (Ints{kNull, 5}));
  EXPECT_EQ(ints_at(fixed(), "v[2]"), (Ints{kNull, kNull, kNull}));
}

TEST(Walk, goes_from_lists_into_structs_and_lists) {
  TestColumn amounts = ints(NANOARROW_TYPE_INT64, {10, kNull, 30, 40});
  TestColumn items = struct_of({"amount"}, one(std::move(amounts)), {true, true, false, true});
  TestColumn lists = list_of(NANOARROW_TYPE_LIST, {0, 1, 3, 4}, std::move(items));
  EXPECT_EQ(ints_at(struct_of({"items"}, one(std::move(lists))), "v.items[0].amount"), (Ints{10, kNull, 40}));
  TestColumn inner = list_of(NANOARROW_TYPE_LIST, {0, 1, 3, 3}, numbers_1_to(3));
  EXPECT_EQ(ints_at(list_of(NANOARROW_TYPE_LIST, {0, 2, 3}, std::move(inner)), "v[1][1]"), (Ints{3, kNull}));
}

TEST(Walk, picks_texts_and_dictionaries_of_lists) {
  TestColumn words = texts(NANOARROW_TYPE_STRING, {"a", kNull, "c"});
  EXPECT_EQ(texts_at(list_of(NANOARROW_TYPE_LIST, {0, 1, 3, 3}, std::move(words)), "v[0]"), (Texts{"a", kNull, kNull}));
  TestColumn coded = dictionary(NANOARROW_TYPE_INT8, {1, kNull, 0}, texts(NANOARROW_TYPE_STRING, {"x", "y"}));
  EXPECT_EQ(texts_at(list_of(NANOARROW_TYPE_LIST, {0, 1, 2, 3}, std::move(coded)), "v[0]"), (Texts{"y", kNull, "x"}));
}

TEST(Walk, matches_the_first_element_by_a_member) {
  const auto rows = [](TestColumn keys) {
    TestColumn entries =
        struct_of({"key", "value"}, both(std::move(keys), numbers_1_to(5)), {true, true, true, true, false});
    return list_of(NANOARROW_TYPE_LIST, {0, 3, 4, 5}, std::move(entries));
  };
  const auto words = [] { return texts(NANOARROW_TYPE_STRING, {"a", "b", "b", "b", "b"}); };
  EXPECT_EQ(ints_at(rows(words()), "v[key=b].value"), (Ints{2, 4, kNull}));
  EXPECT_EQ(ints_at(rows(words()), "v[key=z].value"), (Ints{kNull, kNull, kNull}));
  EXPECT_EQ(ints_at(rows(words()), "v[none=z].value"), (Ints{kNull, kNull, kNull}));
  EXPECT_EQ(ints_at(rows(ints(NANOARROW_TYPE_INT32, {7, 8, 8, 8, 8})), "v[key=8].value"), (Ints{2, 4, kNull}));
  EXPECT_EQ(ints_at(rows(doubles(NANOARROW_TYPE_DOUBLE, {7.0, 8.5, 8.5, kNull, 8.5})), "v[key=8.5].value"),
            (Ints{2, kNull, kNull}));
}

TEST(Walk, finds_the_value_of_a_key_in_a_map) {
  const auto map = [] {
    TestColumn entries =
        struct_of({"key", "value"}, both(texts(NANOARROW_TYPE_STRING, {"a", "b", "b", "c"}), numbers_1_to(4)));
    return list_of(NANOARROW_TYPE_MAP, {0, 2, 4, 4}, std::move(entries), {true, true, false});
  };
  EXPECT_EQ(ints_at(map(), "v.b"), (Ints{2, 3, kNull}));
  EXPECT_EQ(ints_at(map(), "v['c']"), (Ints{kNull, 4, kNull}));
  EXPECT_EQ(ints_at(map(), "v[key=b].value"), (Ints{2, 3, kNull}));
  EXPECT_EQ(ints_at(sliced(map(), 1), "v.b"), (Ints{3, kNull}));
  EXPECT_EQ(texts_at(map(), "v[0].key"), (Texts{"a", "b", kNull}));
}

TEST(Walk, says_what_a_path_cannot_go_into) {
  EXPECT_EQ(problem([] { static_cast<void>(walked(numbers_1_to(1), "v.a")); }),
            "usage.v.a: the path comes to a column of type int64, which has no members");
  EXPECT_EQ(problem([] { static_cast<void>(walked(struct_of({"a"}, one(numbers_1_to(1))), "v[0]")); }),
            "usage.v[0]: the path comes to a column of type struct<a: int64>, which is no list");
  const std::string lists =
      problem([] { static_cast<void>(walked(list_of(NANOARROW_TYPE_LIST, {0, 1}, numbers_1_to(1)), "v.a")); });
  EXPECT_NE(lists.find("whose elements are [0], [1] and so on, or [key=value]"), std::string::npos) << lists;
  EXPECT_NE(problem([] { static_cast<void>(walked(numbers_1_to(1), "v[-1]")); }).find("places are counted from 0"),
            std::string::npos);
}

TEST(Walk, refuses_offsets_that_lead_out_of_the_data) {
  for (const nested::Offsets& offsets : {nested::Offsets{0, 9}, nested::Offsets{1, 0}, nested::Offsets{-1, 1}}) {
    const std::string said =
        problem([&] { static_cast<void>(walked(list_of(NANOARROW_TYPE_LIST, offsets, numbers_1_to(2)), "v[0]")); });
    EXPECT_NE(said.find("its list offsets run backwards or out of the data"), std::string::npos) << said;
  }
  const std::string said = problem([] {
    TestColumn outer = struct_of({"a"}, one(numbers_1_to(2)));
    outer.array->children[0]->length = 1;
    static_cast<void>(walked(std::move(outer), "v.a"));
  });
  EXPECT_NE(said.find("a member is shorter than its struct"), std::string::npos) << said;
}

// ---- JSON texts
// ------------------------------------------------------------------------------------------------------

TEST(Walk, goes_into_json_texts_wherever_they_stand) {
  const Texts rows{R"({"a": {"b": 1}})", kNull, "", R"({"a": {"b": 3}})"};
  for (const ArrowType type : {NANOARROW_TYPE_STRING, NANOARROW_TYPE_LARGE_STRING, NANOARROW_TYPE_STRING_VIEW}) {
    EXPECT_EQ(ints_at(texts(type, rows), "v.a.b"), (Ints{1, kNull, kNull, 3}));
  }
  EXPECT_EQ(ints_at(struct_of({"p"}, one(json(rows))), "v.p.a.b"), (Ints{1, kNull, kNull, 3}));
  EXPECT_EQ(ints_at(list_of(NANOARROW_TYPE_LIST, {0, 1, 1, 4}, json(rows)), "v[0].a.b"), (Ints{1, kNull, kNull}));
  const auto coded = [&] { return dictionary(NANOARROW_TYPE_INT8, {3, 0, 1, 3}, json(rows)); };
  EXPECT_EQ(ints_at(coded(), "v.a.b"), (Ints{3, 1, kNull, 3}));
  TestColumn entries = json({R"({"k": "x", "v": 1})", R"({"k": "y", "v": 2})", "no", R"({"k": "y", "v": 4})"});
  EXPECT_EQ(ints_at(list_of(NANOARROW_TYPE_LIST, {0, 2, 4}, std::move(entries)), "v[k=y].v"), (Ints{2, 4}));
}

TEST(Walk, reads_json_values_as_what_they_are) {
  const auto kind = [](const Texts& rows, std::vector<Type> types = {}) {
    const Walked found = walked(json(rows), "v.a", std::move(types));
    return found.table.kind(*found.table.find("v.a"));
  };
  EXPECT_EQ(kind({R"({"a": 1})", R"({"a": -2})"}), arrow::SourceKind::integer);
  EXPECT_EQ(kind({R"({"a": 1})", R"({"a": 2.5})"}), arrow::SourceKind::number);
  EXPECT_EQ(kind({R"({"a": "x"})", R"({"a": 2.5})"}), arrow::SourceKind::text);
  EXPECT_EQ(kind({R"({"a": true})", R"({"a": null})"}), arrow::SourceKind::boolean);
  EXPECT_EQ(kind({R"({"a": true})", R"({"a": 2})"}, {Type::number, Type::boolean}), arrow::SourceKind::integer);
  EXPECT_EQ(kind({R"({"a": {}})"}), arrow::SourceKind::text);
  EXPECT_EQ(kind({R"({})"}), arrow::SourceKind::null);
  EXPECT_EQ(kind({R"({"a": 1})"}, {Type::text}), arrow::SourceKind::text);
  EXPECT_EQ(kind({R"({"a": "1"})"}, {Type::number}), arrow::SourceKind::number);
  EXPECT_EQ(kind({R"({"a": "2026-01-01"})"}, {Type::instant}), arrow::SourceKind::instant);
  EXPECT_EQ(kind({R"({"a": "2026-01-01"})"}, {Type::number, Type::instant}), arrow::SourceKind::instant);
  EXPECT_EQ(kind({R"({"a": "yes"})"}, {Type::boolean}), arrow::SourceKind::boolean);
}

TEST(Walk, keeps_every_digit_of_an_integer) {
  EXPECT_EQ(ints_at(json({R"({"a": 9007199254740993})", R"({"a": -9223372036854775808})"}), "v.a"),
            (Ints{9007199254740993, INT64_MIN}));
  const Walked wide = walked(json({R"({"a": 18446744073709551615})", R"({"a": 1})"}), "v.a");
  EXPECT_TRUE(wide.table.is_unsigned(*wide.table.find("v.a")));
  EXPECT_EQ(column(wide, "v.a", integers), (Ints{-1, 1}));
  EXPECT_EQ(texts_at(json({R"({"a": 123456789012345678901234567890})", R"({"a": 1})"}), "v.a"),
            (Texts{"123456789012345678901234567890", "1"}));
  const Walked number = walked(json({R"({"a": 123456789012345678901234567890})"}), "v.a", {Type::number});
  EXPECT_EQ(column(number, "v.a", numbers), (std::vector<std::optional<double>>{123456789012345678901234567890.0}));
}

TEST(Walk, counts_texts_that_are_no_json_once_for_all_paths) {
  const arrow::ArrowTable table =
      read(batch_of(json({R"({"a": 1, "b": "x"})", "oops", R"({"a": 1, "b": "cut)", kNull, " "})));
  const Walked found = walked(table, {{"v.a", {}}, {"v.b", {}}});
  EXPECT_EQ(column(found, "v.a", integers), (Ints{1, kNull, kNull, kNull, kNull}));
  EXPECT_EQ(column(found, "v.b", [](const arrow::ColumnChunk& c) { return texts(c); }),
            (Texts{"x", kNull, kNull, kNull, kNull}));
  ASSERT_EQ(found.lapses.size(), 1U);
  EXPECT_EQ(found.lapses[0].kind, Lapse::Kind::no_json);
  EXPECT_EQ(found.lapses[0].column, "v");
  EXPECT_EQ(found.lapses[0].rows, 2);
  EXPECT_EQ(found.lapses[0].first_row, 1);
  EXPECT_EQ(found.lapses[0].example, "oops");
}

TEST(Walk, counts_values_of_another_type) {
  const Texts rows{R"({"a": 1})", R"({"a": "2"})", R"({"a": "two"})", R"({"a": {}})", R"({"a": null})", R"({})"};
  const Walked found = walked(json(rows), "v.a", {Type::number});
  EXPECT_EQ(column(found, "v.a", numbers), (std::vector<std::optional<double>>{1, 2, kNull, kNull, kNull, kNull}));
  ASSERT_EQ(found.lapses.size(), 1U);
  EXPECT_EQ(found.lapses[0].kind, Lapse::Kind::mixed_types);
  EXPECT_EQ(found.lapses[0].rows, 2);
  EXPECT_EQ(found.lapses[0].first_row, 2);
  EXPECT_EQ(found.lapses[0].example, "two");
  const Walked deeper = walked(json({R"({"a": {"b": "x"}})", R"({"a": "cus_1"})", R"({"a": null})"}), "v.a.b");
  ASSERT_EQ(deeper.lapses.size(), 1U);
  EXPECT_EQ(deeper.lapses[0].rows, 1);
  EXPECT_EQ(deeper.lapses[0].column, "v.a.b");
}

TEST(Walk, refuses_a_text_that_is_no_instant_where_nothing_else_fits) {
  const Texts rows{R"({"a": "2026-01-01"})", R"({"a": "soon"})"};
  EXPECT_EQ(problem([&] { static_cast<void>(walked(json(rows), "v.a", {Type::instant})); }),
            "usage.v.a[1]: 'soon' is no instant; expected one such as 2026-07-01 or 2026-07-01T12:00:00+02:00");
}

TEST(Walk, reads_ids_as_what_the_ids_of_others_are) {
  const auto ids = [](const Texts& rows, std::optional<bool> integers_known) {
    const arrow::ArrowTable table = read(batch_of(json(rows)));
    const Walked found = walked(table, {{"v.a", {Type::number, Type::text}, true, integers_known}});
    return found.table.kind(*found.table.find("v.a"));
  };
  EXPECT_EQ(ids({R"({"a": 1})"}, kNull), arrow::SourceKind::integer);
  EXPECT_EQ(ids({R"({"a": 1})"}, false), arrow::SourceKind::text);
  EXPECT_EQ(ids({R"({"a": "1"})"}, kNull), arrow::SourceKind::text);
  EXPECT_EQ(ids({R"({"a": "1"})", R"({"a": 2})", R"({"a": ""})"}, true), arrow::SourceKind::integer);
  EXPECT_EQ(ids({R"({"a": "01"})"}, true), arrow::SourceKind::text);
  EXPECT_EQ(ids({R"({"a": "x"})", R"({"a": 2})"}, kNull), arrow::SourceKind::text);
}

TEST(Walk, gives_the_same_whatever_the_batches) {
  Texts rows;
  Ints expected;
  for (int i = 0; i < 40'000; ++i) {
    rows.push_back("{\"x\": [1, 2], \"a\": " + std::to_string(i * 7) + "}");
    expected.push_back(i * 7);
  }
  EXPECT_EQ(ints_at(json(rows), "v.a"), expected);
  std::vector<TestColumn> batches;
  for (std::size_t begin = 0; begin < rows.size(); begin += 999) {
    const auto from = rows.begin() + static_cast<std::ptrdiff_t>(begin);
    batches.push_back(
        batch_of(json({from, from + static_cast<std::ptrdiff_t>(std::min<std::size_t>(999, rows.size() - begin))})));
  }
  const arrow::ArrowTable table = read(std::move(batches), {"v.a"});
  EXPECT_EQ(column(walked(table, {{"v.a", {}}}), "v.a", integers), expected);
}

}  // namespace
}  // namespace customerhealth::source
