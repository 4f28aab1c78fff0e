#include "extremes.hpp"
#include "metrics/answers_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

TEST(Extreme, is_that_of_the_rows_that_count) {
  RunningScratch scratch;
  for (const bool least : {true, false}) {
    chance::for_many_entries(51, chance::kAsOfs, [&](const chance::Drawn& drawn, const auto& numbers, auto&, auto&) {
      Values values{Column{numbers}};
      const Extreme extreme{values.order_keys(), least};
      const ExtremeRows rows{drawn.entries, extreme, drawn.before, drawn.edges};
      for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
        const AccountEntries entries = drawn.account(a);
        std::vector<std::int64_t> out(chance::kAsOfs);
        if (entries.plain)
          running_extreme(extreme, rows.panes(a), drawn.window, scratch, out);
        else
          running_extreme(extreme, entries, scratch, out);
        for (std::size_t k = 0; k < out.size(); ++k) {
          const auto there = chance::rows_at(entries, k);
          if (there.empty()) continue;
          double expected = numbers[there.front()];
          for (const auto row : there) {
            expected = least ? std::min(expected, numbers[row]) : std::max(expected, numbers[row]);
          }
          EXPECT_EQ(number_of_order_key(out[k]), expected);
        }
      }
    });
  }
}

TEST(OrderKeys, ascend_as_values_do) {
  const double infinite = std::numeric_limits<double>::infinity();
  Values numbers{Column{std::vector<double>{-infinite, -2, -5e-324, -0.0, 0.0, 5e-324, 1, infinite}}};
  const auto keys = numbers.order_keys();
  EXPECT_TRUE(std::ranges::is_sorted(keys));
  EXPECT_EQ(keys[3], keys[4]);
  EXPECT_EQ(number_of_order_key(keys[1]), -2);
  EXPECT_EQ(number_of_order_key(keys[7]), infinite);
  Values truths{Column{std::vector{Truth::no, Truth::yes}}};
  EXPECT_LT(truths.order_keys()[0], truths.order_keys()[1]);
  Values instants{Column{std::vector{kFirstInstant, Instant{}, kLastInstant}}};
  EXPECT_TRUE(std::ranges::is_sorted(instants.order_keys()));
}

}  // namespace
}  // namespace customerhealth::metrics
