#include "aggregations.hpp"

#include <array>

namespace customerhealth {
namespace {

using A = Aggregation;
using On = AggregationRule::On;
using Of = AggregationRule::Of;
using Takes = AggregationRule::Takes;
using Gives = AggregationRule::Gives;
using Buckets = AggregationRule::Buckets;

// clang-format off: a table
constexpr std::array<AggregationRule, 22> kRules{{
    {A::count, "count", On::all, Of::none, Takes::all, Gives::number, Buckets::yes, "rows"},
    {A::count_distinct, "count_distinct", On::all, Of::needed, Takes::all, Gives::number, Buckets::yes, "different values"},
    {A::sum, "sum", On::all, Of::needed, Takes::numbers, Gives::number, Buckets::yes, "the exact sum, rounded once"},
    {A::decayed, "decayed", On::timed, Of::optional, Takes::numbers, Gives::number, Buckets::no,
     "the sum of `of` (default 1), each row halved for every `half_life` that it lies back"},
    {A::mean, "mean", On::all, Of::needed, Takes::numbers, Gives::number, Buckets::yes, "the exact sum / n"},
    {A::std, "std", On::all, Of::needed, Takes::numbers, Gives::number, Buckets::no, "standard deviation (n - 1)"},
    {A::median, "median", On::all, Of::needed, Takes::numbers, Gives::number, Buckets::no, "the quantile 0.5"},
    {A::quantile, "quantile", On::all, Of::needed, Takes::numbers, Gives::number, Buckets::no, "the quantile `q`, linear at (n - 1)q"},
    {A::min, "min", On::all, Of::needed, Takes::ordered, Gives::as_of, Buckets::yes, "the smallest; of booleans: are all true?"},
    {A::max, "max", On::all, Of::needed, Takes::ordered, Gives::as_of, Buckets::yes, "the largest; of booleans: is any true?"},
    {A::first, "first", On::all, Of::needed, Takes::all, Gives::as_of, Buckets::no, "`of` at the earliest row"},
    {A::last, "last", On::all, Of::needed, Takes::all, Gives::as_of, Buckets::no, "`of` at the latest row"},
    {A::first_time, "first_time", On::all, Of::none, Takes::all, Gives::instant, Buckets::no, "the instant of the earliest row"},
    {A::last_time, "last_time", On::all, Of::none, Takes::all, Gives::instant, Buckets::no, "the instant of the latest row"},
    {A::days_since_first, "days_since_first", On::all, Of::none, Takes::all, Gives::number, Buckets::no, "days from the earliest row to E"},
    {A::days_since_last, "days_since_last", On::all, Of::none, Takes::all, Gives::number, Buckets::no, "days from the latest row to E"},
    {A::days_to_end, "days_to_end", On::alive, Of::none, Takes::all, Gives::number, Buckets::no,
     "days from E to the end of the interval that ends last; an open one: missing `open`"},
    {A::days_unbroken, "days_unbroken", On::alive, Of::none, Takes::all, Gives::number, Buckets::no,
     "days from the start of the run of intervals (at most `gap` apart) that is alive at E, to E"},
    {A::longest_gap, "longest_gap", On::timed, Of::none, Takes::all, Gives::number, Buckets::no,
     "the most days between neighbouring rows, and from the last one to E"},
    {A::top_share, "top_share", On::all, Of::needed, Takes::all, Gives::number, Buckets::no, "the share of the most frequent value"},
    {A::entropy, "entropy", On::all, Of::needed, Takes::all, Gives::number, Buckets::no, "-sum of p ln p over the values' shares p"},
    {A::completeness, "completeness", On::all, Of::needed, Takes::all, Gives::number, Buckets::no, "the share of `wanted` that is met"},
}};
// clang-format on

constexpr bool in_order() {
  for (std::size_t i = 0; i < kRules.size(); ++i) {
    if (static_cast<std::size_t>(kRules[i].aggregation) != i) return false;
  }
  return static_cast<std::size_t>(A::completeness) + 1 == kRules.size();
}
static_assert(in_order());  // rule_of indexes the table

}  // namespace

std::span<const AggregationRule> aggregation_rules() noexcept { return kRules; }

const AggregationRule& rule_of(Aggregation aggregation) noexcept {
  return kRules[static_cast<std::size_t>(aggregation)];
}

std::string_view to_string(Aggregation aggregation) noexcept { return rule_of(aggregation).name; }

std::string_view words(AggregationRule::Takes takes) noexcept {
  switch (takes) {
    case Takes::numbers:
      return "numbers and booleans";
    case Takes::ordered:
      return "numbers, instants and booleans";
    default:
      return "values of any type";
  }
}

}  // namespace customerhealth
