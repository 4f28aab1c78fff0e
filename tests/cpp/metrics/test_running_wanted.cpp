#include "metrics/answers_of_chance.hpp"
#include "running_wanted.hpp"

namespace customerhealth::metrics {
namespace {

TEST(RunningWanted, is_the_completeness_of_the_rows_that_count) {
  RunningScratch scratch;
  chance::for_many_entries(41, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto& keys, auto& random) {
    std::vector<Truth> truths;
    for (const std::uint64_t key : keys) {
      truths.push_back(key % 3 == 0 ? Truth::yes : key % 3 == 1 ? Truth::no : Truth::missing);
    }
    Values values{Column{truths}};
    model::Aggregate spec;
    spec.aggregation = model::Aggregation::completeness;
    spec.wanted = {{{}, 1}, {{}, 2.5}, {{}, 1}, {{}, static_cast<double>(random() % 5 + 1)}};
    const auto identity = [](Truth truth) { return static_cast<std::uint64_t>(truth); };
    const std::vector<std::optional<std::uint64_t>> wanted = {identity(Truth::no), identity(Truth::yes), std::nullopt,
                                                              identity(Truth::yes)};
    const PickedAggregation aggregation{&spec, &values, {}, {}, wanted};
    const ValueSlots rows{wanted, values.identities()};
    EXPECT_EQ(rows.slots(), 2U);
    chance::expect_picked(drawn, aggregation, Edges(chance::kAsOfs),
                          [&](std::size_t, const AccountEntries& entries, const AccountCells& out) {
                            running_wanted(entries, rows, spec.wanted, scratch, out.numbers());
                          });
  });
}

}  // namespace
}  // namespace customerhealth::metrics
