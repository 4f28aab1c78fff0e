#include "likelihood.hpp"

#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::validation {
namespace {

constexpr std::int64_t kRowsPerBlock = 4096;  // summed by one thread, then block after block
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

LossOfRows::LossOfRows(const Regression& regression, std::int64_t every, const Watch& watch)
    : regression_{regression},
      every_{every},
      rows_{(static_cast<std::int64_t>(regression.events.size()) + every - 1) / every},
      watch_{watch},
      middle_{Eigen::VectorXd::Zero(static_cast<Eigen::Index>(regression.columns()))} {
  const auto p = middle_.size();
  const auto blocks = static_cast<std::size_t>((rows_ + kRowsPerBlock - 1) / kRowsPerBlock);
  struct Block {
    Eigen::VectorXd sum, squares;
    double total = 0.0, events = 0.0;
  };
  std::vector<Block> found(blocks);
  for_each(static_cast<std::int64_t>(blocks), [&](std::int64_t block) {
    Block& into = found[static_cast<std::size_t>(block)];
    into.sum = into.squares = Eigen::VectorXd::Zero(p);
    for (std::int64_t i = block * kRowsPerBlock; i < std::min(rows_, (block + 1) * kRowsPerBlock); ++i) {
      const double w = regression_.weight[row(i)];
      const Eigen::Map<const Eigen::VectorXd> x{regression_.x.data() + row(i) * static_cast<std::size_t>(p), p};
      into.sum += w * x;
      into.squares += w * x.cwiseAbs2();
      into.total += w;
      if (regression_.events[row(i)]) into.events += w;
    }
  });
  Eigen::VectorXd squares = Eigen::VectorXd::Zero(p);
  for (const Block& block : found) {
    middle_ += block.sum;
    squares += block.squares;
    total_ += block.total;
    base_rate_ += block.events;
  }
  if (total_ > 0.0) {
    middle_ /= total_;
    squares /= total_;
    base_rate_ /= total_;
  }
  if (!squares.allFinite()) refuse_bad_row();
  widest_ = p == 0 ? 0.0 : std::sqrt(std::max(0.0, (squares - middle_.cwiseAbs2()).maxCoeff()));
}

void LossOfRows::refuse_bad_row() const {
  const std::size_t p = regression_.columns();
  for (std::size_t i = 0; i < regression_.x.size(); ++i) {
    const double value = regression_.x[i];
    if (std::abs(value) < 1e150) continue;  // its square fits
    throw DataError{"x[" + std::to_string(i / p) + ", " + std::to_string(i % p) +
                        "]: expected a number within 1e150, got " + shortest(value),
                    "", "x", static_cast<std::int64_t>(i / p), 1};
  }
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
  if (with_curvature) all.curvature /= total_;
  return all;
}

void LossOfRows::add_rows(std::int64_t begin, std::int64_t end, const Eigen::VectorXd& point, Sums& sums) const {
  const Eigen::Index many = end - begin, p = middle_.size();
  Tile tile(many, p + 1);
  for (Eigen::Index i = 0; i < many; ++i) {
    const Eigen::Map<const Eigen::VectorXd> x{regression_.x.data() + row(begin + i) * static_cast<std::size_t>(p), p};
    tile(i, 0) = 1.0;
    tile.row(i).tail(p) = (x - middle_).transpose();
  }
  Eigen::VectorXd odds = tile * point, bend(many);
  double product = 1.0;  // of 1 + e^-|odds| over the tile, at most 2^128: one logarithm for all rows of weight 1
  for (Eigen::Index i = 0; i < many; ++i) {
    const std::size_t at = row(begin + i);
    const double w = regression_.weight[at], o = odds[i];
    const bool event = regression_.events[at];
    const RowLoss loss = loss_of(o, event);
    sums.loss += w * (event ? std::max(-o, 0.0) : std::max(o, 0.0));
    if (w == 1.0) {
      product *= 1.0 + loss.fall;
    } else {
      sums.loss += w * math::log1p(loss.fall);
    }
    odds[i] = w * loss.off;
    bend[i] = math::sqrt(w * loss.bend);
  }
  sums.loss += math::ln(product);
  sums.gradient.noalias() += tile.transpose() * odds;
  if (sums.curvature.size() == 0) return;
  for (Eigen::Index i = 0; i < many; ++i) tile.row(i) *= bend[i];
  sums.curvature.selfadjointView<Eigen::Lower>().rankUpdate(tile.transpose());
}

}  // namespace customerhealth::validation
