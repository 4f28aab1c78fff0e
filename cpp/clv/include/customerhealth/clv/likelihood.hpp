#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "customerhealth/clv/rows.hpp"

namespace customerhealth::clv {

inline constexpr std::size_t kMostParameters = 4;

/// A log-likelihood and its derivatives by the parameters.
struct Evaluation {
  double value = 0.0;
  std::array<double, kMostParameters> gradient{};

  Evaluation& operator+=(const Evaluation& other) noexcept {
    value += other.value;
    for (std::size_t i = 0; i < kMostParameters; ++i) gradient[i] += other.gradient[i];
    return *this;
  }
};

/// Customers by their summaries: those with the same one are a row with a weight, and rows with the same frequency
/// stand together, since the costly terms of a likelihood depend on it alone.
class GroupedRows {
 public:
  /// Rows [begin, end) of one frequency; `first` of them also stands for what the frequency alone decides.
  struct Piece {
    double frequency;
    std::size_t begin, end;
    double group_weight;  // of the whole frequency in its first piece, else 0
  };

  /// `inputs` have been checked; `first` and `second` are the columns beside the frequency. Rows of weight 0, or of
  /// fewer purchases than `least`, are left out. Inside `run`.
  GroupedRows(const Inputs& inputs, const Input& first, const Input& second, double least = 0.0);

  /// Every so many-th row: a sample of the customers, for starting values.
  [[nodiscard]] GroupedRows thinned(std::int64_t every) const;

  [[nodiscard]] std::span<const Piece> pieces() const noexcept { return pieces_; }
  [[nodiscard]] std::int64_t size() const noexcept { return static_cast<std::int64_t>(weight.size()); }
  [[nodiscard]] double total_weight() const noexcept { return total_; }

  std::vector<double> first, second, weight;

 private:
  GroupedRows() = default;
  void cut(std::span<const double> frequency);
  std::vector<Piece> pieces_;
  double total_ = 0.0;
};

/// The log-likelihood of a model's parameters, given data.
class Likelihood {
 public:
  virtual ~Likelihood() = default;
  [[nodiscard]] virtual std::size_t parameters() const noexcept = 0;
  /// At parameters above 0, `parameters()` of them; inside `run`. The same bits whatever the threads.
  [[nodiscard]] virtual Evaluation evaluate(std::span<const double> at) const = 0;
  /// How many customers, weights counted.
  [[nodiscard]] virtual double customers() const noexcept = 0;
  /// How many different summaries.
  [[nodiscard]] virtual std::int64_t rows() const noexcept = 0;
  /// Of every so many-th summary.
  [[nodiscard]] virtual std::unique_ptr<Likelihood> thinned(std::int64_t every) const = 0;
};

/// The sum of of(piece) over all pieces, in their order; inside `run`.
[[nodiscard]] Evaluation sum_over(std::span<const GroupedRows::Piece> pieces,
                                  const std::function<Evaluation(const GroupedRows::Piece&)>& of);

/// What a minimiser wants: minus the mean log-likelihood of a customer, by the logarithms of the parameters.
[[nodiscard]] Evaluation objective(const Likelihood& likelihood, std::span<const double> logarithms);

/// Its second derivatives, by central differences of the gradient; row by row.
[[nodiscard]] std::vector<double> objective_hessian(const Likelihood& likelihood, std::span<const double> logarithms);

}  // namespace customerhealth::clv
