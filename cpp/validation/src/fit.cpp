#include "customerhealth/validation/fit.hpp"

#include <Eigen/Core>
#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "box_step.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "likelihood.hpp"

namespace customerhealth::validation {
namespace {

using Eigen::Index;
using Eigen::VectorXd;

/// A function to be made least, with what it costs to leave the document: the places of a point are the level, the
/// coefficients, then s where there is one.
class Objective {
 public:
  struct Value {
    double value = 0.0;
    VectorXd slope;             // without the lasso's
    Eigen::MatrixXd curvature;  // empty unless asked for
  };

  Objective(const Regression& regression, const LossOfRows& loss)
      : regression_{regression},
        loss_{loss},
        p_{static_cast<Index>(regression.columns())},
        scaled_{size_of(regression) > p_ + 1},
        towards_{VectorXd::Zero(p_)} {
    if (scaled_) towards_ = Eigen::Map<const VectorXd>{regression.towards.data(), p_};
  }

  /// How many places a point has.
  [[nodiscard]] static Index size_of(const Regression& regression) noexcept {
    const bool scaled = !regression.towards.empty() && regression.ridge > 0.0;
    return static_cast<Index>(regression.columns()) + (scaled ? 2 : 1);
  }

  [[nodiscard]] Value at(const VectorXd& point, bool with_curvature) const {
    const double ridge = regression_.ridge;
    LossOfRows::Sums sums = loss_.at(point.head(p_ + 1), with_curvature);
    const VectorXd c = point.segment(1, p_), away = scaled_ ? VectorXd{c - point[p_ + 1] * towards_} : c;
    Value found;
    found.value = sums.loss + 0.5 * ridge * away.squaredNorm() + regression_.lasso * c.lpNorm<1>();
    found.slope = VectorXd::Zero(size());
    found.slope.head(p_ + 1) = sums.gradient;
    found.slope.segment(1, p_) += ridge * away;
    if (scaled_) found.slope[p_ + 1] = -ridge * towards_.dot(away);
    if (with_curvature) found.curvature = curvature(sums.curvature);
    return found;
  }

  /// How far each place may move from the point, within bounds and without a coefficient changing its sign; and the
  /// slope with the lasso's there.
  struct Room {
    VectorXd low, high, slope;
    double violation = 0.0;
  };
  [[nodiscard]] Room room(const VectorXd& point, const VectorXd& slope) const {
    Room room{VectorXd::Constant(size(), -kInfinity), VectorXd::Constant(size(), kInfinity), slope};
    if (scaled_) room.low[p_ + 1] = 0.0 - point[p_ + 1];
    for (Index j = 0; j < p_; ++j) limit(j, point[j + 1], room);
    for (Index i = 0; i < size(); ++i) {
      const double down = room.low[i] < 0.0 ? room.slope[i] : 0.0, up = room.high[i] > 0.0 ? -room.slope[i] : 0.0;
      room.violation = std::max({room.violation, down, up});
    }
    return room;
  }

 private:
  [[nodiscard]] Index size() const noexcept { return p_ + (scaled_ ? 2 : 1); }
  void limit(Index j, double c, Room& room) const {
    const double lasso = regression_.lasso;
    double low = regression_.low[static_cast<std::size_t>(j)], high = regression_.high[static_cast<std::size_t>(j)];
    double& slope = room.slope[j + 1];
    if (lasso > 0.0 && low < 0.0 && high > 0.0) {
      const bool above = c > 0.0 || (c == 0.0 && slope < -lasso), below = c < 0.0 || (c == 0.0 && slope > lasso);
      if (!below) low = 0.0;
      if (!above) high = 0.0;
      slope = above ? slope + lasso : below ? slope - lasso : 0.0;
    } else if (lasso > 0.0) {
      slope += low >= 0.0 ? lasso : -lasso;
    }
    room.low[j + 1] = low - c;
    room.high[j + 1] = high - c;
  }

  [[nodiscard]] Eigen::MatrixXd curvature(const Eigen::MatrixXd& of_loss) const {
    Eigen::MatrixXd out = Eigen::MatrixXd::Zero(size(), size());
    out.topLeftCorner(p_ + 1, p_ + 1) = of_loss;
    const double ridge = regression_.ridge;
    for (Index j = 0; j < p_; ++j) {
      out(j + 1, j + 1) += ridge;
      const double middle = loss_.middle()[j];
      // A constant column bends nothing but by rounding: it has no step.
      if (out(j + 1, j + 1) <= 1e-24 * (1.0 + middle * middle)) out(j + 1, j + 1) = 1.0;
    }
    if (scaled_) {
      out.row(p_ + 1).segment(1, p_) = -ridge * towards_.transpose();
      out(p_ + 1, p_ + 1) = ridge * towards_.squaredNorm();
    }
    return out;
  }

  const Regression& regression_;
  const LossOfRows& loss_;
  Index p_;
  bool scaled_;
  VectorXd towards_;
};

struct Reached {
  VectorXd point;
  double violation = kInfinity;
  int steps = 0;
};

/// Lets a curvature say of a step how the slope changed along it (Broyden, Fletcher, Goldfarb, Shanno): what a pass
/// over all rows would say of all directions costs three times a slope.
void learn(Eigen::MatrixXd& curvature, const VectorXd& step, const VectorXd& change) {
  const VectorXd expected = curvature.selfadjointView<Eigen::Lower>() * step;
  const double along = step.dot(expected), found = step.dot(change);
  if (!(found > 0.1 * along && found < 10.0 * along)) return;  // rounding, or a step that says little of the next
  curvature.selfadjointView<Eigen::Lower>().rankUpdate(change, 1.0 / found).rankUpdate(expected, -1.0 / along);
}

/// A point: where it is, and what is there.
struct Place {
  VectorXd point;
  Objective::Value there;
};

/// Goes further along a step that was taken whole, each time twice as far, while that gains and stays in its room. A
/// direction in which the loss bends less than the little curvature that a step adds is crossed in a few steps, not in
/// thousands: cases that the document's weights part, in narrow columns.
Place stretched(const Objective& objective, const VectorXd& from, const VectorXd& move, const Objective::Room& room,
                Place taken) {
  constexpr int kMostDoublings = 30;
  for (int doubling = 1; doubling <= kMostDoublings; ++doubling) {
    const VectorXd further = std::ldexp(1.0, doubling) * move;
    if ((further.array() < room.low.array()).any() || (further.array() > room.high.array()).any()) break;
    Objective::Value there = objective.at(from + further, true);
    if (!(there.value < taken.there.value)) break;
    taken = {from + further, std::move(there)};
  }
  return taken;
}

/// Moves from the point, which may be known to be near, to where violations are at most `enough`; or at most `hidden`,
/// and steps gain no more: of cases that a score parts, which have no minimum.
Reached descend(const Objective& objective, VectorXd point, double enough, double hidden, bool near) {
  constexpr int kMostSteps = 200, kMostHalvings = 50;
  constexpr double kNear = 1e-5;  // where the last curvature is good enough for another step
  constexpr double kSlow = 0.3, kNone = 0.9;
  constexpr int kUsualSteps = 20;  // where there is a minimum
  Objective::Value here = objective.at(point, true);
  Eigen::MatrixXd curvature = here.curvature;
  Objective::Room room = objective.room(point, here.slope);
  double gain = near ? 0.0 : 1.0;  // violation after the last step, in shares of that before
  for (int step = 0; step < kMostSteps; ++step) {
    if (room.violation <= enough || (step > 0 && gain > kNone && room.violation <= hidden)) {
      return {std::move(point), room.violation, step};
    }
    const VectorXd move = box_step(curvature, room.slope, room.low, room.high);
    const double fall = room.slope.dot(move), before = room.violation;
    const VectorXd from = point, slope = here.slope;
    bool fresh = before * gain * gain > kNear;
    double part = 1.0;
    for (int halving = 0; halving < kMostHalvings; ++halving, part /= 2.0) {
      VectorXd next = point + part * move;
      if (part == 1.0) {  // on a bound to the bit, so that it is seen to be there
        for (Index i = 0; i < next.size(); ++i) {
          if (move[i] == room.low[i]) next[i] = point[i] + room.low[i];
        }
      }
      Objective::Value there = objective.at(next, fresh);
      if (there.value > here.value + 1e-4 * part * fall + 1e-13 * (1.0 + std::abs(here.value))) continue;
      point = std::move(next);
      here = std::move(there);
      break;
    }
    if (part == 1.0 && step >= kUsualSteps && gain > kSlow) {
      Place far = stretched(objective, from, move, room, {std::move(point), std::move(here)});
      point = std::move(far.point);
      here = std::move(far.there);
      if (here.curvature.size() > 0) fresh = true;
    }
    room = objective.room(point, here.slope);
    gain = room.violation / before;
    if (!fresh && room.violation > enough && gain > kSlow) {
      here = objective.at(point, true);
      fresh = true;
    }
    if (fresh) {
      curvature = here.curvature;
    } else {
      learn(curvature, point - from, here.slope - slope);
    }
  }
  return {std::move(point), room.violation, kMostSteps};
}

double widest_square(const Regression& r) {
  double square = 1.0;
  for (const double value : r.towards) square = std::max(square, value * value);
  return square;
}

/// What rounding leaves of the ridge's slope, where the ridge is strong.
double rounding(const Regression& r) {
  constexpr double kUnits = 4e-15;
  return kUnits * r.ridge * widest_square(r);
}

/// The slope along s that the little curvature which a step adds hides, where s is free and the loss bends less.
double hidden_slope(const Regression& r) {
  constexpr double kAdded = 1e-10, kMost = 1e-6;
  return r.towards.empty() ? 0.0 : std::min(kMost, kAdded * r.ridge * widest_square(r));
}

void check_bounds(const Regression& r) {
  for (std::size_t j = 0; j < r.columns(); ++j) {
    if (!(r.low[j] <= r.high[j]) || r.low[j] == kInfinity || r.high[j] == -kInfinity) {
      throw DataError{"low[" + std::to_string(j) + "]: expected a number up to high, " + shortest(r.high[j]) +
                          ", got " + shortest(r.low[j]),
                      "", "low", static_cast<std::int64_t>(j), 1};
    }
  }
  for (const double value : r.towards) {
    if (!std::isfinite(value))
      throw DataError{"towards: expected finite numbers, got " + shortest(value), "", "towards"};
  }
}

}  // namespace

void Regression::check() const {
  const std::size_t rows = events.size(), p = columns();
  if (high.size() != p || (!towards.empty() && towards.size() != p)) {
    throw DataError{"low, high and towards: expected a number a column each", "", "low"};
  }
  if (rows == 0) throw DataError{"events: expected one case or more, got none", "", "events"};
  if (x.size() != rows * p || weight.size() != rows) {
    throw DataError{"x and weight: expected as many rows as events has, " + std::to_string(rows), "", "x"};
  }
  for (const double strength : {ridge, lasso}) {
    if (!(strength >= 0.0 && strength < kInfinity)) {
      throw Error{"ridge and lasso: expected finite numbers, 0 or more, got " + shortest(strength)};
    }
  }
  check_bounds(*this);
  double total = 0.0;
  for (const double w : weight) {
    if (!(w >= 0.0 && w < kInfinity)) {
      throw DataError{"weight: expected finite numbers, 0 or more, got " + shortest(w), "", "weight"};
    }
    total += w;
  }
  if (!(total > 0.0 && total < kInfinity)) throw DataError{"weight: expected a sum above 0", "", "weight"};
}

namespace {

/// Where one row in `every` lies.
struct About {
  About(const Regression& r, std::size_t every) : middle{VectorXd::Zero(static_cast<Index>(r.columns()))} {
    const Index p = middle.size();
    VectorXd squares = VectorXd::Zero(p);
    double events = 0.0;
    for (std::size_t i = 0; i < r.events.size(); i += every) {
      const Eigen::Map<const VectorXd> row{r.x.data() + i * r.columns(), p};
      middle += r.weight[i] * row;
      squares += r.weight[i] * row.cwiseAbs2();
      total += r.weight[i];
      if (r.events[i]) events += r.weight[i];
    }
    if (total > 0.0) {
      middle /= total;
      squares /= total;
      const double rate = std::clamp(events / total, 1e-9, 1.0 - 1e-9);
      odds = math::ln(rate / (1.0 - rate));
    }
    if (p > 0) widest = std::sqrt(std::max(0.0, (squares - middle.cwiseAbs2()).maxCoeff()));
  }

  VectorXd middle;
  double total = 0.0, odds = 0.0, widest = 0.0;
};

}  // namespace

Fitted fit(const Regression& regression, const Watch& watch) {
  constexpr double kEnough = 1e-10, kEnoughToBegin = 1e-3;
  constexpr std::size_t kSparse = 16, kManyRows = std::size_t{1} << 16;
  regression.check();
  const auto p = static_cast<Index>(regression.columns());
  // One row in 16 of many says where the minimum is but for a few last steps over all of them.
  const bool many = regression.events.size() >= kManyRows;
  const About about{regression, many ? kSparse : 1};
  VectorXd point = VectorXd::Zero(Objective::size_of(regression));
  point[0] = about.odds;
  for (Index j = 0; j < p; ++j) {
    const auto at = static_cast<std::size_t>(j);
    point[j + 1] = std::clamp(0.0, regression.low[at], regression.high[at]);
  }
  if (many && about.total > 0.0) {
    const LossOfRows of_few{regression, about.middle, watch, kSparse};
    point = descend({regression, of_few}, point, kEnoughToBegin, kEnoughToBegin, false).point;
  }
  const LossOfRows loss{regression, about.middle, watch};
  const double enough = std::max(kEnough * std::max(1.0, about.widest), rounding(regression));
  const double hidden = hidden_slope(regression);
  const Reached reached = descend({regression, loss}, point, enough, hidden, many);
  const double last = rounding(regression) * std::max(1.0, reached.point.cwiseAbs().maxCoeff());
  if (!(reached.violation <= std::max({enough, hidden, last}))) {
    throw Error{"the fit does not settle: after " + std::to_string(reached.steps) + " steps its conditions are " +
                shortest(reached.violation) + " off"};
  }
  Fitted out;
  const VectorXd c = reached.point.segment(1, p);
  out.coefficients.assign(c.begin(), c.end());
  out.intercept = reached.point[0] - about.middle.dot(c);
  if (!regression.towards.empty()) {
    const Eigen::Map<const VectorXd> towards{regression.towards.data(), p};
    const double square = towards.squaredNorm();
    out.scale = square > 0.0 ? std::max(0.0, c.dot(towards) / square) : 0.0;
  }
  out.steps = reached.steps;
  out.kkt = reached.violation;
  return out;
}

}  // namespace customerhealth::validation
