#include "metrics/answers_of_chance.hpp"
#include "running_deviation.hpp"

namespace customerhealth::metrics {
namespace {

TEST(RunningDeviation, is_that_of_the_rows_that_count) {
  RunningScratch scratch;
  chance::for_many_entries(11, chance::kAsOfs, [&](const chance::Drawn& drawn, const auto& numbers, auto&, auto&) {
    model::Aggregate spec;
    spec.aggregation = model::Aggregation::std;
    Values values{Column{numbers}};
    const SumRows sums{drawn.entries, numbers};
    const SquareRows squares{drawn.entries, sums};
    chance::expect_picked(drawn, {&spec, &values, {}, {}, {}}, Edges(chance::kAsOfs),
                          [&](std::size_t a, const AccountEntries& entries, const AccountCells& out) {
                            running_deviation(entries, sums, squares, numbers, a, scratch, out);
                          });
  });
}

}  // namespace
}  // namespace customerhealth::metrics
