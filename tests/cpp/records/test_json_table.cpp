#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

#include "customerhealth/records/json_table.hpp"

namespace customerhealth::records {
namespace {

using Texts = std::vector<std::optional<std::string>>;

JsonTable read(std::string_view text, JsonRequest request = {{"a"}, {}, {}, false}) {
  return slice_json(text, request);
}

JsonTable read_lines(std::string_view text) { return slice_json(text, {{"a"}, {}, {}, true}); }

JsonTable read_at(std::string_view text, std::vector<std::variant<std::string, std::int64_t>> rows,
                  std::string written = "") {
  return slice_json(text, {{"a"}, std::move(rows), std::move(written), false});
}

/// Of one batch.
Texts texts(const JsonTable& table, std::size_t column = 0) {
  EXPECT_FALSE(table.fault) << table.fault->words;
  const arrow::ResultTable::Batch& batch = table.table->batches.at(0);
  const arrow::ResultColumn& found = batch.columns.at(column + 1);
  const auto* offsets = static_cast<const std::int32_t*>(found.offsets);
  Texts out;
  for (std::int64_t row = 0; row < batch.rows; ++row) {
    const bool is_there = found.valid == nullptr || ((found.valid[row / 8] >> (row % 8)) & 1) != 0;
    const std::string_view all{static_cast<const char*>(found.data), static_cast<std::size_t>(offsets[batch.rows])};
    const auto begin = static_cast<std::size_t>(offsets[row]), end = static_cast<std::size_t>(offsets[row + 1]);
    out.push_back(is_there ? std::optional{std::string{all.substr(begin, end - begin)}} : std::nullopt);
  }
  return out;
}

std::string fault(const JsonTable& table) {
  if (!table.fault) return "none";
  return std::to_string(table.fault->line) + ":" + std::to_string(table.fault->column) + " " + table.fault->words;
}

TEST(JsonTable, keeps_the_members_that_are_wanted) {
  EXPECT_EQ(texts(read(R"([{"b": 1, "a": "x"}, {"a": null}, {"b": [1, {"a": 2}]}, {"a": "y"}])")),
            (Texts{"x", std::nullopt, std::nullopt, "y"}));
  EXPECT_EQ(texts(read("[]")), Texts{});
  EXPECT_EQ(texts(read("[{}]")), Texts{std::nullopt});
}

TEST(JsonTable, keeps_numbers_objects_and_lists_as_they_stand_there) {
  EXPECT_EQ(texts(read(R"([{"a": 9007199254740993}, {"a": 1.50}, {"a": true}, {"a": { "b": [1, "}"] }}, {"a": []}])")),
            (Texts{"9007199254740993", "1.50", "true", R"({ "b": [1, "}"] })", "[]"}));
  const JsonTable mixed = read(R"([{"a": null}, {"a": 1e3}, {"a": 2}, {"a": {}}, {"a": -7}])");
  EXPECT_EQ(mixed.columns[0].first_row, (std::array<std::int64_t, kJsonKinds>{-1, 2, 1, -1, 3, -1}));
}

TEST(JsonTable, reads_escapes_in_values_and_names) {
  EXPECT_EQ(texts(read(R"([{"\u0061": "\"\\\/\b\f\n\r\t\u00e9\u20ac\ud83d\ude00"}])")),
            Texts{"\"\\/\b\f\n\r\t\u00e9\u20ac\U0001F600"});
  EXPECT_EQ(fault(read(R"([{"a": "\ud83d"}])")), "1:9 half of a surrogate pair");
  EXPECT_EQ(fault(read(R"([{"a": "\ude00\ud83d"}])")), "1:9 half of a surrogate pair");
}

TEST(JsonTable, reads_texts_of_any_length) {
  for (std::size_t size = 0; size < 40; ++size) {
    for (std::size_t place = 0; place <= size; ++place) {
      std::string text(size, 'x');
      text.insert(place, "\\\"\\\\");
      std::string meant(size, 'x');
      meant.insert(place, "\"\\");
      EXPECT_EQ(texts(read("[{\"a\":\"" + text + "\"}]")), Texts{meant});
    }
  }
}

TEST(JsonTable, finds_the_list_of_rows) {
  const std::string text =
      R"({"has_more": true, "data": {"items": [[{"a": "1"}], [{"a": "2"}]]}, "a.b": [{"a": "3"}]})";
  EXPECT_EQ(texts(read_at(text, {"data", "items", 1})), Texts{"2"});
  EXPECT_EQ(texts(read_at(text, {"a", "b"}, "a.b")), Texts{"3"});
  EXPECT_EQ(texts(read_at("{\"d\": [{\"a\": \"1\"}]}\n{\"d\": []}\n{\"d\": [{\"a\": \"2\"}]}", {"d"})),
            (Texts{"1", "2"}));
  for (const auto& path : std::vector<std::vector<std::variant<std::string, std::int64_t>>>{
           {"items"}, {"data"}, {"has_more"}, {"data", 0}, {"data", "items", 2}, {"data", "items", "x"}}) {
    const JsonTable table = read_at(text, path);
    ASSERT_TRUE(table.fault);
    EXPECT_TRUE(table.fault->of_path);
  }
}

TEST(JsonTable, says_where_a_text_is_no_json) {
  EXPECT_EQ(fault(read("[{\"a\": 1},\n {\"a\": 2}")), "2:10 expected a comma or ], but nothing follows: it is cut off");
  EXPECT_EQ(fault(read("[{\"a\": 1},\n {\"a\"")),
            "2:6 expected a colon after the name, but nothing follows: it is cut off");
  EXPECT_EQ(fault(read("[{\"a\": \"x")), "1:8 a text is never closed");
  EXPECT_EQ(fault(read("[{\"a\": 1,}]")), "1:10 expected a name in double quotes, got }");
  EXPECT_EQ(fault(read("[{\"a\": 01}]")), "1:8 a number with a zero before it");
  EXPECT_EQ(fault(read("[{\"a\": é}]")), "1:8 expected a value, got é");
  EXPECT_EQ(fault(read("[{\"é\": {\"b\": [}]}}]")), "1:15 expected a value, got }");
  EXPECT_EQ(fault(read("[{\"a\": Infinity}]")), "1:8 Infinity is no number of JSON; what has no end is null");
  EXPECT_EQ(fault(read("[{\"a\": \"x\ny\"}]")),
            "1:10 a line break inside a text: it is never closed, or written as \\n");
  EXPECT_EQ(fault(read("[{\"a\": \"\xC3(\"}]")), "1:9 a byte that is no UTF-8");
  EXPECT_EQ(fault(read("[{\"b\": \"\xC3(\"}]")), "none");
  EXPECT_EQ(fault(read("[{\"a\": 1}, 5]")), "1:12 expected an object a row, got a number");
  EXPECT_EQ(fault(read("[{\"a\": 1, \"a\": 1}]")), "1:11 the object has two members 'a'");
  EXPECT_EQ(fault(read("[{\"a\": NaN}]")), "none");
}

TEST(JsonTable, reads_an_object_a_line) {
  const JsonTable table = read_lines("{\"a\": \"1\"}\r\n\r\n  {\"a\": \"2\"} \n{}");
  EXPECT_EQ(texts(table), (Texts{"1", "2", std::nullopt}));
  const auto* lines = static_cast<const std::int64_t*>(table.table->batches[0].columns[0].data);
  EXPECT_EQ((std::vector<std::int64_t>{lines, lines + 3}), (std::vector<std::int64_t>{1, 3, 4}));
  EXPECT_EQ(table.lines, 4);
  EXPECT_EQ(fault(read_lines("{\"a\": \n1}")), "1:7 expected a value, but nothing follows: it is cut off");
  EXPECT_EQ(fault(read_lines("{} {}")), "1:4 expected the end of the line after the object, got {");
  EXPECT_EQ(texts(read_lines("{\"a\": \"1\"}\r{\"a\": \"2\"}")), (Texts{"1", "2"}));
}

TEST(JsonTable, passes_by_what_is_nested_as_deep_as_it_may_be) {
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_EQ(texts(read("[{\"b\": " + deep + ", \"a\": \"x\"}]")), Texts{"x"});
}

}  // namespace
}  // namespace customerhealth::records
