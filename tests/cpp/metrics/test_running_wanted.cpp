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

TEST(RunningWanted, counts_values_in_a_word_or_two_or_one_by_one) {
  RunningScratch scratch;
  chance::for_many_entries(43, chance::kAsOfs, [&](const chance::Drawn& drawn, auto&, const auto& keys, auto& random) {
    const std::vector<std::int64_t> integers(keys.begin(), keys.end());
    Values values{Column{IntegerView{integers, {}, true}}};
    model::Aggregate spec;
    spec.aggregation = model::Aggregation::completeness;
    std::vector<std::optional<std::uint64_t>> wanted;
    const std::size_t others[] = {0, 1, 4, 9};  // values that occur nowhere, before six that may
    for (std::size_t i = 0; i < others[random() % 4]; ++i) wanted.emplace_back(3'000'000 + i);
    for (std::size_t i = 0; i < 6 && !keys.empty(); ++i) wanted.emplace_back(keys[random() % keys.size()]);
    if (wanted.empty()) return;
    for (std::size_t w = 0; w < wanted.size(); ++w) spec.wanted.push_back({{}, static_cast<double>(w % 4) + 0.5});
    const ValueSlots rows{wanted, values.identities()};
    chance::expect_picked(drawn, {&spec, &values, {}, {}, wanted}, Edges(chance::kAsOfs),
                          [&](std::size_t, const AccountEntries& entries, const AccountCells& out) {
                            running_wanted(entries, rows, spec.wanted, scratch, out.numbers());
                          });
  });
}

}  // namespace
}  // namespace customerhealth::metrics
