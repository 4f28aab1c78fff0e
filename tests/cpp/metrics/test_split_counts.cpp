#include <gtest/gtest.h>

#include <algorithm>

#include "entries_of_chance.hpp"
#include "split_counts.hpp"

namespace customerhealth::metrics {
namespace {

TEST(SplitCounts, count_the_rows_of_each_value_in_each_window) {
  constexpr std::int32_t kAsOfs = 7;
  chance::for_many_entries(
      61, kAsOfs, [](const auto& drawn, const auto&, const std::vector<std::uint64_t>& keys, auto& random) {
        if (!drawn.entries.plain) return;
        Identities rows{keys, std::vector<std::uint8_t>(keys.size())};
        for (std::uint8_t& missing : rows.missing) missing = random() % 8 == 0 ? 1 : 0;
        const auto some_key = [&] { return keys.empty() ? 0 : keys[random() % keys.size()]; };
        const std::vector<std::optional<std::uint64_t>> given = {some_key(), std::nullopt, some_key(), 17, some_key()};
        const SplitCounts counts{drawn.entries, ValueSlots{given, rows}, drawn.before, drawn.edges};
        std::vector<double> out(drawn.entries.account_count() * kAsOfs, -1);
        for (std::size_t g = 0; g < given.size(); ++g) {
          counts.count(g, drawn.window, out);
          for (std::size_t cell = 0; cell < out.size(); ++cell) {
            const auto inside =
                chance::rows_at(account_entries(drawn.entries, drawn.runs, cell / kAsOfs), cell % kAsOfs);
            EXPECT_EQ(out[cell], std::ranges::count_if(inside, [&](std::uint32_t row) {
                        return rows.has(row) && given[g] == keys[row];
                      }));
          }
        }
      });
}

}  // namespace
}  // namespace customerhealth::metrics
