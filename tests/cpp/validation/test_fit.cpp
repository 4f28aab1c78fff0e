#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/validation/fit.hpp"
#include "small_cases.hpp"

namespace customerhealth::validation {
namespace {

using Numbers = std::vector<double>;

/// Rows of a regression with what bounds them; changed by the tests before they fit it.
struct Rows {
  explicit Rows(std::size_t rows, std::size_t columns)
      : x(rows * columns),
        weight(rows, 1.0),
        low(columns, -kInfinity),
        high(columns, kInfinity),
        events(std::make_unique<bool[]>(rows)) {
    std::uint64_t state = 1;
    const auto next = [&] {
      state = state * 6364136223846793005U + 1442695040888963407U;
      return static_cast<double>(state >> 11) * 0x1p-53;
    };
    for (std::size_t i = 0; i < rows; ++i) {
      double odds = -0.5;
      for (std::size_t j = 0; j < columns; ++j) {
        x[i * columns + j] = next();
        odds += (j % 3 == 0 ? 2.0 : j % 3 == 1 ? -1.0 : 0.0) * x[i * columns + j];
      }
      events[i] = next() < 1.0 / (1.0 + std::exp(-odds));
    }
  }
  [[nodiscard]] Fitted fitted(int threads = 1) const {
    Fitted out;
    on(threads, [&](const Watch& watch) {
      out = fit({x, {events.get(), weight.size()}, weight, ridge, lasso, towards, low, high}, watch);
    });
    return out;
  }
  /// The mean slope of the loss, of the level first.
  [[nodiscard]] Numbers slope(const Fitted& at) const {
    const std::size_t p = low.size();
    Numbers out(p + 1);
    double total = 0.0;
    for (std::size_t i = 0; i < weight.size(); ++i) {
      double odds = at.intercept;
      for (std::size_t j = 0; j < p; ++j) odds += at.coefficients[j] * x[i * p + j];
      const double off = weight[i] * (1.0 / (1.0 + std::exp(-odds)) - (events[i] ? 1.0 : 0.0));
      out[0] += off;
      for (std::size_t j = 0; j < p; ++j) out[j + 1] += off * x[i * p + j];
      total += weight[i];
    }
    for (double& value : out) value /= total;
    return out;
  }
  Numbers x, weight, low, high, towards;
  double ridge = 0.0, lasso = 0.0;
  std::unique_ptr<bool[]> events;
};

TEST(Fit, without_bounds_leaves_no_slope) {
  const Rows rows{3000, 5};
  const Fitted found = rows.fitted();
  for (const double slope : rows.slope(found)) EXPECT_NEAR(slope, 0.0, 2e-10);
  EXPECT_LE(found.kkt, 1e-10);
}

TEST(Fit, of_one_share_is_its_odds) {
  Rows rows{4, 1};
  rows.x = {0, 0, 0, 0};
  const bool events[] = {true, false, false, false};
  std::ranges::copy(events, rows.events.get());
  const Fitted found = rows.fitted();
  EXPECT_NEAR(found.intercept, std::log(1.0 / 3.0), 1e-9);
  EXPECT_EQ(found.coefficients[0], 0.0);
}

TEST(Fit, within_bounds_pulls_only_against_them) {
  Rows rows{3000, 6};
  rows.low.assign(6, 0.0);
  rows.high[0] = 0.5;
  const Fitted found = rows.fitted();
  const Numbers slope = rows.slope(found);
  EXPECT_EQ(found.coefficients[0], 0.5);  // wants 2
  EXPECT_LT(slope[1], -1e-3);
  EXPECT_EQ(found.coefficients[1], 0.0);  // wants -1
  EXPECT_GT(slope[2], 1e-3);
  for (const std::size_t j : {std::size_t{2}, std::size_t{3}, std::size_t{5}}) {
    const double c = found.coefficients[j];
    if (c > 0.0) {
      EXPECT_NEAR(slope[j + 1], 0.0, 2e-10);
    }
    if (c == 0.0) {
      EXPECT_GE(slope[j + 1], -2e-10);
    }
  }
}

TEST(Fit, by_lasso_holds_small_coefficients_at_zero) {
  Rows rows{3000, 6};
  rows.lasso = 0.01;
  for (const bool positive : {false, true}) {
    if (positive) rows.low.assign(6, 0.0);
    const Fitted found = rows.fitted();
    const Numbers slope = rows.slope(found);
    std::size_t held = 0;
    for (std::size_t j = 0; j < 6; ++j) {
      const double c = found.coefficients[j];
      if (c > 0.0) {
        EXPECT_NEAR(slope[j + 1], -0.01, 2e-10);
      }
      if (c < 0.0) {
        EXPECT_NEAR(slope[j + 1], 0.01, 2e-10);
      }
      if (c == 0.0) {
        EXPECT_GE(slope[j + 1], -0.01 - 2e-10);
      }
      if (c == 0.0 && !positive) {
        EXPECT_LE(slope[j + 1], 0.01 + 2e-10);
      }
      held += c == 0.0 ? 1 : 0;
    }
    EXPECT_GE(held, 1U) << positive;
  }
}

TEST(Fit, far_towards_others_is_a_multiple_of_them) {
  Rows rows{3000, 3};
  rows.low.assign(3, 0.0);
  rows.towards = {3.0, 0.5, 1.0};
  rows.ridge = 1e6;
  const Fitted found = rows.fitted();
  EXPECT_GT(found.scale, 0.0);
  for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(found.coefficients[j], found.scale * rows.towards[j], 1e-5);
  // The multiple is the one that one column of their sum has.
  Rows summed{3000, 1};
  for (std::size_t i = 0; i < 3000; ++i) {
    summed.x[i] = 3.0 * rows.x[3 * i] + 0.5 * rows.x[3 * i + 1] + rows.x[3 * i + 2];
    summed.events[i] = rows.events[i];
  }
  EXPECT_NEAR(found.scale, summed.fitted().coefficients[0], 1e-5);
  // A strength of 0 leaves them alone, but says how much of them there is.
  rows.ridge = 0.0;
  const Fitted freely = rows.fitted();
  rows.towards.clear();
  EXPECT_EQ(freely.coefficients, rows.fitted().coefficients);
  EXPECT_GT(freely.scale, 0.0);
}

TEST(Fit, keeps_what_cannot_be_told_apart_finite) {
  Rows rows{2000, 4};
  for (std::size_t i = 0; i < 2000; ++i) {
    rows.x[4 * i + 1] = rows.x[4 * i];  // the same twice
    rows.x[4 * i + 3] = 7.3;            // no column at all
  }
  const Fitted found = rows.fitted();
  for (const double slope : rows.slope(found)) EXPECT_NEAR(slope, 0.0, 2e-9);
  for (const double c : found.coefficients) EXPECT_LT(std::abs(c), 10.0);
}

TEST(Fit, of_cases_that_a_column_parts_stays_finite) {
  Rows rows{200, 2};
  for (std::size_t i = 0; i < 200; ++i) rows.events[i] = rows.x[2 * i] > 0.5;
  const Fitted found = rows.fitted();
  EXPECT_TRUE(std::isfinite(found.intercept) && std::isfinite(found.coefficients[0]));
  EXPECT_GT(found.coefficients[0], 0.0);
  for (std::size_t i = 0; i < 200; ++i) rows.events[i] = false;
  EXPECT_LT(rows.fitted().intercept, -10.0);
}

TEST(Fit, weighs_a_row_as_so_many) {
  Rows rows{500, 3}, twice{1000, 3};
  for (std::size_t i = 0; i < 500; ++i) {
    rows.weight[i] = static_cast<double>(i % 3);
    twice.weight[i] = i % 3 > 0 ? 1.0 : 0.0;
    twice.weight[500 + i] = i % 3 > 1 ? 1.0 : 0.0;
    for (const std::size_t to : {i, 500 + i}) {
      std::copy_n(&rows.x[3 * i], 3, &twice.x[3 * to]);
      twice.events[to] = rows.events[i];
    }
  }
  const Fitted one = rows.fitted(), other = twice.fitted();
  for (std::size_t j = 0; j < 3; ++j) EXPECT_NEAR(one.coefficients[j], other.coefficients[j], 1e-8);
}

TEST(Fit, of_many_rows_gives_the_same_bits_on_any_number_of_threads) {
  Rows rows{70'000, 4};  // above what one row in 16 is tried on first
  rows.low.assign(4, 0.0);
  const Fitted one = rows.fitted(1);
  EXPECT_LE(one.kkt, 1e-10);
  for (const int threads : {2, 7}) {
    const Fitted many = rows.fitted(threads);
    EXPECT_EQ(many.coefficients, one.coefficients);
    EXPECT_EQ(many.intercept, one.intercept);
  }
}

TEST(Fit, refuses_what_cannot_be_fitted) {
  const auto refuses = [](const auto& change) {
    Rows rows{10, 2};
    change(rows);
    EXPECT_THROW((void)rows.fitted(), Error);
  };
  refuses([](Rows& rows) { rows.low[1] = 1.0, rows.high[1] = 0.5; });
  refuses([](Rows& rows) { rows.low[1] = kNan; });
  refuses([](Rows& rows) { rows.high.pop_back(); });
  refuses([](Rows& rows) { rows.towards = {1.0}; });
  refuses([](Rows& rows) { rows.towards = {1.0, kNan}; });
  refuses([](Rows& rows) { rows.ridge = -1.0; });
  refuses([](Rows& rows) { rows.lasso = kNan; });
  refuses([](Rows& rows) { rows.weight.assign(10, 0.0); });
  refuses([](Rows& rows) { rows.weight[3] = -1.0; });
  refuses([](Rows& rows) { rows.x[7] = kNan; });
  refuses([](Rows& rows) { rows.x[7] = kInfinity; });
}

}  // namespace
}  // namespace customerhealth::validation
