#pragma once

#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/engine/portfolio.hpp"
#include "ledger/tables.hpp"

// Portfolios of chance under a model that uses every kind of table and most aggregations.
namespace customerhealth::worlds {

inline constexpr const char* kModel = R"({"format": 1,
  "tables": {
    "usage": {"kind": "events", "account": "id", "time": "at", "known": "known", "stale_after": "30d"},
    "clicks": {"kind": "events", "account": "id", "time": "at"},
    "contracts": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "known": "signed", "key": "k",
                  "deleted": "gone"},
    "tickets": {"kind": "intervals", "account": "id", "start": "begins", "end": "ends", "end_known": "at_end"},
    "mood": {"kind": "states", "account": "id", "time": "at", "key": "k"},
    "accounts": {"kind": "accounts", "account": "id"}},
  "include": "accounts.segment is missing or accounts.segment != 'gone'",
  "metrics": {
    "users": {"from": "usage", "agg": "count_distinct", "of": "user", "window": "28d"},
    "users_before": {"from": "usage", "agg": "count_distinct", "of": "user", "window": "28d", "offset": "28d"},
    "amount": {"from": "usage", "agg": "sum", "of": "amount", "window": "1mo"},
    "average": {"from": "usage", "agg": "mean", "of": "amount", "where": "feature != 'a'"},
    "median": {"from": "usage", "agg": "median", "of": "amount"},
    "largest": {"from": "usage", "agg": "max", "of": "amount", "window": "60d", "stale_after": "40d"},
    "last_feature": {"from": "usage", "agg": "last", "of": "feature"},
    "share": {"from": "usage", "agg": "top_share", "of": "feature", "min_rows": 2},
    "daily": {"from": "clicks", "agg": "count", "every": "1d", "window": "14d", "then": "mean"},
    "slope": {"from": "clicks", "agg": "sum", "of": "amount", "every": "7d", "window": "84d", "then": "slope"},
    "pages": {"from": "clicks", "agg": "count_distinct", "of": "page", "window": "7d"},
    "by_page": {"from": "clicks", "agg": "count", "by": {"column": "page", "values": [1, 2, 3]}, "window": "2w"},
    "gap": {"from": "clicks", "agg": "longest_gap"},
    "faded": {"from": "clicks", "agg": "decayed", "of": "amount", "half_life": "7d"},
    "onboarding": {"from": "clicks", "agg": "count", "since": "first_contract", "window": "30d"},
    "first_contract": {"from": "contracts", "agg": "first_time", "rows": "started"},
    "mrr": {"from": "contracts", "agg": "sum", "of": "mrr"},
    "renewal": {"from": "contracts", "agg": "days_to_end"},
    "unbroken": {"from": "contracts", "agg": "days_unbroken", "gap": "10d"},
    "open": {"from": "tickets", "agg": "count"},
    "slow": {"from": "tickets", "agg": "count", "where": "ends is missing", "rows": "any"},
    "happy": {"from": "mood", "agg": "mean", "of": "value"},
    "old": {"formula": "as_of > first_contract and mrr > 10"},
    "segment": {"formula": "accounts.segment"},
    "momentum": {"formula": "users / users_before - 1"}},
  "scores": {
    "use": {"measures": {"users": {"value": "users", "weight": 3, "curve": [[0, 0], [3, 50], [9, 100]]},
                         "momentum": {"value": "momentum", "bands": [{"below": 0, "points": 20}, {"points": 80}],
                                      "missing": {"undefined": 10, "else": "skip"}}}, "least_coverage": 0.3},
    "standing": {"measures": {
                   "users": {"value": "users", "percentile": {"within": "accounts.segment", "least": 2}},
                   "average": {"value": "average", "shrink": {"rows": "users", "strength": 3},
                               "zscore": {"within": "pages"}, "descending": true},
                   "clicks": {"value": "daily", "cases": [{"when": "old", "logistic": {"midpoint": 1, "slope": 2}},
                                                          {"percentile": {"rank": "at_most"}}]}},
                 "include": "open < 3"},
    "health": {"measures": {"use": {"score": "use", "weight": 2},
                            "standing": {"score": "standing"},
                            "rank": {"value": "use + standing", "percentile": {}},
                            "mood": {"value": "happy", "curve": [[0, 0], [10, 100]]}},
               "caps": [{"name": "tickets", "when": "open > 1", "at_most": 40}],
               "grades": [{"name": "red"}, {"name": "green", "from": 50}]}}})";

inline std::shared_ptr<const model::Model> shared(const std::string& json) {
  return std::make_shared<const model::Model>(model::Model::parse(json));
}

using namespace tables;

/// Draws rows; each call of a table continues where the last one was.
class Dice {
 public:
  Dice(std::uint64_t seed, int accounts) : random_{seed}, accounts_{accounts} {}

  int below(int n) { return static_cast<int>(random_() % static_cast<std::uint64_t>(n)); }
  std::optional<std::string> account() {
    return below(60) == 0 ? std::nullopt : std::optional{"account " + std::to_string(below(accounts_))};
  }
  std::optional<std::int64_t> time(int from, int to) {
    return below(60) == 0 ? std::nullopt : std::optional<std::int64_t>{(from + below(to - from)) * kDay + below(3)};
  }
  std::optional<std::int64_t> number(int n) {
    return below(10) == 0 ? std::nullopt : std::optional<std::int64_t>{below(n)};
  }
  template <class Draw>
  auto many(std::size_t rows, Draw draw) {
    std::vector<decltype(draw())> out;
    for (std::size_t i = 0; i < rows; ++i) out.push_back(draw());
    return out;
  }
  Words ids(std::size_t n) {
    return many(n, [this] { return account(); });
  }
  Ints times(std::size_t n, int from, int to) {
    return many(n, [&] { return time(from, to); });
  }
  Ints numbers(std::size_t n, int most) {
    return many(n, [&] { return number(most); });
  }
  Words words(std::size_t n, int most) {
    return many(n, [&] {
      return below(10) == 0 ? std::nullopt : std::optional{std::string(1, static_cast<char>('a' + below(most)))};
    });
  }

 private:
  std::mt19937_64 random_;
  int accounts_;
};

/// The tables but for accounts, `n` rows each or so.
inline std::vector<ledger::TableInput> activity(Dice& dice, std::size_t n) {
  const auto doubles = [&](std::size_t rows) {
    return dice.many(rows, [&] { return dice.below(9) == 0 ? std::nullopt : std::optional{dice.below(1000) / 7.0}; });
  };
  const auto flags = [&](std::size_t rows) { return dice.numbers(rows, 2); };
  const std::size_t few = n / 4 + 1;
  std::vector<ledger::TableInput> all;
  all.push_back(input("usage", {"id", "at", "known", "user", "amount", "feature"}, texts(dice.ids(n)),
                      micros(dice.times(n, 0, 200)), micros(dice.times(n, 0, 210)), integers(dice.numbers(n, 30)),
                      numbers(doubles(n)), texts(dice.words(n, 4))));
  all.push_back(input("clicks", {"id", "at", "amount", "page"}, texts(dice.ids(n)), micros(dice.times(n, 0, 200)),
                      integers(dice.numbers(n, 99)), integers(dice.numbers(n, 5))));
  all.push_back(input("contracts", {"id", "begins", "ends", "signed", "k", "gone", "mrr"}, texts(dice.ids(few)),
                      micros(dice.times(few, 0, 150)), micros(dice.times(few, 50, 300)),
                      micros(dice.times(few, 0, 150)), texts(dice.words(few, 3)), truths(flags(few)),
                      numbers(doubles(few))));
  all.push_back(input("tickets", {"id", "begins", "ends"}, texts(dice.ids(few)), micros(dice.times(few, 0, 200)),
                      micros(dice.times(few, 0, 250))));
  all.push_back(input("mood", {"id", "at", "k", "value"}, texts(dice.ids(few)), micros(dice.times(few, 0, 200)),
                      texts(dice.words(few, 2)), integers(dice.numbers(few, 11))));
  return all;
}

/// Most accounts, some in the segment that is left out, one twice.
inline ledger::TableInput accounts_table(int count) {
  Words ids, segments;
  for (int i = 0; i < count; ++i) {
    if (i % 9 == 4) continue;
    ids.push_back("account " + std::to_string(i));
    segments.push_back(i % 7 == 0 ? std::nullopt : std::optional<std::string>{i % 7 == 1 ? "gone" : "large"});
  }
  ids.push_back(ids.front());
  segments.push_back("small");
  return input("accounts", {"id", "segment"}, texts(ids), texts(segments));
}

inline const std::vector<Instant> kAsOfs = {day(200), day(10), day(45), day(90), day(90), day(150), day(7) + Micros{2}};

inline engine::Portfolio portfolio(const std::shared_ptr<const model::Model>& model,
                                   const std::vector<ledger::TableInput>& given, int threads = 1,
                                   ledger::Strictness strictness = ledger::Strictness::lenient) {
  Watch watch;
  return engine::Portfolio{model, given, strictness, Threads::resolve(threads), watch};
}

inline void append(engine::Portfolio& portfolio, const std::vector<ledger::TableInput>& given, int threads = 1) {
  Watch watch;
  portfolio.append(given, Threads::resolve(threads), watch);
}

inline panel::Panel score(const engine::Portfolio& portfolio, const std::vector<Instant>& as_ofs = kAsOfs,
                          int threads = 1) {
  Watch watch;
  return portfolio.score(as_ofs, Threads::resolve(threads), watch);
}

}  // namespace customerhealth::worlds
