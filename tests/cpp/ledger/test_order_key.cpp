#include <gtest/gtest.h>

#include <algorithm>

#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/order_key.hpp"
#include "ledger/models.hpp"

namespace customerhealth::ledger {
namespace {

using namespace tables;

OrderKey of_integer(std::int64_t value, bool is_unsigned = false) {
  IntegerBuffer integers{Buffer<std::int64_t>(1), {}, is_unsigned, false, {}};
  integers.values[0] = value;
  return order_key(StoredColumn{std::move(integers)}, 0);
}

OrderKey of_double(double value) {
  Buffer<double> numbers(1);
  numbers[0] = value;
  return order_key(StoredColumn{std::move(numbers)}, 0);
}

OrderKey of_decimal(std::int64_t scaled, std::int32_t scale, double number) {
  DecimalBuffer decimals{Buffer<double>(1), Buffer<std::int64_t>(1), {}, scale};
  decimals.numbers[0] = number;
  decimals.scaled[0] = scaled;
  return order_key(StoredColumn{std::move(decimals)}, 0);
}

TEST(OrderKey, compares_numbers_of_all_types_exactly) {
  const std::vector<OrderKey> ascending = {
      order_key(StoredColumn{MissingView{1}}, 0),
      of_double(-0x1p200),
      of_integer(std::numeric_limits<std::int64_t>::min()),
      of_double(-1.5),
      of_decimal(-149, 2, -1.49),
      of_integer(-1),
      of_double(-1e-9),
      of_integer(0),
      of_decimal(1, 18, 1e-18),
      of_double(0.25),
      of_decimal(26, 2, 0.26),
      of_double(0x1p53),
      of_integer((std::int64_t{1} << 53) + 1),
      of_integer(std::numeric_limits<std::int64_t>::max()),
      of_integer(-1, true),  // 2^64 - 1
      of_double(0x1p126),
      of_double(0x1p300),
  };
  for (std::size_t a = 0; a < ascending.size(); ++a) {
    for (std::size_t b = 0; b < ascending.size(); ++b) EXPECT_EQ(ascending[a] < ascending[b], a < b) << a << " " << b;
  }
}

TEST(OrderKey, of_one_number_is_one_whatever_its_type) {
  const auto is_same = [](const OrderKey& a, const OrderKey& b) { return !(a < b) && !(b < a); };
  EXPECT_TRUE(is_same(of_integer(7), of_double(7)));
  EXPECT_TRUE(is_same(of_decimal(25, 2, 0.25), of_double(0.25)));
  EXPECT_TRUE(is_same(of_decimal(-700, 2, -7), of_integer(-7)));
  EXPECT_TRUE(is_same(of_double(kNan), order_key(StoredColumn{MissingView{1}}, 0)));
}

TEST(Load, brings_rows_of_one_time_into_the_order_that_a_column_says) {
  const model::Model model = model::Model::parse(R"({"format": 1,
    "tables": {"usage": {"kind": "events", "account": "id", "time": "at", "order": "seq"}},
    "metrics": {"features": {"from": "usage", "agg": "count_distinct", "of": "feature"}}})");
  const auto input_of = [](const Ints& at, const Ints& seq, const Words& features) {
    return inputs(input("usage", {"id", "at", "seq", "feature"}, texts(Words(at.size(), "a")), days(at), integers(seq),
                        texts(features)));
  };
  const auto whole =
      extended(model, nullptr, input_of({2, 1, 1, 1}, {1, 9, std::nullopt, 4}, {"late", "third", "first", "second"}));
  auto parts = extended(model, nullptr, input_of({1, 1}, {9, std::nullopt}, {"third", "first"}));
  parts = extended(model, parts.get(), input_of({2, 1}, {1, 4}, {"late", "second"}));
  const auto& columns = model.tables[0].columns;
  const auto feature = static_cast<std::size_t>(std::ranges::find(columns, "feature") - columns.begin());
  for (const auto& ledger : {whole, parts}) {
    const std::vector accounts{AccountCode{0}};
    const TableBlock block = read_block(model.tables[0], ledger->tables[0], accounts);
    std::string found;
    for (std::size_t row = 0; row < 4; ++row) found += cell(block.columns[feature].view(), row, *ledger->texts);
    EXPECT_EQ(found, "'first''second''third''late'");
    EXPECT_EQ(std::vector(block.arrival.begin(), block.arrival.end()), (std::vector<std::uint32_t>{0, 2, 3, 1}));
  }
}

}  // namespace
}  // namespace customerhealth::ledger
