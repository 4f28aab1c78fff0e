#include <gtest/gtest.h>

#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/account_ids.hpp"
#include "ledger/tables.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

std::vector<std::int32_t> encoded(AccountIds& ids, TestColumn column, const std::string& table = "usage") {
  const arrow::ArrowTable read = table_of(table, {"id"}, columns(std::move(column)));
  Watch watch;
  const auto codes = ids.encode(read, 0, table, 0, watch);
  return {codes.span().begin(), codes.span().end()};
}

std::string refusal(AccountIds& ids, TestColumn column, const std::string& table = "usage") {
  try {
    (void)encoded(ids, std::move(column), table);
  } catch (const DataError& error) {
    EXPECT_EQ(error.table(), table);
    EXPECT_EQ(error.column(), "id");
    return error.what();
  }
  return "";
}

TEST(AccountIds, keep_the_codes_they_gave_and_leave_nulls_and_empty_texts_out) {
  AccountIds ids;
  EXPECT_EQ(ids.kind(), AccountIds::Kind::unknown);
  EXPECT_EQ(encoded(ids, texts({"b", std::nullopt, "", "b", " "})), (std::vector{0, -1, -1, 0, 1}));
  EXPECT_EQ(encoded(ids, texts({"a", "b"}), "contracts"), (std::vector{2, 0}));
  EXPECT_EQ(ids.kind(), AccountIds::Kind::text);
  EXPECT_EQ(ids.size(), 3);
  EXPECT_EQ(ids.name(AccountCode{2}), "a");
}

TEST(AccountIds, do_not_let_a_column_without_ids_say_what_ids_are) {
  const auto kind_after = [](TestColumn without) {
    AccountIds ids;
    for (const std::int32_t code : encoded(ids, std::move(without))) EXPECT_EQ(code, -1);
    EXPECT_EQ(encoded(ids, integers({7})), std::vector{0});
    return ids.kind();
  };
  EXPECT_EQ(kind_after(texts({std::nullopt, ""})), AccountIds::Kind::integer);
  EXPECT_EQ(kind_after(numbers({std::nullopt, kNan})), AccountIds::Kind::integer);
  EXPECT_EQ(kind_after(truths({std::nullopt})), AccountIds::Kind::integer);
  EXPECT_EQ(kind_after(days({std::nullopt})), AccountIds::Kind::integer);
  AccountIds declared;
  encoded(declared, integers({std::nullopt}));
  EXPECT_EQ(declared.kind(), AccountIds::Kind::integer) << "while there is nothing else to go by";
}

TEST(AccountIds, order_texts_by_bytes_and_integers_by_value) {
  AccountIds names;
  encoded(names, texts({"b", "B", "é", " ", "aa"}));
  EXPECT_EQ(names.sort(), (std::vector{3, 1, 4, 0, 2}));  // " " B aa b é
  EXPECT_EQ(names.text(AccountCode{1}), "B");
  EXPECT_EQ(encoded(names, texts({"b", "c"})), (std::vector{3, 5}));
  EXPECT_TRUE(names.less(AccountCode{5}, AccountCode{4}));

  AccountIds numbers;
  encoded(numbers, integers({10}));
  encoded(numbers, integers({-1, 9}));
  EXPECT_EQ(numbers.sort(), (std::vector{2, 0, 1}));
  EXPECT_EQ(numbers.integer(AccountCode{0}), -1);
  EXPECT_EQ(numbers.name(AccountCode{2}), "10");
  EXPECT_TRUE(numbers.less(AccountCode{1}, AccountCode{2}));
}

TEST(AccountIds, take_integers_of_any_width_and_columns_of_nothing_but_nulls) {
  AccountIds ids;
  EXPECT_EQ(encoded(ids, nulls(2)), (std::vector{-1, -1}));
  EXPECT_EQ(ids.kind(), AccountIds::Kind::unknown);
  EXPECT_EQ(encoded(ids, arrays::ints(NANOARROW_TYPE_UINT8, {200, 3})), (std::vector{1, 0}));  // in ascending order
  EXPECT_EQ(encoded(ids, integers({3, 4})), (std::vector{0, 2}));
}

TEST(AccountIds, refuse_a_second_type_of_ids) {
  AccountIds ids;
  encoded(ids, texts({"a"}));
  EXPECT_EQ(refusal(ids, integers({1}), "contracts"),
            "contracts.id: account ids are integers here (int64) and texts in another table; "
            "one portfolio has one type of ids");
  AccountIds others;
  encoded(others, integers({1}));
  EXPECT_EQ(refusal(others, texts({"a"})),
            "usage.id: account ids are texts here (string) and integers in another table; "
            "one portfolio has one type of ids");
}

TEST(AccountIds, refuse_columns_that_can_name_no_account) {
  AccountIds ids;
  EXPECT_EQ(refusal(ids, numbers({1.5})),
            "usage.id[0]: account ids are texts or 64-bit signed integers, got 1.5 of a column of double");
  EXPECT_EQ(refusal(ids, arrays::build(arrays::plain(NANOARROW_TYPE_UINT64),
                                       [](ArrowArray* array) {
                                         arrays::ok(ArrowArrayAppendUInt(array, 1));
                                         arrays::ok(ArrowArrayAppendUInt(array, UINT64_MAX));
                                       })),
            "usage.id[1]: account ids are texts or 64-bit signed integers, got 18446744073709551615");
}

}  // namespace
}  // namespace customerhealth::ledger
