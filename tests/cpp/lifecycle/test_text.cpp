#include <gtest/gtest.h>

#include "customerhealth/common/length.hpp"
#include "customerhealth/lifecycle/text.hpp"
#include "model/documents.hpp"

namespace customerhealth::lifecycle {
namespace {

model::PlaySpec play(const std::string& keys) {
  return model::model({.metrics = R"({"n": {"from": "usage", "agg": "count"}})",
                       .more = R"(, "plays": {"p": {"when": "n > 1", )" + keys + "}}"})
      .plays.front();
}

TEST(PlayText, holds_the_values_of_the_opening) {
  TextOverlay texts;
  const model::PlaySpec spec = play(R"("message": "{{{accounts.tier}}} {n} {n:.1f} {as_of} {as_of:%d.%m.}")");
  ASSERT_EQ(spec.values.size(), 3U);  // each once
  const std::vector<KeptValue> values{texts.intern("gold"), 1234.25, *parse_instant("2026-06-01")};
  EXPECT_EQ(rendered(spec.message, values, texts), "{gold} 1234.25 1234.2 2026-06-01 01.06.");
}

TEST(PlayText, shows_a_dash_for_what_is_missing) {
  const TextOverlay texts;
  EXPECT_EQ(rendered(play(R"("owner": "{n:.1f}/{n}")").owner, std::vector<KeptValue>{{}}, texts), "–/–");
}

TEST(PlayText, keeps_all_digits_of_integers) {
  const TextOverlay texts;
  const model::PlaySpec spec = play(R"("message": "{accounts.id}", "evidence": ["accounts.id"])");
  const std::vector<KeptValue> values{std::uint64_t{18446744073709551615U}};
  EXPECT_EQ(rendered(spec.message, values, texts), "18446744073709551615");
  EXPECT_EQ(evidence_of(spec, values, texts), R"({"accounts.id": 18446744073709551615})");
}

TEST(PlayText, gives_evidence_as_json) {
  TextOverlay texts;
  const model::PlaySpec spec = play(R"("evidence": ["n", "accounts.tier", "as_of", "accounts.live", "accounts.none"])");
  const std::vector<KeptValue> values{2.5, texts.intern("a \"b\""), *parse_instant("2026-06-01"), true, {}};
  EXPECT_EQ(
      evidence_of(spec, values, texts),
      R"({"n": 2.5, "accounts.tier": "a \"b\"", "as_of": "2026-06-01", "accounts.live": true, "accounts.none": null})");
}

}  // namespace
}  // namespace customerhealth::lifecycle
