#include "customerhealth/validation/foresight.hpp"

#include <algorithm>
#include <cassert>
#include <numeric>
#include <optional>
#include <vector>

#include "batches.hpp"
#include "customerhealth/common/errors.hpp"
#include "ranking.hpp"

namespace customerhealth::validation {
namespace {

/// The shares ascending, and the place of each among those asked for.
struct Shares {
  explicit Shares(std::span<const double> asked) : place(asked.size()), ascending(asked.size()) {
    std::iota(place.begin(), place.end(), std::size_t{0});
    std::ranges::stable_sort(place, {}, [&](std::size_t i) { return asked[i]; });
    std::ranges::transform(place, ascending.begin(), [&](std::size_t i) { return asked[i]; });
  }
  std::vector<std::size_t> place;
  std::vector<double> ascending;
};

void fill_point(const Ranking& ranking, const Counts& once, const Shares& shares, Foresight& out) {
  const Ranking::Found found = ranking.pass(once);
  out.auc = found.auc[0];
  out.average_precision = found.average_precision[0];
  std::vector<Ranking::Listed> lists(shares.place.size());
  ranking.list(once, shares.ascending, lists);
  for (std::size_t k = 0; k < lists.size(); ++k) {
    const std::size_t to = shares.place[k];
    out.listed[to] = static_cast<std::int64_t>(lists[k].cases[0]);
    out.hits[to] = lists[k].events[0];
    out.cutoff[to] = ranking.score_at(out.listed[to] - 1);
  }
}

void fill_rounds(const Ranking& ranking, const Counts& counts, const Shares& shares, std::size_t first,
                 std::size_t lanes, const Foresight& out) {
  const std::size_t rounds = out.auc_draws.size();
  const Ranking::Found found = ranking.pass(counts);
  std::copy_n(found.auc.begin(), lanes, out.auc_draws.subspan(first).begin());
  std::copy_n(found.average_precision.begin(), lanes, out.average_precision_draws.subspan(first).begin());
  if (shares.place.empty()) return;
  std::vector<Ranking::Listed> lists(shares.place.size());
  ranking.list(counts, shares.ascending, lists);
  for (std::size_t k = 0; k < lists.size(); ++k) {
    const std::size_t to = shares.place[k] * rounds + first;
    std::copy_n(lists[k].cases.begin(), lanes, out.listed_draws.subspan(to).begin());
    std::copy_n(lists[k].events.begin(), lanes, out.hits_draws.subspan(to).begin());
  }
}

}  // namespace

void foresee(std::span<const double> scores, const Cases& cases, std::span<const double> shares, Rounds rounds,
             const Watch& watch, std::span<Foresight> out) {
  cases.check();
  assert(scores.size() == out.size() * cases.events.size());
  if (cases.size() == 0) throw DataError{"events: expected one case or more, got none", "", "events"};
  const Shares sorted{shares};
  const std::int64_t accounts = cases.account_total();
  const Counts once = each_once(accounts);
  std::vector<std::optional<Ranking>> rankings(out.size());
  for_each(static_cast<std::int64_t>(out.size()), [&](std::int64_t score) {
    watch.check();
    const auto k = static_cast<std::size_t>(score);
    rankings[k].emplace(scores.subspan(k * cases.events.size(), cases.events.size()), cases);
    fill_point(*rankings[k], once, sorted, out[k]);
  });
  each_batch(rounds, accounts, watch, [&](const Counts& counts, std::size_t first, std::size_t lanes) {
    for (std::size_t k = 0; k < out.size(); ++k) fill_rounds(*rankings[k], counts, sorted, first, lanes, out[k]);
  });
}

}  // namespace customerhealth::validation
