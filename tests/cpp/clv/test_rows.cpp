#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "customerhealth/clv/rows.hpp"
#include "customerhealth/common/errors.hpp"

namespace customerhealth {
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

}  // namespace
}  // namespace customerhealth
