#include <cmath>
#include <cstdlib>
#include <memory>

#include "customerhealth/common/civil.hpp"
#include "customerhealth/common/length.hpp"
#include "kernels.hpp"
#include "nodes.hpp"

namespace customerhealth::expression {
namespace {

// Between the two ends of the range of instants lie fewer than 2^64 microseconds.
constexpr double kMostDays = 18'446'744'073'709'551'616.0 / static_cast<double>(kMicrosPerDay);

/// `days` in microseconds, to the nearest (halves away from zero). A product of doubles would have been rounded
/// already, and 86,400,000,000 times a double fits 128 bits, so this is exact. |days| <= kMostDays.
Int128 micros_of(double days) noexcept {
  int exponent = 0;
  const double fraction = std::frexp(days, &exponent);  // days = fraction * 2^exponent
  const auto mantissa = static_cast<std::int64_t>(std::ldexp(fraction, 53));
  const Int128 product = static_cast<Int128>(mantissa) * kMicrosPerDay;  // days = product / 2^shift
  const int shift = 53 - exponent;                                       // at least 53 - 28
  if (shift > 100) return 0;
  const Int128 half = Int128{1} << (shift - 1);
  return product < 0 ? -((-product + half) >> shift) : (product + half) >> shift;
}

template <int sign>
Instant moved(Instant t, double days) noexcept {
  if (is_absent(t) || !(std::abs(days) <= kMostDays)) return kMissingInstant;
  const Int128 micros = static_cast<Int128>(t.time_since_epoch().count()) + sign * micros_of(days);
  const bool fits =
      kFirstInstant.time_since_epoch().count() <= micros && micros <= kLastInstant.time_since_epoch().count();
  return fits ? Instant{Micros{static_cast<std::int64_t>(micros)}} : kMissingInstant;
}

Value between_months(Block& block, const Value& later, const Value& earlier) {
  return map<double>(block, operand<Instant>(later, block), operand<Instant>(earlier, block), [](Instant a, Instant b) {
    return is_absent(a) || is_absent(b) ? kMissing<double> : static_cast<double>(months_between(a, b));
  });
}

}  // namespace

Value add_days(Block& block, const Value& instant, const Value& days) {
  return map<Instant>(block, operand<Instant>(instant, block), operand<double>(days, block), &moved<1>);
}

Value add_to_days(Block& block, const Value& days, const Value& instant) { return add_days(block, instant, days); }

Value subtract_days(Block& block, const Value& instant, const Value& days) {
  return map<Instant>(block, operand<Instant>(instant, block), operand<double>(days, block), &moved<-1>);
}

Value subtract_instants(Block& block, const Value& later, const Value& earlier) {
  return map<double>(block, operand<Instant>(later, block), operand<Instant>(earlier, block), [](Instant a, Instant b) {
    return is_absent(a) || is_absent(b) ? kMissing<double> : days_between(a, b);
  });
}

double year_of(Instant t) noexcept { return static_cast<double>(civil_of(day_of(t)).year); }

double month_of(Instant t) noexcept { return static_cast<double>(civil_of(day_of(t)).month); }

double weekday_of(Instant t) noexcept {
  const std::int64_t since_monday = day_of(t) + 3;  // 1970-01-01 was a Thursday
  return static_cast<double>(since_monday - floor_divide(since_monday, 7) * 7 + 1);
}

BoundPtr make_months_between(Call call) {
  return std::make_unique<const BinaryNode>(Type::number, &between_months, std::move(call.arguments[0]),
                                            std::move(call.arguments[1]));
}

}  // namespace customerhealth::expression
