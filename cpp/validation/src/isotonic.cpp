#include <algorithm>
#include <cmath>
#include <string>
#include <tuple>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/validation/calibration.hpp"

namespace customerhealth::validation {
namespace {

struct Sample {
  double x, y, weight;
};

/// Neighbours that share one height.
struct Pool {
  double first, last;  // x
  double sum, weight;  // of weight * y, of weight
  [[nodiscard]] double height() const noexcept { return sum / weight; }
  void take(const Pool& next) noexcept {
    last = next.last;
    sum += next.sum;
    weight += next.weight;
  }
};

void check_column(const char* column, std::span<const double> values, std::size_t rows, double least) {
  if (values.size() != rows) {
    throw DataError{
        std::string{column} + ": " + std::to_string(values.size()) + " rows where x has " + std::to_string(rows), "",
        column};
  }
  const auto bad = std::ranges::find_if(values, [&](double v) { return !(std::isfinite(v) && v >= least); });
  if (bad == values.end()) return;
  const auto row = bad - values.begin();
  throw DataError{std::string{column} + "[" + std::to_string(row) + "]: expected a finite number" +
                      (least == 0.0 ? ", 0 or more" : "") + ", got " + shortest(*bad),
                  "", column, row, 1};
}

/// The points by x, without those of no weight; equal ones are interchangeable, so that the order of rows is forgotten.
std::vector<Sample> samples(std::span<const double> x, std::span<const double> y, std::span<const double> weight) {
  std::vector<Sample> out;
  for (std::size_t i = 0; i < x.size(); ++i) {
    if (weight[i] > 0.0) out.push_back({x[i], y[i], weight[i]});
  }
  if (out.empty()) throw DataError{"weight: expected one above 0 or more, got none", "", "weight"};
  std::ranges::sort(out, [](const Sample& p, const Sample& q) {
    return std::tie(p.x, p.y, p.weight) < std::tie(q.x, q.y, q.weight);
  });
  return out;
}

}  // namespace

Corners isotonic(std::span<const double> x, std::span<const double> y, std::span<const double> weight) {
  constexpr double kLowest = std::numeric_limits<double>::lowest();
  check_column("x", x, x.size(), kLowest);
  check_column("y", y, x.size(), kLowest);
  check_column("weight", weight, x.size(), 0.0);
  std::vector<Pool> pools;
  for (const Sample& point : samples(x, y, weight)) {
    const Pool one{point.x, point.x, point.weight * point.y, point.weight};
    if (pools.empty() || pools.back().last != point.x) {
      pools.push_back(one);
    } else {
      pools.back().take(one);
    }
  }
  std::vector<Pool> falling;
  for (const Pool& next : pools) {
    falling.push_back(next);
    while (falling.size() > 1 && falling[falling.size() - 2].height() <= falling.back().height()) {
      const Pool last = falling.back();
      falling.pop_back();
      falling.back().take(last);
    }
  }
  Corners out;
  for (const Pool& pool : falling) {
    out.x.push_back(pool.first);
    out.y.push_back(pool.height());
    if (pool.last == pool.first) continue;
    out.x.push_back(pool.last);
    out.y.push_back(pool.height());
  }
  return out;
}

}  // namespace customerhealth::validation
