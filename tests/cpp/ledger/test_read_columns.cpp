#include <gtest/gtest.h>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/ledger/read_columns.hpp"
#include "ledger/tables.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;
using Role = RoleColumn::Role;

std::shared_ptr<const arrow::ResultTable> read(const arrow::ArrowTable& table, const std::vector<RoleColumn>& columns) {
  Watch watch;
  std::shared_ptr<const arrow::ResultTable> result;
  run(Threads::resolve(1), watch, [&] { result = read_columns(table, "events", columns, watch); });
  return result;
}

std::string refusal(const arrow::ArrowTable& table, const RoleColumn& column) {
  try {
    static_cast<void>(read(table, {column}));
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(ReadColumns, gives_each_column_as_its_role_has_it) {
  const arrow::ArrowTable table =
      table_of("events", {"who", "at", "paid"},
               columns(numbers({7, {}, 3}), texts({"2026-01-01", {}, "2026-01-02T01:00:00Z"}), integers({1, {}, 2})));
  const auto found =
      read(table, {{"who", Role::account, "account"}, {"at", Role::instant, "time"}, {"paid", Role::number, "amount"}});
  const auto& batch = found->batches.at(0);
  ASSERT_EQ(batch.rows, 3);
  EXPECT_EQ(batch.columns[0].kind, arrow::ResultColumn::Kind::integer);
  EXPECT_EQ(static_cast<const std::int64_t*>(batch.columns[0].data)[2], 3);
  EXPECT_EQ(batch.columns[1].kind, arrow::ResultColumn::Kind::instant);
  EXPECT_EQ(static_cast<const std::int64_t*>(batch.columns[1].data)[0], 20'454 * kDay);
  EXPECT_EQ(batch.columns[2].kind, arrow::ResultColumn::Kind::number);
  for (const arrow::ResultColumn& column : batch.columns) EXPECT_EQ(column.null_count, 1) << column.name;
}

TEST(ReadColumns, reads_an_end_that_never_comes_as_none) {
  const arrow::ArrowTable table = table_of("events", {"until"}, columns(days({0, 2'932'532, 2'932'531})));
  const auto found = read(table, {{"until", Role::end, "end"}});
  EXPECT_EQ(found->batches.at(0).columns.at(0).null_count, 1);
}

TEST(ReadColumns, refuses_what_does_not_fit_with_column_and_row) {
  const arrow::ArrowTable table = table_of("events", {"who", "at", "paid"},
                                           columns(numbers({1, 2.5}), texts({"2026-01-01", "soon"}), days({1, 2})));
  EXPECT_EQ(refusal(table, {"who", Role::account, "account"}),
            "events.who[1]: account ids are texts or 64-bit signed integers, got 2.5 of a column of double");
  EXPECT_EQ(refusal(table, {"at", Role::instant, "time"}),
            "events.at[1]: 'soon' is no instant; expected one such as 2026-07-01 or 2026-07-01T12:00:00+02:00");
  EXPECT_EQ(refusal(table, {"who", Role::instant, "time"}),
            "events.who: time needs dates, timestamps or texts in ISO form, this column is double");
  EXPECT_EQ(refusal(table, {"paid", Role::number, "amount"}),
            "events.paid: amount needs numbers, this column is timestamp[us]");
  EXPECT_EQ(refusal(table, {"Who", Role::account, "account"}),
            "events: account needs a column 'Who', the table has none; did you mean 'who'?");
}

}  // namespace
}  // namespace customerhealth::ledger
