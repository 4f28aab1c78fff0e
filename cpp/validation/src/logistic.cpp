#include <algorithm>
#include <cassert>
#include <cmath>
#include <string>

#include "batches.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/validation/calibration.hpp"
#include "groups.hpp"

namespace customerhealth::validation {
namespace {

/// Values of x, as deviations, with how many cases have them and what the targets of these sum to.
struct Table {
  std::vector<double> z, cases, target;
  double total = 0.0;
};

struct Line {
  double level = 0.0, slope = 0.0;  // log odds = level + slope * z
};

struct Evaluation {
  double loss = 0.0;
  double level = 0.0, slope = 0.0;                                 // gradient
  double level_level = 0.0, level_slope = 0.0, slope_slope = 0.0;  // curvature
};

Evaluation evaluate(const Table& table, Line at) noexcept {
  Evaluation sum;
  for (std::size_t i = 0; i < table.z.size(); ++i) {
    const double odds = at.level + at.slope * table.z[i];
    const double e = math::exp(-std::abs(odds));
    const double p = (odds > 0.0 ? 1.0 : e) / (1.0 + e), n = table.cases[i];
    const double off = n * p - table.target[i], bend = n * p * (1.0 - p);
    sum.loss += n * (std::max(odds, 0.0) + math::log1p(e)) - table.target[i] * odds;
    sum.level += off;
    sum.slope += off * table.z[i];
    sum.level_level += bend;
    sum.level_slope += bend * table.z[i];
    sum.slope_slope += bend * table.z[i] * table.z[i];
  }
  return sum;
}

/// Newton's step; of a direction in which nothing bends, none.
Line step_from(const Evaluation& e) noexcept {
  const double left = e.slope_slope - (e.level_slope / e.level_level) * e.level_slope;
  const double slope =
      left > 1e-14 * e.level_level ? -(e.slope - (e.level_slope / e.level_level) * e.level) / left : 0.0;
  return {-(e.level + e.level_slope * slope) / e.level_level, slope};
}

Line climb(const Table& table, Line at) noexcept {
  constexpr int kMostSteps = 200, kMostHalvings = 60;
  constexpr double kFlat = 1e-9;  // one more step, which squares the distance, and the rest is rounding
  Evaluation here = evaluate(table, at);
  for (int step = 0; step < kMostSteps && here.level_level > 0.0; ++step) {
    const bool last = std::max(std::abs(here.level), std::abs(here.slope)) <= kFlat * table.total;
    const Line full = step_from(here);
    double part = 1.0;
    for (int halving = 0; halving < kMostHalvings; ++halving, part /= 2.0) {
      const Line next{at.level + part * full.level, at.slope + part * full.slope};
      const Evaluation there = evaluate(table, next);
      if (there.loss <= here.loss + 1e-14 * std::abs(here.loss)) {
        at = next;
        here = there;
        break;
      }
    }
    if (last) break;
  }
  return at;
}

/// The values of x of some cases, to be counted in one way or another.
class Curve {
 public:
  Curve(std::span<const double> x, const Cases& cases, Targets targets)
      : groups_{x, cases, order_of(x, cases.accounts)}, targets_{targets} {
    double sum = 0.0, squares = 0.0;
    for (const auto& group : groups_.all()) sum += group.value * many(group);
    middle_ = sum / static_cast<double>(cases.size());
    for (const auto& group : groups_.all()) squares += (group.value - middle_) * (group.value - middle_) * many(group);
    spread_ = math::sqrt(squares / static_cast<double>(cases.size()));
    if (!(spread_ > 0.0)) spread_ = 1.0;
  }

  /// The curve of cases counted so, in the first `lanes` lanes; NaN where there is none.
  [[nodiscard]] Lanes<Logistic> of(const Counts& counts, std::size_t lanes, Line start) const {
    Lanes<Table> tables;
    Lanes<double> all_lost{}, all_spared{};
    for (const auto& group : groups_.all()) {
      Lanes<double> lost{}, spared{};
      add_counts(groups_.lost(group), counts, lost);
      add_counts(groups_.spared(group), counts, spared);
      for (std::size_t i = 0; i < lanes; ++i) {
        if (lost[i] + spared[i] == 0.0) continue;
        all_lost[i] += lost[i];
        all_spared[i] += spared[i];
        tables[i].z.push_back((group.value - middle_) / spread_);
        tables[i].cases.push_back(lost[i] + spared[i]);
        tables[i].target.push_back(lost[i]);
      }
    }
    Lanes<Logistic> out;
    out.fill({kNan, kNan});
    for (std::size_t i = 0; i < lanes; ++i) {
      if (!aim(tables[i], all_lost[i], all_spared[i])) continue;
      out[i] = back(climb(tables[i], start));
    }
    return out;
  }

  [[nodiscard]] Line start_at(Logistic curve) const noexcept {
    return {curve.a - curve.b * middle_, -curve.b * spread_};
  }

 private:
  static double many(const Groups::Group& group) noexcept { return static_cast<double>(group.end - group.begin); }

  /// Makes targets of the events that the table counts; false where no curve fits them.
  [[nodiscard]] bool aim(Table& table, double lost, double spared) const noexcept {
    table.total = lost + spared;
    if (targets_ == Targets::plain) return lost > 0.0 && spared > 0.0;
    const double high = (lost + 1.0) / (lost + 2.0), low = 1.0 / (spared + 2.0);
    for (std::size_t i = 0; i < table.target.size(); ++i) {
      table.target[i] = table.target[i] * high + (table.cases[i] - table.target[i]) * low;
    }
    return table.total > 0.0;
  }
  [[nodiscard]] Logistic back(Line at) const noexcept {
    const double b = -at.slope / spread_;
    return {at.level + b * middle_, b + 0.0};
  }

  Groups groups_;
  Targets targets_;
  double middle_ = 0.0, spread_ = 1.0;
};

void check_cases(std::span<const double> x, const Cases& cases) {
  cases.check();
  if (x.empty()) throw DataError{"x: expected one case or more, got none", "", "x"};
  if (x.size() != cases.events.size()) {
    throw DataError{"x: " + std::to_string(x.size()) + " rows where events has " + std::to_string(cases.events.size()),
                    "", "x"};
  }
  const auto bad = std::ranges::find_if(x, [](double v) { return !std::isfinite(v); });
  if (bad == x.end()) return;
  const auto row = bad - x.begin();
  throw DataError{"x[" + std::to_string(row) + "]: expected a finite number, got " + shortest(*bad), "", "x", row, 1};
}

}  // namespace

Logistic logistic(std::span<const double> x, const Cases& cases, Targets targets) {
  check_cases(x, cases);
  const Logistic found = Curve{x, cases, targets}.of(each_once(cases.account_total()), 1, {})[0];
  if (std::isnan(found.a)) {
    throw DataError{"events: expected cases with the event and cases without it, got one kind only", "", "events"};
  }
  return found;
}

void draw_logistic(std::span<const double> x, const Cases& cases, Targets targets, Rounds rounds, const Watch& watch,
                   std::span<Logistic> out) {
  check_cases(x, cases);
  assert(static_cast<std::int64_t>(out.size()) == rounds.count);
  const Curve curve{x, cases, targets};
  const Logistic all = curve.of(each_once(cases.account_total()), 1, {})[0];
  const Line start = std::isnan(all.a) ? Line{} : curve.start_at(all);  // most rounds are near
  each_batch(rounds, cases.account_total(), watch, [&](const Counts& counts, std::size_t first, std::size_t lanes) {
    const Lanes<Logistic> found = curve.of(counts, lanes, start);
    std::copy_n(found.begin(), lanes, out.subspan(first).begin());
  });
}

}  // namespace customerhealth::validation
