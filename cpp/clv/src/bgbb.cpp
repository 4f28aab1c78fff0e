#include "customerhealth/clv/bgbb.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

#include "customerhealth/common/math.hpp"
#include "parameters.hpp"
#include "special.hpp"

namespace customerhealth::clv {
namespace {

/// One way in which a history can have come about: B(alpha + x, beta + misses) B(gamma + left, delta + stays), over
/// B(alpha, beta) B(gamma, delta).
double log_way(const BgBb& m, double x, double misses, double left, double stays) {
  return log_beta(m.alpha + x, m.beta + misses) - log_beta(m.alpha, m.beta) +
         log_beta(m.gamma + left, m.delta + stays) - log_beta(m.gamma, m.delta);
}

/// Calls of(log_way) for alive at n, then for having left after i more misses since t_x.
template <class Of>
void each_way(const BgBb& m, double x, double t_x, double n, const Of& of) {
  of(log_way(m, x, n - x, 0.0, n));
  for (double i = 0.0; i < n - t_x; ++i) of(log_way(m, x, t_x - x + i, 1.0, t_x + i));
}

/// ln Γ and digamma of a parameter and whole numbers added to it: ways of many histories share them.
struct Table {
  std::vector<double> log_gamma, digamma;

  Table(double parameter, std::size_t size) : log_gamma(size), digamma(size) {
    for (std::size_t k = 0; k < size; ++k) {
      log_gamma[k] = clv::log_gamma(parameter + static_cast<double>(k));
      digamma[k] = clv::digamma(parameter + static_cast<double>(k));
    }
  }
};

/// Half of a way: the logarithm of B(first + i, second + j), and its derivatives.
struct Half {
  Table first, second, both;

  Half(double a, double b, std::size_t most, std::size_t size) : first{a, most}, second{b, size}, both{a + b, size} {}
  [[nodiscard]] double log_beta(std::size_t i, std::size_t j) const noexcept {
    return first.log_gamma[i] + second.log_gamma[j] - both.log_gamma[i + j];
  }
  void add(double share, std::size_t i, std::size_t j, double* gradient) const noexcept {
    gradient[0] += share * (first.digamma[i] - both.digamma[i + j]);
    gradient[1] += share * (second.digamma[j] - both.digamma[i + j]);
  }
};

class BgBbLikelihood final : public Likelihood {
 public:
  explicit BgBbLikelihood(GroupedRows rows) : rows_{std::move(rows)} {
    for (const double n : rows_.second) most_ = std::max(most_, static_cast<std::size_t>(n));
  }

  [[nodiscard]] std::size_t parameters() const noexcept override { return 4; }
  [[nodiscard]] double customers() const noexcept override { return rows_.total_weight(); }
  [[nodiscard]] std::int64_t rows() const noexcept override { return rows_.size(); }
  [[nodiscard]] std::unique_ptr<Likelihood> thinned(std::int64_t every) const override {
    return std::make_unique<BgBbLikelihood>(rows_.thinned(every));
  }

  [[nodiscard]] Evaluation evaluate(std::span<const double> at) const override {
    const std::size_t size = most_ + 2;
    const Half buys{at[0], at[1], size, size}, leaves{at[2], at[3], 2, size};
    return sum_over(rows_.pieces(), [&](const GroupedRows::Piece& piece) {
      Evaluation sum;
      std::vector<double> ways;
      for (std::size_t i = piece.begin; i < piece.end; ++i) add(buys, leaves, piece.frequency, i, ways, sum);
      return sum;
    });
  }

 private:
  void add(const Half& buys, const Half& leaves, double frequency, std::size_t row, std::vector<double>& ways,
           Evaluation& sum) const {
    const auto x = static_cast<std::size_t>(frequency), t_x = static_cast<std::size_t>(rows_.first[row]);
    const auto n = static_cast<std::size_t>(rows_.second[row]);
    const double w = rows_.weight[row];
    ways.clear();  // alive at n, then left after i more misses since t_x
    ways.push_back(buys.log_beta(x, n - x) + leaves.log_beta(0, n));
    for (std::size_t i = t_x; i < n; ++i) ways.push_back(buys.log_beta(x, i - x) + leaves.log_beta(1, i));
    const double most = *std::ranges::max_element(ways);
    double total = 0.0;
    for (double& way : ways) total += way = math::exp(way - most);
    sum.value += w * (most + math::ln(total) - buys.log_beta(0, 0) - leaves.log_beta(0, 0));
    const double share = w / total;
    double* by = sum.gradient.data();
    buys.add(share * ways[0], x, n - x, by);
    leaves.add(share * ways[0], 0, n, by + 2);
    for (std::size_t i = t_x; i < n; ++i) {
      buys.add(share * ways[i - t_x + 1], x, i - x, by);
      leaves.add(share * ways[i - t_x + 1], 1, i, by + 2);
    }
    buys.add(-w, 0, 0, by);
    leaves.add(-w, 0, 0, by + 2);
  }

  GroupedRows rows_;
  std::size_t most_ = 0;
};

/// The sum of the survival at opportunities 1 … t.
double expected_opportunities(double gamma, double delta, double t) {
  double alive = 1.0, sum = 0.0;
  for (double j = 0.0; j < t; ++j) {
    alive *= (delta + j) / (gamma + delta + j);
    sum += alive;
  }
  return sum;
}

}  // namespace

void BgBb::check() const { check_parameters({{"alpha", alpha}, {"beta", beta}, {"gamma", gamma}, {"delta", delta}}); }

double BgBb::log_likelihood(double x, double t_x, double n) const {
  double first = 0.0, sum = 0.0;  // relative to the way that comes first; a later one is at most some 1e300 times it
  bool begun = false;
  each_way(*this, x, t_x, n, [&](double log_share) {
    if (!begun || log_share > first) {
      sum = begun ? sum * math::exp(first - log_share) + 1.0 : 1.0;
      first = log_share;
      begun = true;
    } else {
      sum += math::exp(log_share - first);
    }
  });
  return first + math::ln(sum);
}

double BgBb::probability_alive(double ahead, double x, double t_x, double n) const {
  return math::exp(log_way(*this, x, n - x, 0.0, n + ahead) - log_likelihood(x, t_x, n));
}

double BgBb::expected_purchases(double t, double x, double t_x, double n) const {
  const double rate = (alpha + x) / (alpha + beta + n);
  return probability_alive(0.0, x, t_x, n) * rate * expected_opportunities(gamma, delta + n, t);
}

double BgBb::expected_purchases_new(double t) const {
  return alpha / (alpha + beta) * expected_opportunities(gamma, delta, t);
}

double BgBb::probability_of_n(double count, double t) const {
  if (count > t) return 0.0;
  const auto choose = [](double n, double k) {
    return log_gamma(n + 1.0) - log_gamma(k + 1.0) - log_gamma(n - k + 1.0);
  };
  double sum = math::exp(choose(t, count) + log_way(*this, count, t - count, 0.0, t));
  for (double i = count; i < t; ++i) sum += math::exp(choose(i, count) + log_way(*this, count, i - count, 1.0, i));
  return sum;
}

double BgBb::conditional_probability_of_n(double count, double t, double x, double t_x, double n) const {
  const double alive = probability_alive(0.0, x, t_x, n);
  const BgBb now{alpha + x, beta + n - x, gamma, delta + n};
  return alive * now.probability_of_n(count, t) + (count == 0.0 ? 1.0 - alive : 0.0);
}

double BgBb::discounted_residual(double d, double x, double t_x, double n) const {
  const double v = 1.0 / (1.0 + d), rate = (alpha + x) / (alpha + beta + n), stays = delta + n;
  const double next = probability_alive(0.0, x, t_x, n) * stays / (gamma + stays);
  return rate * next * v * hypergeometric(stays + 1.0, gamma + stays + 1.0, v);
}

std::unique_ptr<Likelihood> bgbb_likelihood(const Inputs& inputs) {
  return std::make_unique<BgBbLikelihood>(GroupedRows{inputs, *inputs.recency, *inputs.age});
}

}  // namespace customerhealth::clv
