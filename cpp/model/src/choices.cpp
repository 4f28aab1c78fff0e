#include <array>

#include "customerhealth/model/aggregations.hpp"
#include "drafts.hpp"

namespace customerhealth::model {

std::span<const Choice<TableKind>> Choices<TableKind>::all() {
  static constexpr std::array<Choice<TableKind>, 5> kAll{{{"accounts", TableKind::accounts},
                                                          {"events", TableKind::events},
                                                          {"intervals", TableKind::intervals},
                                                          {"states", TableKind::states},
                                                          {"keys", TableKind::keys}}};
  return kAll;
}

std::span<const Choice<Type>> Choices<Type>::all() {
  static constexpr std::array<Choice<Type>, 4> kAll{
      {{"number", Type::number}, {"text", Type::text}, {"boolean", Type::boolean}, {"instant", Type::instant}}};
  return kAll;
}

std::span<const Choice<EndKnown>> Choices<EndKnown>::all() {
  static constexpr std::array<Choice<EndKnown>, 2> kAll{
      {{"with_row", EndKnown::with_row}, {"at_end", EndKnown::at_end}}};
  return kAll;
}

std::span<const Choice<EndIs>> Choices<EndIs>::all() {
  static constexpr std::array<Choice<EndIs>, 3> kAll{
      {{"exclusive", EndIs::exclusive}, {"last_day", EndIs::last_day}, {"inclusive", EndIs::inclusive}}};
  return kAll;
}

std::span<const Choice<Empty>> Choices<Empty>::all() {
  static constexpr std::array<Choice<Empty>, 1> kAll{{{"skip", Empty::skip}}};
  return kAll;
}

std::span<const Choice<RowsMode>> Choices<RowsMode>::all() {
  static constexpr std::array<Choice<RowsMode>, 5> kAll{{{"alive", RowsMode::alive},
                                                         {"started", RowsMode::started},
                                                         {"ended", RowsMode::ended},
                                                         {"upcoming", RowsMode::upcoming},
                                                         {"any", RowsMode::any}}};
  return kAll;
}

std::span<const Choice<Then>> Choices<Then>::all() {
  static constexpr std::array<Choice<Then>, 9> kAll{{{"mean", Then::mean},
                                                     {"median", Then::median},
                                                     {"min", Then::min},
                                                     {"max", Then::max},
                                                     {"std", Then::std},
                                                     {"slope", Then::slope},
                                                     {"active", Then::active},
                                                     {"streak", Then::streak},
                                                     {"floored", Then::floored}}};
  return kAll;
}

std::span<const Choice<Combine>> Choices<Combine>::all() {
  static constexpr std::array<Choice<Combine>, 4> kAll{
      {{"mean", Combine::mean}, {"sum", Combine::sum}, {"lowest", Combine::lowest}, {"highest", Combine::highest}}};
  return kAll;
}

std::span<const Choice<Rank>> Choices<Rank>::all() {
  static constexpr std::array<Choice<Rank>, 3> kAll{
      {{"mid", Rank::mid}, {"below", Rank::below}, {"at_most", Rank::at_most}}};
  return kAll;
}

std::span<const Choice<Aggregation>> Choices<Aggregation>::all() {
  static const std::vector<Choice<Aggregation>> kAll = [] {
    std::vector<Choice<Aggregation>> all;
    for (std::size_t i = 0; i < kAggregations; ++i) {
      all.push_back({kAggregationRules[i].name, static_cast<Aggregation>(i)});
    }
    return all;
  }();
  return kAll;
}

std::span<const Choice<Reason>> Choices<Reason>::all() {
  static const std::vector<Choice<Reason>> kAll = [] {
    std::vector<Choice<Reason>> all;
    for (int i = static_cast<int>(Reason::none) + 1; i <= static_cast<int>(kLastReason); ++i) {
      all.push_back({to_string(static_cast<Reason>(i)), static_cast<Reason>(i)});
    }
    return all;
  }();
  return kAll;
}

}  // namespace customerhealth::model
