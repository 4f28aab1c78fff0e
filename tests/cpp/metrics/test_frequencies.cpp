#include <algorithm>
#include <numeric>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "frequencies.hpp"
#include "metrics/answers_of_chance.hpp"

namespace customerhealth::metrics {
namespace {

/// Values whose identities are the keys: codes of texts.
Values values_of(const std::vector<std::uint64_t>& keys) {
  std::vector<std::int64_t> integers(keys.begin(), keys.end());
  const auto owner = std::make_shared<const std::vector<std::int64_t>>(std::move(integers));
  return Values{Column{IntegerView{*owner, {}, true}, owner}};
}

TEST(Frequencies, are_those_of_the_rows_that_count) {
  RunningScratch scratch;
  Frequencies frequencies;
  for (const auto agg : {model::Aggregation::top_share, model::Aggregation::entropy}) {
    chance::for_many_entries(31, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto& keys, auto&) {
      model::Aggregate spec;
      spec.aggregation = agg;
      Values values = values_of(keys);
      const NumberedRows rows{drawn.entries, keys};
      chance::expect_picked(drawn, {&spec, &values, {}, {}, {}}, Edges(chance::kAsOfs),
                            [&](std::size_t a, const AccountEntries& entries, const AccountCells& out) {
                              running_frequencies(entries, rows, a, frequencies, scratch, out, [&] {
                                return agg == model::Aggregation::entropy ? frequencies.entropy()
                                                                          : static_cast<double>(frequencies.most()) /
                                                                                static_cast<double>(frequencies.size());
                              });
                            });
    });
  }
}

TEST(Frequencies, have_one_entropy_whether_values_are_few_or_many) {
  Frequencies few, many;
  few.clear(2, 60);
  many.clear(70, 60);  // most of them never occur
  for (int i = 0; i < 60; ++i) {
    few.insert(i % 3 == 0 ? 1 : 0);
    many.insert(i % 3 == 0 ? 1 : 0);
  }
  EXPECT_EQ(few.entropy(), many.entropy());
  EXPECT_NEAR(few.entropy(), -(std::log(1.0 / 3) / 3 + std::log(2.0 / 3) * 2 / 3), 1e-15);
  EXPECT_EQ(few.most(), 40);
}

/// The sum of the shares' p ln p, exact and rounded once.
double entropy_in_full(const std::vector<std::int32_t>& times, std::int32_t rows) {
  ExactSum sum;
  for (const std::int32_t each : times) {
    const double share = static_cast<double>(each) / static_cast<double>(rows);
    if (each > 0) sum.add(-(share * math::ln(share)));
  }
  return sum.value();
}

TEST(Frequencies, have_an_entropy_rounded_once_among_few_rows_and_many) {
  for (std::int32_t rows = 1; rows <= 140; ++rows) {
    for (std::int32_t parts = 1; parts <= std::min(rows, 5); ++parts) {
      for (std::int32_t first = 1; first + parts - 1 <= rows; first += parts == 2 ? 1 : 3) {
        std::vector<std::int32_t> times(static_cast<std::size_t>(parts), (rows - first) / std::max(1, parts - 1));
        times.front() = parts == 1 ? rows : first;
        times.back() += rows - std::accumulate(times.begin(), times.end(), 0);
        Frequencies frequencies;
        frequencies.clear(times.size(), static_cast<std::size_t>(rows));
        for (std::size_t value = 0; value < times.size(); ++value) {
          for (std::int32_t i = 0; i < times[value]; ++i) frequencies.insert(static_cast<std::int32_t>(value));
        }
        EXPECT_EQ(frequencies.entropy(), entropy_in_full(times, rows)) << rows << ' ' << parts << ' ' << first;
      }
    }
  }
}

}  // namespace
}  // namespace customerhealth::metrics
