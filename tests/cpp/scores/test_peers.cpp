#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/scores/peer_rows.hpp"
#include "customerhealth/scores/peers.hpp"
#include "scores/sheet.hpp"

namespace customerhealth::scores {
namespace {

using testing::kNan;
using testing::Sheet;
using Numbers = std::vector<double>;

/// One measure of `a.v`; the rows are each other's peers. -1 stands for a missing score, so that lists compare.
Numbers scores_of(Sheet& sheet) {
  Numbers out = sheet.work_out().of("s").score;
  for (double& score : out) score = std::isnan(score) ? -1 : score;
  return out;
}
Sheet sheet_of(const std::string& keys, const std::string& more = "") {
  return Sheet{R"({"s": {"measures": {"m": {"value": "a.v", )" + keys + "}}" + more + "}}"};
}
Numbers scores_of(const std::string& keys, const Numbers& values) {
  Sheet sheet = sheet_of(keys);
  return scores_of(sheet.numbers("a.v", values));
}

TEST(Percentile, stands_halfway_among_its_equals) {
  EXPECT_EQ(scores_of(R"("percentile": {})", {3, 1, 2, 2}), (Numbers{87.5, 12.5, 50, 50}));
  EXPECT_EQ(scores_of(R"("percentile": {"rank": "below"})", {3, 1, 2, 2}), (Numbers{75, 0, 25, 25}));
  EXPECT_EQ(scores_of(R"("percentile": {"rank": "at_most"})", {3, 1, 2, 2}), (Numbers{100, 25, 75, 75}));
}

TEST(Percentile, counts_the_peers_above_when_descending) {
  EXPECT_EQ(scores_of(R"("percentile": {}, "descending": true)", {3, 1, 2, 2}), (Numbers{12.5, 87.5, 50, 50}));
  EXPECT_EQ(scores_of(R"("percentile": {"rank": "below"}, "descending": true)", {3, 1, 2, 2}),
            (Numbers{0, 75, 25, 25}));
}

TEST(Percentile, puts_all_equal_values_and_a_group_of_one_in_the_middle) {
  EXPECT_EQ(scores_of(R"("percentile": {})", {7, 7, 7}), (Numbers{50, 50, 50}));
  EXPECT_EQ(scores_of(R"("percentile": {})", {7}), Numbers{50});
  EXPECT_EQ(scores_of(R"("percentile": {})", {0.0, -0.0}), (Numbers{50, 50}));
}

TEST(Percentile, wants_as_many_peers_as_it_says) {
  Sheet sheet = sheet_of(R"("percentile": {"least": 3}, "missing": "fail")");
  EXPECT_EQ(scores_of(sheet.numbers("a.v", {1, 2, kNan})), (Numbers{-1, -1, -1}));
  EXPECT_EQ(sheet.of("s").reasons, (std::vector<Reason>{Reason::few_peers, Reason::few_peers, Reason::silent}));
}

TEST(Peers, are_those_of_the_same_within) {
  Sheet sheet = sheet_of(R"("percentile": {"within": "a.w"}, "missing": "fail")");
  sheet.texts("a.w", {"x", "y", "x", "", "y"}).numbers("a.v", {1, 5, 2, 3, 4});
  EXPECT_EQ(scores_of(sheet), (Numbers{25, 75, 75, -1, 25}));
  EXPECT_EQ(sheet.of("s").reasons[3], Reason::few_peers);  // nobody's peer has none
}

TEST(Peers, are_those_for_whom_the_score_is_meant) {
  Sheet sheet = sheet_of(R"("percentile": {})", R"(, "include": "a.v > 0")");
  EXPECT_EQ(scores_of(sheet.numbers("a.v", {1, 2, -5, -6})), (Numbers{25, 75, -1, -1}));
  Sheet unsure = sheet_of(R"("percentile": {})", R"(, "include": "a.w > 0")");
  unsure.numbers("a.w", {1, 1, kNan});  // nobody knows whether the third is meant
  EXPECT_EQ(scores_of(unsure.numbers("a.v", {10, 20, 30})), (Numbers{25, 75, -1}));
}

TEST(Peers, are_one_group_whatever_the_type_of_a_number) {
  const std::vector<std::int64_t> integers{3, 4};
  const TextOverlay texts;
  const PeerGroups exact = group_rows(ColumnView{IntegerView{integers, {}, false}}, texts);
  const std::vector<double> numbers{3, 4, 0.5, kNan, 1e300, -0.0, 3};
  const PeerGroups rounded = group_rows(ColumnView{std::span<const double>{numbers}}, texts);
  EXPECT_EQ(exact.keys[0], rounded.keys[0]);
  EXPECT_EQ(rounded.of_row, (std::vector<std::int32_t>{0, 1, 2, -1, 3, 4, 0}));
  const std::vector<std::int64_t> large{-1, 9007199254740993};
  EXPECT_EQ(group_rows(ColumnView{IntegerView{large, {}, true}}, texts).keys,
            (std::vector<std::string>{"i18446744073709551615", "i9007199254740993"}));
}

TEST(Zscore, is_linear_from_the_mean_and_stops_at_its_limit) {
  // mean 2, deviation 1 (n - 1)
  EXPECT_EQ(scores_of(R"("zscore": {"limit": 2})", {1, 2, 3}), (Numbers{25, 50, 75}));
  EXPECT_EQ(scores_of(R"("zscore": {"limit": 0.5})", {1, 2, 3}), (Numbers{0, 50, 100}));
  EXPECT_EQ(scores_of(R"("zscore": {"limit": 2}, "descending": true)", {1, 2, 3}), (Numbers{75, 50, 25}));
}

TEST(Zscore, is_in_the_middle_when_all_are_equal) {
  EXPECT_EQ(scores_of(R"("zscore": {})", {4, 4, 4}), (Numbers{50, 50, 50}));
  EXPECT_EQ(scores_of(R"("zscore": {"least": 1})", {4}), Numbers{50});
  EXPECT_EQ(scores_of(R"("zscore": {})", {4}), Numbers{-1});
  EXPECT_EQ(scores_of(R"("zscore": {})", {0.1, 0.1, 0.1}), (Numbers{50, 50, 50}));
}

TEST(Zscore, outlives_values_whose_squares_do_not_fit) {
  EXPECT_EQ(scores_of(R"("zscore": {"limit": 2})", {1e200, 2e200, 3e200}), (Numbers{25, 50, 75}));
  EXPECT_EQ(scores_of(R"("zscore": {"limit": 2})", {1e-200, 2e-200, 3e-200}), (Numbers{25, 50, 75}));
  // Their sum is no double, their mean is.
  const Numbers far = scores_of(R"("zscore": {})", {1.7e308, 1.6e308});
  EXPECT_NEAR(far[0], 50 + 50 / (3 * std::sqrt(2)), 1e-12);
  EXPECT_NEAR(far[1], 50 - 50 / (3 * std::sqrt(2)), 1e-12);
  Sheet sheet = sheet_of(R"("zscore": {}, "missing": "fail")");
  scores_of(sheet.numbers("a.v", {1.7e308, -1.7e308}));
  EXPECT_EQ(sheet.of("s").reasons[0], Reason::undefined);  // their deviation is no double
}

TEST(Logistic, climbs_between_the_ends_of_the_scale) {
  EXPECT_EQ(scores_of(R"("logistic": {"midpoint": 10, "slope": 1})", {10, -1e9, 1e9}), (Numbers{50, 0, 100}));
  EXPECT_DOUBLE_EQ(scores_of(R"("logistic": {"midpoint": 10, "slope": 2})", {10.5})[0], 100 / (1 + std::exp(-1.0)));
  EXPECT_EQ(scores_of(R"("logistic": {"midpoint": 0, "slope": -1})", {-1e9, 1e9}), (Numbers{100, 0}));
}

TEST(Shrink, draws_the_value_of_few_rows_to_the_peers_mean) {
  // m = 4: (2*1 + 2*4)/4 = 2.5; (0*7 + 2*4)/2 = 4
  Sheet sheet{
      R"({"s": {"measures": {"m": {"value": "a.v", "shrink": {"rows": "n", "strength": 2}, "identity": true}}}})",
      R"({"n": {"formula": "a.n"}})"};
  EXPECT_EQ(scores_of(sheet.numbers("a.v", {1, 7}).numbers("a.n", {2, 0})), (Numbers{2.5, 4}));
  EXPECT_EQ(sheet.parts("s", Depth::one_level).value, (Numbers{1, 7}));  // what was measured is shown
}

TEST(Shrink, comes_before_the_shape_and_shrinks_the_peers_too) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.v", "shrink": {"rows": "n", "strength": 2},
                                             "percentile": {"within": "a.w"}, "missing": "fail"}}}})",
              R"({"n": {"formula": "a.n"}})"};
  // In x the mean is 4: 9 of no row becomes 4, 5 and -2 of many stay what they are, so 9 is no longer the highest.
  sheet.numbers("a.v", {9, 5, -2, 100, 3}).numbers("a.n", {0, 1e15, 1e15, 1, kNan});
  sheet.texts("a.w", {"x", "x", "x", "y", "x"});
  const Numbers scores = scores_of(sheet);
  EXPECT_DOUBLE_EQ(scores[0], 50);
  EXPECT_DOUBLE_EQ(scores[1], 100 * 2.5 / 3);
  EXPECT_EQ(scores[3], 50);
  EXPECT_EQ(scores[4], -1);
  EXPECT_EQ(sheet.of("s").reasons[4], Reason::silent);
}

TEST(Shrink, is_undefined_where_nothing_weighs_anything) {
  Sheet sheet{R"({"s": {"measures": {"m": {"value": "a.v", "shrink": {"rows": "n", "strength": 0}, "identity": true,
                                             "missing": "fail"}}}})",
              R"({"n": {"formula": "a.n"}})"};
  EXPECT_EQ(scores_of(sheet.numbers("a.v", {1, 8}).numbers("a.n", {0, 4})), (Numbers{-1, 8}));
  EXPECT_EQ(sheet.of("s").reasons[0], Reason::undefined);
}

TEST(Peers, of_a_score_come_before_those_of_what_reads_it) {
  const model::Model model =
      model::Model::parse(R"({"format": 1, "tables": {"a": {"kind": "accounts", "account": "id"}},
    "metrics": {"n": {"formula": "a.n"}},
    "scores": {"top": {"measures": {"r": {"value": "base * 2", "percentile": {}}}},
               "base": {"measures": {"m": {"value": "a.v", "shrink": {"rows": "n", "strength": 1},
                 "cases": [{"when": "n > 1", "percentile": {"within": "a.w"}}, {"when": "n > 0", "identity": true},
                           {"zscore": {"within": "a.w"}}]}}}}})");
  std::vector<std::int32_t> levels;
  for (const model::PeersNode& node : model.peers) levels.push_back(node.level);
  EXPECT_EQ(levels, (std::vector<std::int32_t>{3, 1, 2, 1, 2}));  // top's; a mean in w and of all, base's two shapes
  EXPECT_EQ(model.levels, 4);
}

// ---- the value

model::Model ranked() {
  return model::Model::parse(R"({"format": 1, "tables": {"a": {"kind": "accounts", "account": "id"}},
    "scores": {"s": {"measures": {"z": {"value": "a.v", "zscore": {"within": "a.w"}}}}}})");
}
const std::vector<Instant> kInstants{Instant{Micros{1}}, Instant{Micros{5}}};

/// Some values of two instants and three groups, of which a part may have none.
PeersSample sample_of_chance(std::mt19937& random, std::size_t size) {
  PeersSample out{{0, size / 3, size}, {}, {}, {}};
  for (std::size_t i = 0; i < size; ++i) {
    const std::string key = "t" + std::to_string(random() % 3);
    auto found = std::ranges::find(out.keys, key);
    if (found == out.keys.end()) found = out.keys.insert(found, key);
    out.groups.push_back(static_cast<std::int32_t>(found - out.keys.begin()));
    out.values.push_back(static_cast<double>(random() % 9) / 7);
  }
  return out;
}

Peers fitted(const model::Model& model, std::vector<PeersSample> samples) {
  Peers peers{model, kInstants};
  NodeFitting fitting{samples, kInstants.size(), peers.nodes[0]};
  fitting.fit(1), fitting.fit(0);
  peers.levels = 2;
  return peers;
}

TEST(Peers, of_parts_merge_to_those_of_the_whole_in_any_order) {
  const model::Model model = ranked();
  std::mt19937 random{7};
  for (int round = 0; round < 20; ++round) {
    std::vector<PeersSample> samples;
    std::vector<Peers> parts;
    for (int i = 0; i < 4; ++i) {
      samples.push_back(sample_of_chance(random, random() % 12));
      parts.push_back(fitted(model, {samples.back()}));
    }
    const Peers whole = fitted(model, samples);
    const Peers two = Peers::merge(std::vector<const Peers*>{&parts[2], &parts[0]});
    const Peers merged = Peers::merge(std::vector<const Peers*>{&parts[3], &two, &parts[1]});
    EXPECT_EQ(merged, whole);
    EXPECT_EQ(merged.to_bytes(), whole.to_bytes());
    for (std::size_t k = 0; k < whole.nodes[0].at.size(); ++k) {
      const PeerValues &a = merged.nodes[0].at[k], &b = whole.nodes[0].at[k];
      for (std::size_t g = 0; g < a.groups(); ++g) {
        if (a.count(g) == 0) continue;
        EXPECT_EQ(a.mean[g], b.mean[g]);
        EXPECT_EQ(a.deviation[g], b.deviation[g]);
      }
    }
  }
}

TEST(Peers, come_back_from_their_bytes) {
  const model::Model model = ranked();
  std::mt19937 random{8};
  const Peers peers = fitted(model, {sample_of_chance(random, 30)});
  const Peers back = Peers::from_bytes(peers.to_bytes());
  EXPECT_EQ(back, peers);
  EXPECT_EQ(back.nodes[0].at[1].deviation, peers.nodes[0].at[1].deviation);
  EXPECT_NO_THROW(back.check(model));
  EXPECT_TRUE(back.complete());
}

TEST(Peers, refuse_bytes_that_were_cut_or_changed_or_are_used_as_another_models) {
  const model::Model model = ranked();
  std::mt19937 random{9};
  const std::string bytes = fitted(model, {sample_of_chance(random, 12)}).to_bytes();
  for (std::size_t cut = 0; cut < bytes.size(); ++cut) {
    EXPECT_THROW((void)Peers::from_bytes(std::string_view{bytes}.substr(0, cut)), DataError) << cut;
  }
  EXPECT_THROW((void)Peers::from_bytes(bytes + "x"), DataError);
  for (std::size_t at = 0; at < bytes.size(); ++at) {
    for (const char with : {'\0', '\1', '\x7f', '\xff'}) {
      std::string changed = bytes;
      changed[at] = with;
      try {  // what can be read can be used
        const Peers peers = Peers::from_bytes(changed);
        (void)Peers::merge(std::vector<const Peers*>{&peers, &peers});
        EXPECT_NO_THROW((void)Peers::from_bytes(peers.to_bytes()));
        peers.check(model);
      } catch (const DataError&) {
      }
    }
  }
}

TEST(Peers, say_which_parts_cannot_be_merged) {
  const model::Model model = ranked();
  const Peers peers{model, kInstants}, elsewhen{model, {kInstants[0]}};
  Peers further = peers;
  further.levels = 1;
  const auto message = [](const Peers& a, const Peers& b) {
    try {
      (void)Peers::merge(std::vector<const Peers*>{&a, &b});
    } catch (const DataError& error) {
      return std::string{error.what()};
    }
    return std::string{};
  };
  EXPECT_EQ(message(peers, elsewhen), "peers: parts fitted at different as-ofs cannot be merged");
  EXPECT_EQ(message(peers, further),
            "peers: parts with 0 and 1 levels cannot be merged: merge each level before the next is fitted");
  EXPECT_THROW((void)Peers::merge({}), DataError);
  EXPECT_EQ(message(peers, peers), "");
}

TEST(Peers, are_not_those_of_an_as_of_that_they_were_not_fitted_at) {
  const Peers peers{ranked(), kInstants};
  EXPECT_EQ(peers.places(kInstants), (std::vector<std::int32_t>{0, 1}));
  EXPECT_THROW((void)peers.places(std::vector<Instant>{Instant{Micros{2}}}), DataError);
}

TEST(Peers, that_compare_the_same_values_keep_them_once) {
  const model::Model model =
      model::Model::parse(R"({"format": 1, "tables": {"a": {"kind": "accounts", "account": "id"}},
    "scores": {"s": {"measures": {"p": {"value": "a.v", "percentile": {}}, "q": {"value": "a.u", "percentile": {}},
                                  "z": {"value": "a.v", "zscore": {}}}}}})");
  std::vector<PeersSample> of_v{{{0, 2, 3}, {0.5, 0.25, 0.75}, {}, {""}}}, of_u{{{0, 2, 3}, {0.5, 0.25, 1}, {}, {""}}};
  Peers peers{model, kInstants};
  for (std::size_t n = 0; n < 3; ++n) {
    NodeFitting fitting{n == 1 ? of_u : of_v, kInstants.size(), peers.nodes[n]};
    fitting.fit(0), fitting.fit(1);
  }
  peers.levels = 2;
  const std::string bytes = peers.to_bytes();
  peers.share_values();
  EXPECT_EQ(peers.to_bytes(), bytes);
  const Peers back = Peers::from_bytes(bytes);
  EXPECT_EQ(back, peers);
  for (const Peers* each : {static_cast<const Peers*>(&peers), &back}) {
    for (std::size_t k = 0; k < 2; ++k) {
      EXPECT_EQ(each->nodes[0].at[k].sorted, each->nodes[2].at[k].sorted);
      EXPECT_NE(each->nodes[0].at[k].sorted, each->nodes[1].at[k].sorted);
    }
    EXPECT_EQ(each->nodes[2].at[0].mean, Numbers{0.375});
    EXPECT_TRUE(each->nodes[0].at[0].mean.empty());
  }
  const Peers merged = Peers::merge(std::vector<const Peers*>{&peers, &back});
  EXPECT_EQ(merged.nodes[0].at[0].sorted, merged.nodes[2].at[0].sorted);
}

TEST(Peers, take_ten_bytes_a_value_however_many_agree) {
  const model::Model model = ranked();
  const std::size_t nobody = Peers{model, kInstants}.to_bytes().size();
  std::mt19937_64 random{3};
  for (const std::uint64_t distinct : {2, 500, 1'000, 1'400, 1'000'000'000}) {
    PeersSample sample{{0, 1'500, 2'000}, {}, {}, {""}};
    for (int i = 0; i < 2'000; ++i) sample.values.push_back(static_cast<double>(random() % distinct));
    EXPECT_LE(fitted(model, {sample}).to_bytes().size(), nobody + 10 * 2'000) << distinct;
  }
}

TEST(Peers, tell_each_value_how_it_stands) {
  std::mt19937 random{10};
  for (const std::size_t size : {0, 5, 40, 400}) {
    std::vector<PeersSample> samples{sample_of_chance(random, size), sample_of_chance(random, 2 * size)};
    PeersFit fit;
    NodeFitting fitting{samples, kInstants.size(), fit};
    for (std::size_t k = 0; k < kInstants.size(); ++k) fitting.fit(k);
    for (const PeersSample& sample : samples) {
      ASSERT_EQ(sample.standings.size(), sample.values.size());
      for (std::size_t k = 0; k < kInstants.size(); ++k) {
        for (std::size_t i = sample.begins[k]; i < sample.begins[k + 1]; ++i) {
          const std::int32_t group = fit.find(sample.keys[static_cast<std::size_t>(sample.groups[i])]);
          const Standing searched = fit.at[k].standing(static_cast<std::size_t>(group), sample.values[i]);
          EXPECT_EQ(sample.standings[i].below, searched.below);
          EXPECT_EQ(sample.standings[i].equal, searched.equal);
          EXPECT_GT(searched.equal, 0U);
        }
      }
    }
  }
}

TEST(Peers, of_a_block_know_their_rows) {
  Sheet sheet = sheet_of(R"("percentile": {"within": "a.w"})");
  sheet.texts("a.w", {"x", "y", "x", "", "x"}).numbers("a.v", {3, 5, 1, 2, kNan});
  EXPECT_EQ(scores_of(sheet), (Numbers{75, 50, 25, -1, -1}));
  std::vector<PeersSample> samples{{{0, 3}, {3, 5, 1}, {0, 1, 0}, {"x", "y"}, 0, {0, 1, 2}}};
  PeersFit fit;
  NodeFitting{samples, 1, fit}.fit(0);
  const std::vector<Standing> standings = standings_of_rows(samples[0], 5);
  std::vector<std::uint32_t> below, equal;
  for (const Standing& each : standings) below.push_back(each.below), equal.push_back(each.equal);
  EXPECT_EQ(below, (std::vector<std::uint32_t>{1, 0, 0, 0, 0}));
  EXPECT_EQ(equal, (std::vector<std::uint32_t>{1, 1, 1, 0, 0}));  // the last two are nobody's peers
}

}  // namespace
}  // namespace customerhealth::scores
