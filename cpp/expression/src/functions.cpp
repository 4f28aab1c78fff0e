#include "functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "kernels.hpp"
#include "lexer.hpp"
#include "nodes.hpp"

namespace customerhealth::formula {
namespace {

using enum Parameter;

constexpr std::array<Parameter, 3> each(Parameter parameter) { return {parameter, parameter, parameter}; }

/// To add a function, add its row (by name). A function of numbers or of an instant is a lambda here; others have
/// their node in the file of their group (nodes.hpp).
constexpr std::array kFunctions{
    Function{"abs(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return std::abs(x); }>},
    Function{"asinh(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::asinh(x); }>},
    Function{"ceil(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return std::ceil(x); }>},
    Function{"clip(x, lo, hi)", 3, 3, each(number), Type::number, make_clip},
    Function{"coalesce(a, b, ...)", 1, kAnyNumber, each(open), Type::any, make_coalesce},
    Function{"contains(s, 'text')", 2, 2, {text, pattern, pattern}, Type::boolean, make_contains},
    Function{"count(m.* > 0)", 1, 1, each(boolean), Type::number, make_count, true},
    Function{"ends_with(s, 'text')", 2, 2, {text, pattern, pattern}, Type::boolean, make_ends_with},
    Function{"exp(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::exp(x); }>},
    Function{"floor(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::floor(x); }>},
    Function{"greatest(a, b, ...)", 1, kAnyNumber, each(ordered), Type::any, make_greatest},
    Function{"if(condition, a, b)", 3, 3, {boolean, open, open}, Type::any, make_if},
    Function{"least(a, b, ...)", 1, kAnyNumber, each(ordered), Type::any, make_least},
    Function{"ln(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::ln(x); }>},
    Function{"log10(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::log10(x); }>},
    Function{"log1p(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::log1p(x); }>},
    Function{"lower(s)", 1, 1, each(text), Type::text, make_lower},
    Function{"max(m.*)", 1, 1, each(ordered), Type::any, make_max, true},
    Function{"mean(m.*)", 1, 1, each(number), Type::number, make_mean, true},
    Function{"min(m.*)", 1, 1, each(ordered), Type::any, make_min, true},
    Function{"month(t)", 1, 1, each(instant), Type::number, instant_function<month_of>},
    Function{"months_between(later, earlier)", 2, 2, each(instant), Type::number, make_months_between},
    Function{"pow(x, y)", 2, 2, each(number), Type::number,
             number_function2<[](double x, double y) { return math::pow(x, y); }>},
    Function{"round(x[, digits])", 1, 2, {number, digits, digits}, Type::number, make_round},
    Function{"sign(x)", 1, 1, each(number), Type::number,
             number_function<[](double x) { return is_absent(x) ? x : static_cast<double>((x > 0) - (x < 0)); }>},
    Function{"sqrt(x)", 1, 1, each(number), Type::number, number_function<[](double x) { return math::sqrt(x); }>},
    Function{"starts_with(s, 'text')", 2, 2, {text, pattern, pattern}, Type::boolean, make_starts_with},
    Function{"sum(m.*)", 1, 1, each(number), Type::number, make_sum, true},
    Function{"weekday(t)", 1, 1, each(instant), Type::number, instant_function<weekday_of>},
    Function{"year(t)", 1, 1, each(instant), Type::number, instant_function<year_of>},
};
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

struct Elsewhere {
  std::string_view name, here;
};

/// What other languages call what we have.
constexpr std::array<Elsewhere, 17> kElsewhere{{
    {"avg", "mean(m.*) is the mean over the parts of a metric"},
    {"case", "write if(condition, a, b)"},
    {"ceiling", "write ceil(x)"},
    {"datediff", "instants subtract: later - earlier is in days"},
    {"day", "there are year, month and weekday"},
    {"ifelse", "write if(condition, a, b)"},
    {"ifnull", "write coalesce(a, b)"},
    {"iif", "write if(condition, a, b)"},
    {"isnull", "write `x is missing`"},
    {"log", "write ln(x) or log10(x)"},
    {"mod", "write x % y"},
    {"now", "as_of is the instant the panel is computed for"},
    {"nullif", "write if(a = b, missing, a)"},
    {"nvl", "write coalesce(a, b)"},
    {"power", "write pow(x, y)"},
    {"today", "as_of is the instant the panel is computed for"},
    {"upper", "write lower(s)"},
}};

}  // namespace

std::span<const Function> functions() noexcept { return kFunctions; }

const Function* find_function(std::string_view name) noexcept {
  const auto found = std::ranges::lower_bound(kFunctions, name, {}, &Function::name);
  return found != kFunctions.end() && found->name() == name ? &*found : nullptr;
}

std::string unknown_function(const std::string& name) {
  const std::string start = "there is no function `" + name + "`; ";
  const std::string small = lower_case(name);
  if (find_function(small) != nullptr) return start + "function names are in lower case: " + small;
  for (const Elsewhere& elsewhere : kElsewhere) {
    if (elsewhere.name == small) return start + std::string{elsewhere.here};
  }
  std::vector<std::string> names;
  for (const Function& function : kFunctions) names.emplace_back(function.name());
  return start + suggestion(name, names);
}

std::string wrong_count(const Function& function, std::size_t count) {
  std::string message = "write " + std::string{function.usage} + ": it takes ";
  if (function.most == kAnyNumber) {
    message += "at least " + std::to_string(function.least);
  } else if (function.least == function.most) {
    message += std::to_string(function.least);
  } else {
    message += std::to_string(function.least) + " or " + std::to_string(function.most);
  }
  const bool one = function.most == 1 || (function.most == kAnyNumber && function.least == 1);
  message += one ? " argument, not " : " arguments, not ";
  message += std::to_string(count);
  const std::string_view name = function.name();
  if (name == "min") message += " (the smaller of several values is least(a, b))";
  if (name == "max") message += " (the larger of several values is greatest(a, b))";
  return message;
}

}  // namespace customerhealth::formula
