#pragma once

#include <cstddef>
#include <type_traits>
#include <utility>

#include "customerhealth/metrics/answer.hpp"
#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::metrics {

/// An aggregation as a type: each word of a family is an overload, so that a word without one does not compile.
template <model::Aggregation aggregation>
using Word = std::integral_constant<model::Aggregation, aggregation>;

/// `answer(word)` for the aggregation, one of the family.
template <model::AggregationRule::Family family, class AnswerOf>
Answer answer_of_word(model::Aggregation aggregation, const AnswerOf& answer) {
  Answer found = Answer::missing(Reason::undefined);
  const auto answer_if_it = [&]<std::size_t place>() {
    if constexpr (model::kAggregationRules[place].family == family) {
      constexpr auto kAggregation = static_cast<model::Aggregation>(place);
      if (aggregation == kAggregation) found = answer(Word<kAggregation>{});
    }
  };
  [&]<std::size_t... places>(std::index_sequence<places...>) {
    (answer_if_it.template operator()<places>(), ...);
  }(std::make_index_sequence<model::kAggregations>{});
  return found;
}

}  // namespace customerhealth::metrics
