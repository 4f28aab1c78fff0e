#include "customerhealth/clv/likelihood.hpp"

#include <algorithm>
#include <tuple>

#include "customerhealth/common/math.hpp"

namespace customerhealth::clv {
namespace {

struct Row {
  double frequency, first, second, weight;
  [[nodiscard]] auto key() const noexcept { return std::tie(frequency, first, second); }
  friend bool operator<(const Row& a, const Row& b) noexcept { return a.key() < b.key(); }
};

constexpr std::int64_t kRowsPerRun = 1 << 16;

/// Runs sorted by all threads, then merged pair by pair.
void sort(std::vector<Row>& rows) {
  const auto count = static_cast<std::int64_t>(rows.size());
  const auto at = [&](std::int64_t row) { return rows.begin() + std::min(row, count); };
  for_each((count + kRowsPerRun - 1) / kRowsPerRun,
           [&](std::int64_t run) { std::sort(at(run * kRowsPerRun), at((run + 1) * kRowsPerRun)); });
  for (std::int64_t length = kRowsPerRun; length < count; length *= 2) {
    for_each((count + 2 * length - 1) / (2 * length), [&](std::int64_t pair) {
      const std::int64_t begin = pair * 2 * length;
      std::inplace_merge(at(begin), at(begin + length), at(begin + 2 * length));
    });
  }
}

constexpr double kStep = 1e-4;  // of a logarithm: rounding and curvature err by about 1e-9 of the second derivative

}  // namespace

GroupedRows::GroupedRows(const Inputs& inputs, const Input& first_column, const Input& second_column, double least) {
  const auto count = static_cast<std::size_t>(inputs.rows());
  std::vector<Row> rows;
  rows.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const double times = inputs.weight ? (*inputs.weight)[i] : 1.0;
    const double x = (*inputs.frequency)[i];
    if (times > 0.0 && x >= least) rows.push_back({x, first_column[i], second_column[i], times});
  }
  sort(rows);
  std::vector<double> frequency;
  for (auto* column : {&frequency, &first, &second, &weight}) column->reserve(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (i > 0 && rows[i].key() == rows[i - 1].key()) {
      weight.back() += rows[i].weight;
      continue;
    }
    frequency.push_back(rows[i].frequency);
    first.push_back(rows[i].first);
    second.push_back(rows[i].second);
    weight.push_back(rows[i].weight);
  }
  cut(frequency);
}

GroupedRows GroupedRows::thinned(std::int64_t every) const {
  GroupedRows out;
  std::vector<double> frequency;
  for (const Piece& piece : pieces_) {
    for (std::size_t i = piece.begin; i < piece.end; ++i) {
      if (i % static_cast<std::size_t>(every) != 0) continue;
      frequency.push_back(piece.frequency);
      out.first.push_back(first[i]);
      out.second.push_back(second[i]);
      out.weight.push_back(weight[i]);
    }
  }
  out.cut(frequency);
  return out;
}

void GroupedRows::cut(std::span<const double> frequency) {
  for (std::size_t begin = 0; begin < frequency.size();) {
    std::size_t end = begin;
    double sum = 0.0;
    for (; end < frequency.size() && frequency[end] == frequency[begin]; ++end) sum += weight[end];
    total_ += sum;
    for (std::size_t part = begin; part < end; part += kCustomersPerBlock) {
      pieces_.push_back(
          {frequency[begin], part, std::min<std::size_t>(part + kCustomersPerBlock, end), part == begin ? sum : 0.0});
    }
    begin = end;
  }
}

Evaluation sum_over(std::span<const GroupedRows::Piece> pieces,
                    const std::function<Evaluation(const GroupedRows::Piece&)>& of) {
  std::vector<Evaluation> parts(pieces.size());
  for_each(static_cast<std::int64_t>(pieces.size()),
           [&](std::int64_t i) { parts[static_cast<std::size_t>(i)] = of(pieces[static_cast<std::size_t>(i)]); });
  Evaluation sum;
  for (const Evaluation& part : parts) sum += part;
  return sum;
}

Evaluation objective(const Likelihood& likelihood, std::span<const double> logarithms) {
  std::array<double, kMostParameters> at{};
  std::ranges::transform(logarithms, at.begin(), [](double x) { return math::exp(x); });
  Evaluation out = likelihood.evaluate(std::span{at}.first(logarithms.size()));
  const double share = -1.0 / likelihood.customers();
  out.value *= share;
  for (std::size_t i = 0; i < logarithms.size(); ++i) out.gradient[i] *= share * at[i];
  return out;
}

std::vector<double> objective_hessian(const Likelihood& likelihood, std::span<const double> logarithms) {
  const std::size_t n = logarithms.size();
  std::vector<double> moved{logarithms.begin(), logarithms.end()}, raw(n * n), out(n * n);
  for (std::size_t i = 0; i < n; ++i) {
    moved[i] = logarithms[i] + kStep;
    const Evaluation above = objective(likelihood, moved);
    moved[i] = logarithms[i] - kStep;
    const Evaluation below = objective(likelihood, moved);
    moved[i] = logarithms[i];
    for (std::size_t j = 0; j < n; ++j) raw[i * n + j] = (above.gradient[j] - below.gradient[j]) / (2.0 * kStep);
  }
  for (std::size_t i = 0; i < n; ++i) {
    for (std::size_t j = 0; j < n; ++j) out[i * n + j] = 0.5 * (raw[i * n + j] + raw[j * n + i]);
  }
  return out;
}

}  // namespace customerhealth::clv
