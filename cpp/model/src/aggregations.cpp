#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::model {

std::string_view to_string(Aggregation aggregation) noexcept { return rule_of(aggregation).name; }

std::string_view words(AggregationRule::Takes takes) noexcept {
  switch (takes) {
    case AggregationRule::Takes::all:
      return "values of any type";
    case AggregationRule::Takes::numbers:
      return "numbers and booleans";
    case AggregationRule::Takes::ordered:
      return "numbers, instants and booleans";
  }
  return "";
}

std::string_view words(AggregationRule::On on) noexcept {
  switch (on) {
    case AggregationRule::On::all:
      return "all";
    case AggregationRule::On::timed:
      return "events; started, ended intervals";
    case AggregationRule::On::alive:
      return "alive intervals";
  }
  return "";
}

}  // namespace customerhealth::model
