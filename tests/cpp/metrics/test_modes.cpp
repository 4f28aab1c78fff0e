#include "metrics/answers_of_chance.hpp"
#include "modes.hpp"

namespace customerhealth::metrics {
namespace {

TEST(RunningMode, is_the_most_frequent_of_the_rows_that_count) {
  RunningScratch scratch;
  EntryTree<ModeNode> tree;
  chance::for_many_entries(91, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto& keys, auto& random) {
    std::vector<double> few;
    for (std::size_t i = 0; i < keys.size(); ++i) few.push_back(static_cast<double>(random() % 5) - 2);
    Values values{Column{few}};
    model::Aggregate spec;
    spec.aggregation = model::Aggregation::mode;
    const PickedAggregation aggregation{&spec, &values, {}, {}, {}};
    const NumberedRows numbered{drawn.entries, values.distinct_keys()};
    const ModeRows modes{drawn.entries, numbered, aggregation};
    for (std::size_t a = 0; a < drawn.entries.account_count(); ++a) {
      std::vector<std::int64_t> out(chance::kAsOfs);
      running_mode(drawn.account(a), numbered, modes, a, tree, scratch, out);
      each_as_of(drawn.account(a), Edges(chance::kAsOfs), [&](std::size_t k, const Picked& picked) {
        const Answer expected = aggregation(picked);
        ASSERT_EQ(out[k] < 0, expected.row < 0);
        if (out[k] < 0) return;
        EXPECT_EQ(few[static_cast<std::size_t>(out[k])], few[static_cast<std::size_t>(expected.row)]);
      });
    }
  });
}

}  // namespace
}  // namespace customerhealth::metrics
