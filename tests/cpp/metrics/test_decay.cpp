#include "customerhealth/common/number.hpp"
#include "decay.hpp"
#include "metrics/answers_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

constexpr Micros kHour{3'600'000'000};

/// What model.md says, in long doubles.
long double plainly(Micros half_life, const std::vector<Instant>& times, const std::vector<double>& values,
                    Instant edge) {
  long double sum = 0;
  for (std::size_t i = 0; i < times.size(); ++i) {
    sum += static_cast<long double>(values[i]) * std::exp2(-static_cast<long double>((edge - times[i]).count()) /
                                                           static_cast<long double>(half_life.count()));
  }
  return sum;
}

TEST(Decay, halves_a_value_with_every_half_life) {
  const Instant edge{kHour * 1'000'003};
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour * 3}, std::vector{8.0}, edge), 1);
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour * 40, edge - kHour}, std::vector{0x1p40, 6.0}, edge), 4);
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour * 3'000}, std::vector{1.0}, edge), 0);
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour * 1'100}, std::vector{0x1p900}, edge), 0x1p-200);
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour, edge - kHour}, std::vector{8.0, kNan}, edge), 4);
  EXPECT_EQ(decayed_sum(kHour, {}, {}, edge), 0);
}

TEST(Decay, holds_before_1970_and_at_the_ends_of_time) {
  const Instant early{kHour * -1'000'003};
  EXPECT_EQ(decayed_sum(kHour, std::vector{early - kHour * 17}, std::vector{0x1p17}, early), 1);
  const Micros longest = kHour * 24 * 7 * 10'000;
  EXPECT_EQ(decayed_sum(longest, std::vector{kFirstInstant}, std::vector{1.0}, kFirstInstant), 1);
  EXPECT_NEAR(decayed_sum(longest, std::vector{kLastInstant - longest}, std::vector{1.0}, kLastInstant), 0.5, 1e-12);
}

TEST(Decay, weighs_huge_values_too) {
  const Instant edge{kHour * 15};  // at the end of a block, where terms are the largest
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour}, std::vector{0x1p1023}, edge), 0x1p1022);
  EXPECT_EQ(decayed_sum(kHour, std::vector{edge - kHour, edge - kHour}, std::vector{-0x1p1023, 0x1p959}, edge),
            -0x1p1022 + 0x1p958);
}

TEST(Decay, lies_close_to_the_exact_sum) {
  std::mt19937_64 random{61};
  for (int round = 0; round < 200; ++round) {
    const Micros half_life{static_cast<std::int64_t>(random() % 2'000'000'000 + 1)};
    std::vector<Instant> times;
    std::vector<double> values;
    Instant at{Micros{static_cast<std::int64_t>(random() % 1'000'000'000'000)}};
    for (int i = 0; i < 50; ++i) {
      at += Micros{static_cast<std::int64_t>(random() % 1'000'000'000)};
      times.push_back(at);
      values.push_back(static_cast<double>(random() % 1'000));
    }
    const Instant edge = at + Micros{static_cast<std::int64_t>(random() % 1'000'000'000)};
    const auto expected = plainly(half_life, times, values, edge);
    EXPECT_NEAR(decayed_sum(half_life, times, values, edge), static_cast<double>(expected),
                static_cast<double>(expected) * 1e-14);
  }
}

TEST(DecayRows, are_the_sums_of_the_rows_that_count) {
  RunningScratch scratch;
  for (const std::int32_t half_life : {1, 3, 400}) {
    chance::for_many_entries(62, chance::kAsOfs, [&](const chance::Drawn& drawn, auto& numbers, auto&, auto& random) {
      if (random() % 4 == 0 && !numbers.empty()) numbers[random() % numbers.size()] = 0x1p1000;
      model::Aggregate spec;
      spec.aggregation = model::Aggregation::decayed;
      spec.half_life = Length{half_life, Length::Unit::hours};
      Values values{Column{numbers}};
      const Micros length = spec.half_life->micros();
      std::vector<Instant> edges;
      for (std::int32_t k = 0; k < chance::kAsOfs; ++k) edges.emplace_back(kHour * (40 + k));
      for (const bool with_values : {true, false}) {
        const DecayRows rows{drawn.entries, length,
                             with_values ? std::span<const double>{numbers} : std::span<const double>{}};
        const DecayEdges weights{length, edges};
        chance::expect_picked(drawn, {&spec, with_values ? &values : nullptr, {}, {}, {}}, edges,
                              [&](std::size_t a, const AccountEntries& entries, const AccountCells& out) {
                                rows.sum(entries, a, weights, scratch, out.numbers());
                              });
      }
    });
  }
}

}  // namespace
}  // namespace customerhealth::metrics
