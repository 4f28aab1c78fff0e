#include "least_points.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "customerhealth/common/number.hpp"
#include "inverse.hpp"

namespace customerhealth::scores {
namespace {

constexpr std::int64_t kFarthest = std::int64_t{1} << 60;

/// The search of one row, over doubles as integers (place_of): `no` does not suffice, `yes` does. A score is nearly
/// linear in the points, so the first probe is interpolated. From there steps grow by 16 until both sides have moved;
/// bisection finishes.
struct Search {
  std::int64_t no, yes, probe;
  std::int64_t step = 1;
  bool from_no = false, from_yes = false;  // whether a probe has moved this side

  [[nodiscard]] bool done() const noexcept { return no + 1 >= yes; }  // their distance may overflow

  void answer(bool suffices) noexcept {
    (suffices ? yes : no) = probe;
    (suffices ? from_yes : from_no) = true;
    if (from_no && from_yes) {
      probe = std::midpoint(no, yes);
    } else {
      probe = suffices ? std::max(yes - step, no + 1) : std::min(no + step, yes - 1);
      step = step < kFarthest ? step * 16 : step;
    }
  }
};

class Searches {
 public:
  Searches(HeldNest& held, const NestPlace& leaf, const PointsRange& range, const Edge& edge,
           std::span<const std::uint8_t> asked)
      : held_{held}, leaf_{leaf}, range_{range}, edge_{edge}, points_(asked.size()), score_(asked.size()) {
    for (std::size_t row = 0; row < asked.size(); ++row) {
      if (asked[row] != 0) open_.push_back(row);
    }
  }

  std::vector<double> run() && {
    std::vector<double> least(points_.size(), kNan);
    const std::vector<double> at_high = score_with(range_.high);
    std::erase_if(open_, [&](std::size_t row) { return !reaches(at_high[row], edge_); });
    const std::vector<double> at_low = score_with(range_.low);
    std::erase_if(open_, [&](std::size_t row) {
      if (reaches(at_low[row], edge_)) least[row] = -kInfinity;
      return reaches(at_low[row], edge_);
    });
    begin(at_low, at_high);
    // All open rows are probed together, for scoring a block costs little more than scoring a row.
    while (true) {
      std::erase_if(open_, [&](std::size_t row) {
        if (searches_[row].done()) least[row] = number_at(searches_[row].yes);
        return searches_[row].done();
      });
      if (open_.empty()) return least;
      for (const std::size_t row : open_) points_[row] = number_at(searches_[row].probe);
      held_.with_points(leaf_, points_, score_);
      for (const std::size_t row : open_) searches_[row].answer(reaches(score_[row], edge_));
    }
  }

 private:
  std::vector<double> score_with(double points) {
    std::ranges::fill(points_, points);
    if (!open_.empty()) held_.with_points(leaf_, points_, score_);
    return score_;
  }

  void begin(const std::vector<double>& at_low, const std::vector<double>& at_high) {
    searches_.resize(points_.size());
    const std::int64_t low = place_of(range_.low), high = place_of(range_.high);
    for (const std::size_t row : open_) {
      const double share = (edge_.at - at_low[row]) / (at_high[row] - at_low[row]);
      const double guess = range_.low + share * (range_.high - range_.low);
      const std::int64_t probe = std::isfinite(guess) ? place_of(guess) : std::midpoint(low, high);
      searches_[row] = {low, high, std::clamp(probe, low + 1, std::max(low + 1, high - 1))};
    }
  }

  HeldNest& held_;
  const NestPlace& leaf_;
  PointsRange range_;
  Edge edge_;
  std::vector<std::size_t> open_;  // rows still searched
  std::vector<Search> searches_;   // by row
  std::vector<double> points_, score_;
};

}  // namespace

std::vector<double> least_points(HeldNest& held, const NestPlace& leaf, const PointsRange& range, const Edge& edge,
                                 std::span<const std::uint8_t> asked) {
  return Searches{held, leaf, range, edge, asked}.run();
}

}  // namespace customerhealth::scores
