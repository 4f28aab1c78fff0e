#include "likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::validation {
namespace {

constexpr std::int64_t kRowsPerBlock = 1024;  // summed by one thread, then block after block
constexpr std::int64_t kRowsPerTile = 128;    // copied at once: of 20 columns 21 kB, which the first cache holds

using Tile = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

/// What one row adds, at some log odds.
struct RowLoss {
  double fall;  // e^-|odds|
  double off;   // probability less outcome
  double bend;  // probability times its complement
};

RowLoss loss_of(double odds, bool event) noexcept {
  const double fall = math::exp(-std::abs(odds)), share = 1.0 / (1.0 + fall);
  const double p = (odds > 0.0 ? 1.0 : fall) * share;
  return {fall, event ? -(odds > 0.0 ? fall : 1.0) * share : p, fall * share * share};
}

}  // namespace

LossOfRows::LossOfRows(const Regression& regression, Eigen::VectorXd middle, const Watch& watch, std::int64_t every)
    : regression_{regression},
      every_{every},
      rows_{(static_cast<std::int64_t>(regression.events.size()) + every - 1) / every},
      middle_{std::move(middle)},
      watch_{watch} {
  for (std::size_t i = 0; i < regression.weight.size(); i += static_cast<std::size_t>(every)) {
    total_ += regression.weight[i];
  }
}

void LossOfRows::refuse() const {
  const std::size_t p = regression_.columns();
  for (std::size_t i = 0; i < regression_.x.size(); ++i) {
    if (std::isfinite(regression_.x[i])) continue;
    const std::string place = "x[" + std::to_string(i / p) + ", " + std::to_string(i % p) + "]";
    throw DataError{place + ": expected a finite number, got " + shortest(regression_.x[i]), "", "x",
                    static_cast<std::int64_t>(i / p), 1};
  }
  throw DataError{"x: its numbers are too large to be summed", "", "x"};
}

LossOfRows::Sums LossOfRows::at(const Eigen::VectorXd& point, bool with_curvature) const {
  const auto size = point.size();
  const auto zero = [&] {
    Sums sums;
    sums.gradient = Eigen::VectorXd::Zero(size);
    if (with_curvature) sums.curvature = Eigen::MatrixXd::Zero(size, size);
    return sums;
  };
  std::vector<Sums> blocks(static_cast<std::size_t>((rows_ + kRowsPerBlock - 1) / kRowsPerBlock));
  for_each(static_cast<std::int64_t>(blocks.size()), [&](std::int64_t block) {
    watch_.check();
    Sums& into = blocks[static_cast<std::size_t>(block)] = zero();
    const std::int64_t end = std::min(rows_, (block + 1) * kRowsPerBlock);
    for (std::int64_t begin = block * kRowsPerBlock; begin < end; begin += kRowsPerTile) {
      add_rows(begin, std::min(end, begin + kRowsPerTile), point, into);
    }
  });
  Sums all = zero();
  for (const Sums& block : blocks) {
    all.loss += block.loss;
    all.gradient += block.gradient;
    if (with_curvature) all.curvature += block.curvature;
  }
  all.loss /= total_;
  all.gradient /= total_;
  if (!all.gradient.allFinite()) refuse();
  if (with_curvature) all.curvature /= total_;
  return all;
}

void LossOfRows::add_rows(std::int64_t begin, std::int64_t end, const Eigen::VectorXd& point, Sums& sums) const {
  const Eigen::Index many = end - begin, p = middle_.size();
  Tile tile(many, p);
  for (Eigen::Index i = 0; i < many; ++i) {
    // Plain loops here and below: with expressions over a row they took three times as long.
    const double* x = regression_.x.data() + (begin + i) * every_ * p;
    double* to = tile.data() + i * p;
    for (Eigen::Index j = 0; j < p; ++j) to[j] = x[j] - middle_[j];
  }
  Eigen::VectorXd off = tile * point.tail(p), bend(many);
  double product = 1.0;  // of 1 + e^-|odds| over the tile, at most 2^128: one logarithm for all rows of weight 1
  for (Eigen::Index i = 0; i < many; ++i) {
    const auto at = static_cast<std::size_t>((begin + i) * every_);
    const double w = regression_.weight[at], odds = point[0] + off[i];
    const bool event = regression_.events[at];
    const RowLoss loss = loss_of(odds, event);
    sums.loss += w * (event ? std::max(-odds, 0.0) : std::max(odds, 0.0));
    if (w == 1.0) {
      product *= 1.0 + loss.fall;
    } else {
      sums.loss += w * math::log1p(loss.fall);
    }
    off[i] = w * loss.off;
    bend[i] = w * loss.bend;
  }
  sums.loss += math::ln(product);
  sums.gradient[0] += off.sum();
  sums.gradient.tail(p).noalias() += tile.transpose() * off;
  if (sums.curvature.size() == 0) return;
  sums.curvature(0, 0) += bend.sum();
  sums.curvature.col(0).tail(p).noalias() += tile.transpose() * bend;
  for (Eigen::Index i = 0; i < many; ++i) {
    const double root = math::sqrt(bend[i]);
    double* to = tile.data() + i * p;
    for (Eigen::Index j = 0; j < p; ++j) to[j] *= root;
  }
  sums.curvature.bottomRightCorner(p, p).selfadjointView<Eigen::Lower>().rankUpdate(tile.transpose());
}

}  // namespace customerhealth::validation
