#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "customerhealth/clv/rows.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth::clv {
namespace {

Inputs customers(const std::vector<double>& x, const std::vector<double>& t_x, const std::vector<double>& age) {
  Inputs in;
  in.frequency = Input{x};
  in.recency = Input{t_x};
  in.age = Input{age};
  return in;
}

TEST(Inputs, takes_one_value_for_all_rows) {
  const std::vector<double> x{0.0, 2.0, 5.0}, t_x{0.0, 3.0, 9.0}, age{10.0};
  const Inputs in = customers(x, t_x, age);
  EXPECT_EQ(in.rows(), 3);
  EXPECT_EQ(in.first_bad(0, 3), -1);
}

TEST(Inputs, names_the_first_row_that_cannot_be) {
  const std::vector<double> x{0.0, 2.0, 0.5}, t_x{0.0, 11.0, 1.0}, age{10.0};
  const Inputs in = customers(x, t_x, age);
  EXPECT_EQ(in.first_bad(0, 3), 1);
  EXPECT_EQ(in.first_bad(2, 3), 2);
  try {
    in.check();
    FAIL();
  } catch (const DataError& error) {
    EXPECT_EQ(error.column(), "recency");
    EXPECT_EQ(error.row(), 1);
    EXPECT_STREQ(error.what(), "recency[1]: expected at most T, the age at the end of observation, got 11");
  }
}

TEST(Inputs, refuses_columns_of_different_length) {
  const std::vector<double> x{0.0, 2.0}, t_x{0.0, 1.0, 1.0}, age{10.0};
  EXPECT_THROW((void)customers(x, t_x, age).rows(), DataError);
}

TEST(Inputs, takes_frequencies_beyond_32_bits) {
  const std::vector<double> x{0x1p40}, t_x{1.0}, age{2.0}, broken{0x1p40 + 0.5};
  EXPECT_EQ(customers(x, t_x, age).first_bad(0, 1), -1);
  EXPECT_EQ(customers(broken, t_x, age).first_bad(0, 1), 0);
}

/// What is said against a row, with its column.
std::string complaint(const Inputs& in) {
  try {
    in.check();
  } catch (const DataError& error) {
    return error.what();
  }
  return "";
}

TEST(Inputs, of_opportunities_take_one_purchase_at_each_and_no_more) {
  const std::vector<double> age{6.0};
  const auto seasons = [&](const std::vector<double>& x, const std::vector<double>& t_x) {
    Inputs in = customers(x, t_x, age);
    in.whole_times = true;
    return complaint(in);
  };
  EXPECT_EQ(seasons({3.0}, {3.0}), "");
  EXPECT_EQ(seasons({6.0}, {6.0}), "");
  EXPECT_EQ(seasons({3.0}, {2.0}), "recency[0]: expected at least the frequency: one purchase an opportunity, got 2");
  EXPECT_EQ(seasons({1.0}, {2.5}), "recency[0]: expected a whole number, 0 or more, got 2.5");
  EXPECT_EQ(complaint(customers({3.0}, {2.0}, age)), "");  // where times are continuous
}

TEST(Inputs, say_what_each_column_may_hold_to_its_very_edge) {
  const std::vector<double> two{2.0}, none{0.0}, ten{10.0}, below{-0.5}, half{0.5};
  const auto with = [&](auto set, const std::vector<double>& x = {2.0}) {
    Inputs in;
    in.frequency = Input{x};
    set(in);
    return complaint(in);
  };
  EXPECT_EQ(complaint(customers(two, ten, ten)), "");  // bought on the last day
  EXPECT_EQ(complaint(customers(none, none, none)), "");
  EXPECT_EQ(complaint(customers(none, half, ten)), "recency[0]: expected 0, as the frequency is 0, got 0.5");
  EXPECT_EQ(complaint(customers(half, none, ten)),
            "frequency[0]: expected a whole number of repeat purchases, 0 or more, got 0.5");
  EXPECT_EQ(complaint(customers(below, none, ten)),
            "frequency[0]: expected a whole number of repeat purchases, 0 or more, got -0.5");
  EXPECT_EQ(complaint(customers(two, below, ten)), "recency[0]: expected a finite number, 0 or more, got -0.5");
  EXPECT_EQ(complaint(customers(none, none, {INFINITY})), "T[0]: expected a finite number, 0 or more, got inf");
  EXPECT_EQ(complaint(customers(none, none, {NAN})), "T[0]: expected a finite number, 0 or more, got nan");
  EXPECT_EQ(with([&](Inputs& in) { in.time = Input{none}; }), "");
  EXPECT_EQ(with([&](Inputs& in) { in.time = Input{below}; }), "t[0]: expected a finite number, 0 or more, got -0.5");
  EXPECT_EQ(with([&](Inputs& in) { in.spend = Input{half}; }), "");
  EXPECT_EQ(with([&](Inputs& in) { in.spend = Input{none}; }),
            "monetary_value[0]: expected above 0, as there are repeat purchases, got 0");
  EXPECT_EQ(with([&](Inputs& in) { in.spend = Input{none}; }, {0.0}), "");
  EXPECT_EQ(with([&](Inputs& in) { in.spend = Input{below}; }, {0.0}),
            "monetary_value[0]: expected a finite number, 0 or more, got -0.5");
  EXPECT_EQ(with([&](Inputs& in) { in.weight = Input{none}; }), "");
  EXPECT_EQ(with([&](Inputs& in) { in.weight = Input{below}; }),
            "weights[0]: expected a finite number, 0 or more, got -0.5");
  EXPECT_EQ(with([&](Inputs& in) { in.count = Input{none}; }), "");
  EXPECT_EQ(with([&](Inputs& in) { in.count = Input{half}; }),
            "n[0]: expected a whole number of purchases, 0 or more, got 0.5");
  Inputs timed = customers(two, two, ten);
  timed.time = Input{below};
  EXPECT_EQ(complaint(timed), "t[0]: expected a finite number, 0 or more, got -0.5");
}

TEST(Inputs, say_which_columns_differ_in_length) {
  const std::vector<double> x{0.0, 2.0}, t_x{0.0, 1.0, 1.0}, age{10.0};
  try {
    (void)customers(x, t_x, age).rows();
    FAIL();
  } catch (const DataError& error) {
    EXPECT_STREQ(error.what(), "recency: 3 rows where frequency has 2");
  }
  EXPECT_EQ(customers({1.0}, {1.0}, {2.0}).rows(), 1);
}

TEST(EachRow, works_on_every_row_of_every_block_or_names_the_first_bad_one) {
  const std::size_t rows = 3 * static_cast<std::size_t>(kCustomersPerBlock) + 7;
  const std::vector<double> one{1.0}, age{10.0};
  std::vector<double> x(rows, 1.0);
  for (const int threads : {1, 2}) {
    std::vector<double> out(rows, -1.0);
    const auto all = [&] {
      Watch watch;
      const Inputs in = customers(x, one, age);
      run(Threads::resolve(threads), watch,
          [&] { each_row(in, watch, out, [](std::size_t row) { return static_cast<double>(row); }); });
    };
    all();
    for (std::size_t row = 0; row < rows; ++row) ASSERT_EQ(out[row], static_cast<double>(row));
    x[rows - 1] = x[4096] = 0.5;
    try {
      all();
      ADD_FAILURE();
    } catch (const DataError& error) {
      EXPECT_EQ(error.row(), 4096);
    }
    x[rows - 1] = x[4096] = 1.0;
  }
}

}  // namespace
}  // namespace customerhealth::clv
