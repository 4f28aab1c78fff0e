#include "box_step.hpp"

#include <Eigen/Cholesky>
#include <algorithm>
#include <cmath>
#include <vector>

namespace customerhealth::validation {
namespace {

using Eigen::Index;

/// Newton's step over the free places, with columns brought to one size. A little curvature is added, which keeps
/// directions without any (equal columns) where they are.
Eigen::VectorXd free_step(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slope,
                          const std::vector<Index>& free) {
  constexpr double kAdded = 1e-10;
  const auto n = static_cast<Index>(free.size());
  Eigen::MatrixXd inner(n, n);
  Eigen::VectorXd size(n), right(n);
  for (Index i = 0; i < n; ++i) {
    const double bend = curvature(free[static_cast<std::size_t>(i)], free[static_cast<std::size_t>(i)]);
    size[i] = bend > 0.0 ? 1.0 / std::sqrt(bend) : 1.0;
  }
  for (Index i = 0; i < n; ++i) {
    const Index a = free[static_cast<std::size_t>(i)];
    for (Index j = 0; j <= i; ++j) {
      const Index b = free[static_cast<std::size_t>(j)];
      inner(i, j) = curvature(std::max(a, b), std::min(a, b)) * size[i] * size[j];
    }
    inner(i, i) = 1.0 + kAdded;
    right[i] = -slope[a] * size[i];
  }
  return inner.selfadjointView<Eigen::Lower>().llt().solve(right).cwiseProduct(size);
}

/// How far along `step` the free places stay within their bounds, and which of them ends it (-1: none).
struct Reach {
  double part = 1.0;
  Index held = -1;
};

Reach reach(const Eigen::VectorXd& from, const Eigen::VectorXd& step, const std::vector<Index>& free,
            const Eigen::VectorXd& low, const Eigen::VectorXd& high) {
  Reach found;
  for (std::size_t i = 0; i < free.size(); ++i) {
    const Index at = free[i];
    const double move = step[static_cast<Index>(i)], bound = move < 0.0 ? low[at] : high[at];
    const double room = bound - from[at];
    if (move == 0.0 || std::abs(move) * found.part <= std::abs(room)) continue;
    found = {room / move, at};
  }
  return found;
}

}  // namespace

Eigen::VectorXd box_step(const Eigen::MatrixXd& curvature, const Eigen::VectorXd& slope, const Eigen::VectorXd& low,
                         const Eigen::VectorXd& high) {
  constexpr double kPush = 1e-12;  // a bound lets go where the slope pulls harder
  const Index n = slope.size();
  Eigen::VectorXd d = Eigen::VectorXd::Zero(n), now = slope;
  std::vector<bool> held(static_cast<std::size_t>(n));
  for (Index i = 0; i < n; ++i) {
    held[static_cast<std::size_t>(i)] =
        low[i] == high[i] || (low[i] == 0.0 && slope[i] >= 0.0) || (high[i] == 0.0 && slope[i] <= 0.0);
  }
  std::vector<Index> free;
  for (Index turn = 0; turn < 20 * (n + 5); ++turn) {
    free.clear();
    for (Index i = 0; i < n; ++i) {
      if (!held[static_cast<std::size_t>(i)]) free.push_back(i);
    }
    const Eigen::VectorXd step = free_step(curvature, now, free);
    const Reach found = reach(d, step, free, low, high);
    for (std::size_t i = 0; i < free.size(); ++i) d[free[i]] += found.part * step[static_cast<Index>(i)];
    if (found.held >= 0) {
      d[found.held] =
          step[std::ranges::find(free, found.held) - free.begin()] < 0.0 ? low[found.held] : high[found.held];
      held[static_cast<std::size_t>(found.held)] = true;
    }
    now = slope + curvature.selfadjointView<Eigen::Lower>() * d;
    if (found.held >= 0) continue;
    Index worst = -1;
    double pull = kPush;
    for (Index i = 0; i < n; ++i) {
      if (!held[static_cast<std::size_t>(i)] || low[i] == high[i]) continue;
      const double inwards = d[i] == low[i] ? -now[i] : now[i];
      if (inwards > pull) {
        pull = inwards;
        worst = i;
      }
    }
    if (worst < 0) break;
    held[static_cast<std::size_t>(worst)] = false;
  }
  return d;
}

}  // namespace customerhealth::validation
