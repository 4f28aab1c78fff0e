#include "caps.hpp"

#include <algorithm>
#include <cmath>

#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"
#include "level.hpp"

namespace customerhealth::scores {

double rounded(double score, std::int32_t digits) noexcept {
  const double result = math::round_digits(score, digits);
  return std::isfinite(result) ? result : score;  // where score * 10^digits overflows there are no such digits
}

double clamped(double score, const model::Scale& scale) noexcept {
  return score < scale.low ? scale.low : score > scale.high ? scale.high : score;
}

double capped(model::Cap::Kind kind, double score, double limit) noexcept {
  switch (kind) {
    case model::Cap::Kind::at_most:
      return std::min(score, limit);
    case model::Cap::Kind::at_least:
      return std::max(score, limit);
    case model::Cap::Kind::set:
      return limit;
  }
  return score;
}

std::vector<double> cap_limits(const model::BoundCap& cap, const Frame& frame) {
  std::vector<double> buffer;
  const Column column = cap.limit.evaluate(frame.columns, frame.rows);
  const std::span<const double> numbers = numbers_of(column.view(), buffer);
  std::vector<double> limits{numbers.begin(), numbers.end()};
  if (!cap.when) return limits;
  std::vector<Truth> when_buffer;
  const Column when_column = cap.when->evaluate(frame.columns, frame.rows);
  const std::span<const Truth> when = truths_of(when_column.view(), when_buffer);
  for (std::size_t row = 0; row < limits.size(); ++row) limits[row] = when[row] == Truth::yes ? limits[row] : kNan;
  return limits;
}

double settled(const model::ScoreSpec& score, double capped) noexcept {
  return clamped(score.round ? rounded(capped, *score.round) : capped, score.scale) + 0.0;
}

}  // namespace customerhealth::scores
