#include "functions.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/vocabulary.hpp"
#include "kernels.hpp"
#include "lexer.hpp"
#include "nodes.hpp"
#include "type_words.hpp"

namespace customerhealth::expression {
namespace {

using enum Parameter;

constexpr std::array<Parameter, 3> each(Parameter parameter) { return {parameter, parameter, parameter}; }

/// To add a function, add its row (by name). A function of numbers or of an instant is a lambda here; others have
/// their node in the file of their group (nodes.hpp).
// clang-format off: a table
constexpr std::array kFunctions{
    Function{"abs(x)", "x without its sign",
             1, 1, each(number), Type::number, number_function<[](double x) { return std::abs(x); }>},
    Function{"asinh(x)", "the inverse hyperbolic sine: a logarithm that takes 0 and numbers below it",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::asinh(x); }>},
    Function{"ceil(x)", "the smallest whole number that is not below x",
             1, 1, each(number), Type::number, number_function<[](double x) { return std::ceil(x); }>},
    Function{"clip(x, lo, hi)", "x, but lo where it is below and hi where it is above; hi where lo > hi",
             3, 3, each(number), Type::number, make_clip},
    Function{"coalesce(a, b, ...)", "the first that is not missing",
             1, kAnyNumber, each(open), Type::any, make_coalesce},
    Function{"contains(s, 'text')", "whether the text stands in s",
             2, 2, {text, pattern, pattern}, Type::boolean, make_contains},
    Function{"count(m.* > 0)", "for how many parts of m it is true",
             1, 1, each(boolean), Type::number, make_count, true},
    Function{"ends_with(s, 'text')", "whether s ends with the text",
             2, 2, {text, pattern, pattern}, Type::boolean, make_ends_with},
    Function{"exp(x)", "e to the power of x",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::exp(x); }>},
    Function{"floor(x)", "the largest whole number that is not above x",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::floor(x); }>},
    Function{"greatest(a, b, ...)", "the largest; missing where any is",
             1, kAnyNumber, each(ordered), Type::any, make_greatest},
    Function{"if(condition, a, b)", "a where the condition is true, b where it is false; missing where it is missing",
             3, 3, {boolean, open, open}, Type::any, make_if},
    Function{"least(a, b, ...)", "the smallest; missing where any is",
             1, kAnyNumber, each(ordered), Type::any, make_least},
    Function{"left(s, n)", "the first n characters of s; in `columns` and `where` of a table alone",
             2, 2, {text, length, length}, Type::text, make_left, false, true},
    Function{"ln(x)", "the natural logarithm; missing unless x > 0",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::ln(x); }>},
    Function{"log10(x)", "the logarithm to base 10; missing unless x > 0",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::log10(x); }>},
    Function{"log1p(x)", "ln(1 + x), exact for small x too; missing unless x > -1",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::log1p(x); }>},
    Function{"lower(s)", "s with A to Z in lower case",
             1, 1, each(text), Type::text, make_lower},
    Function{"max(m.*)", "the largest over the parts of m that are not missing",
             1, 1, each(ordered), Type::any, make_max, true},
    Function{"mean(m.*)", "the mean over the parts of m that are not missing",
             1, 1, each(number), Type::number, make_mean, true},
    Function{"min(m.*)", "the smallest over the parts of m that are not missing",
             1, 1, each(ordered), Type::any, make_min, true},
    Function{"month(t)", "the month, 1 to 12",
             1, 1, each(instant), Type::number, instant_function<month_of>},
    Function{"months_between(later, earlier)", "how many whole months after earlier lie before later, or at it",
             2, 2, each(instant), Type::number, make_months_between},
    Function{"number(s)", "the number that s spells, blanks around it aside; missing where it spells none; in `columns` "
             "and `where` of a table alone",
             1, 1, each(text), Type::number, make_number, false, true},
    Function{"pow(x, y)", "x to the power of y",
             2, 2, each(number), Type::number, number_function2<[](double x, double y) { return math::pow(x, y); }>},
    Function{"round(x[, digits])", "x to so many digits (default 0; below 0: tens, hundreds), halves away from zero",
             1, 2, {number, digits, digits}, Type::number, make_round},
    Function{"sign(x)", "-1, 0 or 1",
             1, 1, each(number), Type::number,
             number_function<[](double x) { return is_absent(x) ? x : static_cast<double>((x > 0) - (x < 0)); }>},
    Function{"sqrt(x)", "the square root; missing where x < 0",
             1, 1, each(number), Type::number, number_function<[](double x) { return math::sqrt(x); }>},
    Function{"starts_with(s, 'text')", "whether s starts with the text",
             2, 2, {text, pattern, pattern}, Type::boolean, make_starts_with},
    Function{"sum(m.*)", "the sum over the parts of m that are not missing",
             1, 1, each(number), Type::number, make_sum, true},
    Function{"trim(s)", "s without the blanks (spaces, tabs, ends of lines) around it; in `columns` and `where` of a "
             "table alone",
             1, 1, each(text), Type::text, make_trim, false, true},
    Function{"weekday(t)", "the day of the week, Monday 1",
             1, 1, each(instant), Type::number, instant_function<weekday_of>},
    Function{"year(t)", "the year",
             1, 1, each(instant), Type::number, instant_function<year_of>},
};
// clang-format on
static_assert(std::ranges::is_sorted(kFunctions, {}, &Function::name));

struct Elsewhere {
  std::string_view name, here;
};

/// What other languages call what we have, and what we have elsewhere than in formulas; `called_here` has the rest.
constexpr auto kElsewhere = std::to_array<Elsewhere>({
    {"btrim", "write trim(s)"},
    {"case", "write if(condition, a, b)"},
    {"cast", "write number(s) for the number that a text spells"},
    {"ceiling", "write ceil(x)"},
    {"count_distinct", "it is an aggregation: the `agg` of a metric"},
    {"datediff", "instants subtract: later - earlier is in days"},
    {"day", "there are year, month and weekday"},
    {"first", "it is an aggregation: the `agg` of a metric"},
    {"ifelse", "write if(condition, a, b)"},
    {"ifnull", "write coalesce(a, b)"},
    {"iif", "write if(condition, a, b)"},
    {"isnull", "write `x is missing`"},
    {"last", "it is an aggregation: the `agg` of a metric"},
    {"log", "write ln(x) or log10(x)"},
    {"median", "it is an aggregation: the `agg` of a metric"},
    {"mod", "write x % y"},
    {"now", "as_of is the instant the panel is computed for"},
    {"nullif", "write if(a = b, missing, a)"},
    {"nvl", "write coalesce(a, b)"},
    {"power", "write pow(x, y)"},
    {"quantile", "it is an aggregation: the `agg` of a metric"},
    {"std", "it is an aggregation: the `agg` of a metric"},
    {"strip", "write trim(s)"},
    {"substr", "write left(s, n) for the first characters"},
    {"today", "as_of is the instant the panel is computed for"},
    {"upper", "write lower(s)"},
});

/// For the reference: what an argument may be.
constexpr std::string_view word_of(Parameter parameter) noexcept {
  switch (parameter) {
    case number:
      return "numbers";
    case boolean:
      return "a boolean";
    case text:
      return "texts";
    case instant:
      return "instants";
    case open:
      return "values of one type";
    case ordered:
      return "numbers or instants";
    case digits:
      return "a whole number written out, -15 to 15";
    case length:
      return "a whole number written out, 0 to 10,000";
    case pattern:
      return "a text written out";
  }
  return "";
}

}  // namespace

std::span<const Function> functions() noexcept { return kFunctions; }

std::string takes_of(const Function& function) {
  std::string takes;
  for (std::size_t index = 0; index < std::min(function.most, function.takes.size()); ++index) {
    const std::string_view word = word_of(function.takes[index]);
    if (takes.find(word) == std::string::npos) takes.append(takes.empty() ? "" : "; ").append(word);
  }
  return takes;
}

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
  if (const std::string_view here = called_here(small); !here.empty()) {
    const Function* over_parts = find_function(here);
    return start + "write " +
           (over_parts != nullptr ? std::string{over_parts->usage}
                                  : std::string{here} + ", an aggregation: the `agg` of a metric");
  }
  std::vector<std::string> names;
  for (const Function& function : kFunctions) names.emplace_back(function.name());
  return start + word_suggestion(name, names);
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

std::vector<FunctionInfo> function_infos() {
  std::vector<FunctionInfo> infos;
  for (const Function& function : functions()) {
    const std::string gives = function.gives == Type::any ? "as they are" : singular(function.gives);
    infos.push_back({function.name(), function.usage, takes_of(function), gives, function.meaning});
  }
  return infos;
}

}  // namespace customerhealth::expression
