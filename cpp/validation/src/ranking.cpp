#include "ranking.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "customerhealth/common/number.hpp"
#include "groups.hpp"

namespace customerhealth::validation {
namespace {

constexpr std::size_t kPerStretch = 256;  // of a list, summed for all lanes before one of them is looked at

/// Scores that tie; missing ones tie with each other.
bool are_tied(double a, double b) noexcept { return a == b || (std::isnan(a) && std::isnan(b)); }

}  // namespace

double listed(double share, double cases) noexcept {
  constexpr double kBelowOne = 1.0 - 0x1p-40;  // 7 % of 100 cases are 7, though 0.07 * 100 is a little more
  return std::min(cases, std::max(1.0, std::ceil(share * cases * kBelowOne)));
}

Ranking::Ranking(std::span<const double> scores, const Cases& cases) {
  const std::vector<std::int32_t> order = order_of(scores, cases.accounts);
  add_steps(scores, cases, order);
  accounts_.reserve(order.size());
  events_.reserve(order.size());
  scores_.reserve(order.size());
  for (const std::int32_t row : order) {
    const auto i = static_cast<std::size_t>(row);
    accounts_.push_back(cases.accounts[i]);
    events_.push_back(cases.events[i] ? 1 : 0);
    scores_.push_back(scores[i]);
  }
  find_stretches();
}

void Ranking::find_stretches() {
  stretches_.assign(1, 0);
  for (std::size_t begin = 0; begin < scores_.size();) {
    std::size_t end = begin + 1;
    while (end < scores_.size() && are_tied(scores_[begin], scores_[end])) ++end;
    if (end - begin >= kPerStretch && begin != stretches_.back()) stretches_.push_back(begin);
    if (end - stretches_.back() >= kPerStretch) stretches_.push_back(end);
    begin = end;
  }
  if (stretches_.back() != scores_.size()) stretches_.push_back(scores_.size());
}

void Ranking::add_steps(std::span<const double> scores, const Cases& cases, std::span<const std::int32_t> order) {
  const Groups groups{scores, cases, order};
  stepwise_.reserve(order.size());
  std::size_t before = 0;
  for (const Groups::Group& group : groups.all()) {
    const auto spared = groups.spared(group), lost = groups.lost(group);
    stepwise_.insert(stepwise_.end(), spared.begin(), spared.end());
    stepwise_.insert(stepwise_.end(), lost.begin(), lost.end());
    if (std::isnan(group.value)) {
      missing_ = {before, spared.size(), lost.size()};
      return;
    }
    if (lost.empty()) {
      before += spared.size();
      continue;
    }
    steps_.push_back({before, spared.size(), lost.size()});
    before = 0;
  }
  missing_ = {before, 0, 0};
}

Ranking::Found Ranking::pass(const Counts& counts) const noexcept {
  std::span<const std::int32_t> rest{stepwise_};
  const auto take = [&](std::size_t many, Lanes<double>& sums) {
    if (many == 0) return;
    add_counts(rest.first(many), counts, sums);
    rest = rest.subspan(many);
  };
  Lanes<double> spared{}, lost{}, below{}, precision{};  // `below`: twice the pairs in which the event is not the lower
  const auto step = [&](const Step& one, bool present) {
    take(one.before, spared);
    const Lanes<double> before = spared;
    take(one.tied, spared);
    Lanes<double> events{};
    take(one.events, events);
    for (std::size_t i = 0; i < kLanes; ++i) {
      lost[i] += events[i];
      if (present) below[i] += events[i] * (before[i] + spared[i]);
      const double cases = lost[i] + spared[i];
      precision[i] += events[i] == 0.0 ? 0.0 : events[i] * (lost[i] / cases);
    }
    return before;
  };
  for (const Step& one : steps_) step(one, true);
  const Lanes<double> lost_present = lost, spared_present = step(missing_, false);
  Found found{};
  for (std::size_t i = 0; i < kLanes; ++i) {
    const double pairs = lost[i] * spared[i], present = lost_present[i] * spared_present[i];
    const double twice = 2.0 * present - below[i] + (pairs - present);
    found.auc[i] = pairs > 0.0 ? twice / (2.0 * pairs) : kNan;
    found.average_precision[i] = lost[i] > 0.0 ? precision[i] / lost[i] : kNan;
  }
  return found;
}

void Ranking::list(const Counts& counts, std::span<const double> shares, std::span<Listed> out) const noexcept {
  Lanes<double> total{};
  add_counts(accounts_, counts, total);
  for (std::size_t k = 0; k < shares.size(); ++k) {
    for (std::size_t i = 0; i < kLanes; ++i) out[k] = {};
    for (std::size_t i = 0; i < kLanes; ++i) out[k].cases[i] = listed(shares[k], total[i]);
  }
  Listed reached{};           // what the stretches before hold
  Lanes<std::size_t> next{};  // share that a lane looks for
  const std::span<const std::int32_t> accounts{accounts_};
  std::vector<std::int32_t> with_event;
  for (std::size_t s = 0; s + 1 < stretches_.size(); ++s) {
    const std::size_t begin = stretches_[s], end = stretches_[s + 1];
    with_event.clear();
    for (std::size_t j = begin; j < end; ++j) {
      if (events_[j] != 0) with_event.push_back(accounts_[j]);
    }
    Listed after = reached;
    add_counts(accounts.subspan(begin, end - begin), counts, after.cases);
    add_counts(with_event, counts, after.events);
    const bool is_one_tie = are_tied(scores_[begin], scores_[end - 1]);
    bool all_found = true;
    for (std::size_t i = 0; i < kLanes; ++i) {
      Reach before{reached.cases[i], reached.events[i], begin};
      const Reach last{after.cases[i], after.events[i], end};
      for (; next[i] < shares.size() && out[next[i]].cases[i] <= last.cases; ++next[i]) {
        const double wanted = out[next[i]].cases[i];
        Reach tie = is_one_tie ? last : past_tie(before, counts, i);
        while (tie.cases < wanted) before = std::exchange(tie, past_tie(tie, counts, i));
        const double room = wanted - before.cases, tied = tie.cases - before.cases;
        out[next[i]].events[i] = before.events + (tied > 0.0 ? room * (tie.events - before.events) / tied : 0.0);
      }
      all_found = all_found && next[i] == shares.size();
    }
    if (all_found) return;
    reached = after;
  }
}

Ranking::Reach Ranking::past_tie(Reach at, const Counts& counts, std::size_t lane) const noexcept {
  const double score = scores_[at.place];
  for (; at.place < scores_.size() && are_tied(score, scores_[at.place]); ++at.place) {
    const auto count = static_cast<double>(count_of(counts[static_cast<std::size_t>(accounts_[at.place])], lane));
    at.cases += count;
    if (events_[at.place] != 0) at.events += count;
  }
  return at;
}

}  // namespace customerhealth::validation
