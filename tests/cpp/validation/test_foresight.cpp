#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/validation/foresight.hpp"
#include "small_cases.hpp"

namespace customerhealth::validation {
namespace {

/// A Foresight with room for what it finds.
struct Answer {
  Answer(std::size_t shares, std::int64_t rounds)
      : auc_draws(static_cast<std::size_t>(rounds)),
        ap_draws(auc_draws.size()),
        cutoff(shares),
        listed_draws(shares * auc_draws.size()),
        hits_draws(listed_draws.size()),
        listed(shares),
        hits(shares) {
    found.auc_draws = auc_draws;
    found.average_precision_draws = ap_draws;
    found.cutoff = cutoff;
    found.listed = listed;
    found.hits = hits;
    found.listed_draws = listed_draws;
    found.hits_draws = hits_draws;
  }
  std::vector<double> auc_draws, ap_draws, cutoff, listed_draws, hits_draws;
  std::vector<std::int64_t> listed;
  std::vector<double> hits;
  Foresight found;
};

Answer foreseen(const std::vector<double>& scores, const SmallCases& cases, const std::vector<double>& shares = {},
                Rounds rounds = {}, int threads = 1) {
  Answer answer{shares.size(), rounds.count};
  on(threads, [&](const Watch& watch) { foresee(scores, cases.get(), shares, rounds, watch, {&answer.found, 1}); });
  return answer;
}

TEST(Foresee, counts_pairs_and_halves_ties) {
  // Pairs of an event (1, 3, 3) and none (2, 3, 4): 1 beats all three; each 3 beats 4 and ties with 3: 6 of 9.
  const auto found = foreseen({1, 2, 3, 3, 3, 4}, {1, 0, 1, 1, 0, 0}).found;
  EXPECT_DOUBLE_EQ(found.auc, (3.0 + 1.5 + 1.5) / 9.0);
  // Precision 1/1 at the first event; 3/5 at the two that tie.
  EXPECT_DOUBLE_EQ(found.average_precision, (1.0 + 2.0 * 3.0 / 5.0) / 3.0);
}

TEST(Foresee, takes_a_missing_score_as_half_a_pair_and_as_last) {
  // Events 1 and missing, others 2 and missing: 1 beats 2 and is half against the missing one, which is half twice.
  const Answer answer = foreseen({1, kNan, 2, kNan}, {1, 1, 0, 0}, {0.5, 0.75});
  EXPECT_DOUBLE_EQ(answer.found.auc, (1.0 + 0.5 + 0.5 + 0.5) / 4.0);
  EXPECT_DOUBLE_EQ(answer.found.average_precision, (1.0 + 2.0 / 4.0) / 2.0);
  EXPECT_EQ(answer.cutoff[0], 2.0);
  EXPECT_TRUE(std::isnan(answer.cutoff[1]));
}

TEST(Foresee, has_no_auc_of_one_kind_of_case) {
  EXPECT_TRUE(std::isnan(foreseen({1, 2}, {0, 0}).found.auc));
  EXPECT_TRUE(std::isnan(foreseen({1, 2}, {0, 0}).found.average_precision));
  EXPECT_TRUE(std::isnan(foreseen({1, 2}, {1, 1}).found.auc));
  EXPECT_EQ(foreseen({1, 2}, {1, 1}).found.average_precision, 1.0);
}

TEST(Foresee, lists_a_share_of_the_cases_rounded_up) {
  // Of the four cases of score 1 two have the event.
  const SmallCases tied{{0, 0, 1, 1, 1}, {2, 1, 1, 0, 3}};
  const auto found = foreseen({1, 1, 1, 1, 2}, tied, {0.6, 0.2, 0.21, 1.0});
  EXPECT_EQ(found.listed, (std::vector<std::int64_t>{3, 1, 2, 5}));
  EXPECT_EQ(found.hits, (std::vector<double>{1.5, 0.5, 1, 3}));
  EXPECT_EQ(found.cutoff, (std::vector<double>{1, 1, 1, 2}));
}

TEST(Foresee, finds_in_a_list_of_ties_what_chance_would) {
  // 700 cases of one score, 100 of them with the event, between 300 below and 5 above that have none.
  std::vector<double> scores(300, 1.0);
  scores.insert(scores.end(), 700, 2.0);
  scores.insert(scores.end(), {3.0, 3.0, kNan, kNan, kNan});
  const auto events = std::make_unique<bool[]>(scores.size());
  std::vector<std::int32_t> accounts(scores.size());
  for (std::size_t i = 0; i < scores.size(); ++i) {
    events[i] = (300 <= i && i < 1000 && i % 7 == 0) || i == 1004;
    accounts[i] = static_cast<std::int32_t>(i / 5);
  }
  Answer answer{3, 0};
  const std::vector<double> shares{300.0 / 1005, 650.0 / 1005, 1003.0 / 1005};
  on(1, [&](const Watch& watch) {
    foresee(scores, {{events.get(), scores.size()}, accounts}, shares, {}, watch, {&answer.found, 1});
  });
  EXPECT_EQ(answer.listed, (std::vector<std::int64_t>{300, 650, 1003}));
  EXPECT_EQ(answer.hits[0], 0.0);
  EXPECT_EQ(answer.hits[1], 50.0);
  EXPECT_NEAR(answer.hits[2], 100.0 + 1.0 / 3, 1e-12);  // one of three missing ones is listed
}

TEST(Foresee, takes_seven_percent_of_a_hundred_as_seven) {
  const std::vector<double> scores(100, 1.0);
  const std::unique_ptr<bool[]> events = std::make_unique<bool[]>(100);
  const std::vector<std::int32_t> accounts(100);
  Answer answer{1, 0};
  on(1, [&](const Watch& watch) {
    foresee(scores, {{events.get(), 100}, accounts}, std::vector<double>{0.07}, {}, watch, {&answer.found, 1});
  });
  EXPECT_EQ(answer.listed[0], 7);
}

TEST(Foresee, draws_accounts_with_all_their_cases) {
  // Of one account every round draws what there is.
  const SmallCases one{{1, 0, 1, 0, 0}, {0, 0, 0, 0, 0}};
  const auto found = foreseen({1, 2, 3, 4, 5}, one, {0.4}, {20, 7});
  for (std::size_t round = 0; round < 20; ++round) {
    EXPECT_EQ(found.auc_draws[round], found.found.auc);
    EXPECT_EQ(found.ap_draws[round], found.found.average_precision);
    EXPECT_EQ(found.listed_draws[round], 2.0);
    EXPECT_EQ(found.hits_draws[round], 1.0);
  }
}

TEST(Foresee, gives_the_same_bits_on_any_number_of_threads) {
  std::vector<double> scores;
  std::vector<std::int32_t> accounts;
  const std::size_t size = 5000;
  const auto events = std::make_unique<bool[]>(size);
  for (std::size_t i = 0; i < size; ++i) {
    scores.push_back(static_cast<double>((i * 7919) % 101));
    accounts.push_back(static_cast<std::int32_t>((i * 31) % 700));
    events[i] = (i * 104'729) % 7 == 0;
  }
  const auto ask = [&](int threads) {
    Answer answer{2, 50};
    on(threads, [&](const Watch& watch) {
      foresee(scores, {{events.get(), size}, accounts}, std::vector<double>{0.1, 0.3}, {50, 3}, watch,
              {&answer.found, 1});
    });
    return answer;
  };
  const Answer one = ask(1);
  for (const int threads : {2, 7}) {
    const Answer many = ask(threads);
    EXPECT_EQ(many.auc_draws, one.auc_draws);
    EXPECT_EQ(many.ap_draws, one.ap_draws);
    EXPECT_EQ(many.hits_draws, one.hits_draws);
    EXPECT_EQ(many.listed_draws, one.listed_draws);
  }
}

TEST(Foresee, refuses_columns_that_do_not_fit) {
  const SmallCases below{{1, 0}, {0, -1}}, longer{{1, 0}, {0, 1, 2}};
  EXPECT_THROW(foreseen({1, 2}, below), DataError);
  EXPECT_THROW(foreseen({1, 2}, longer), DataError);
  EXPECT_THROW(foreseen({}, {}), DataError);
}

}  // namespace
}  // namespace customerhealth::validation
