#include "choices.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <string_view>
#include <vector>

#include "customerhealth/common/number.hpp"
#include "customerhealth/scores/edges.hpp"

namespace customerhealth::scores {
namespace {

void choose(const model::BandsShape& shape, const MeasureValues& values, std::span<const TextCode>,
            std::span<std::int32_t> choices) {
  std::vector<Edge> edges;
  for (const model::Band& band : shape.bands) {
    if (band.edge) edges.push_back({*band.edge, band.includes_edge});
  }
  count_passed(values.numbers, edges, choices);
  const auto count = static_cast<std::int32_t>(shape.bands.size());
  for (std::size_t row = 0; row < choices.size(); ++row) {
    if (std::isnan(values.numbers[row]) || choices[row] >= count) choices[row] = kNoChoice;
  }
}

std::int32_t label_named(const model::LabelsShape& shape, std::string_view name) noexcept {
  const auto found =
      std::ranges::find(shape.points, name, [](const auto& label) { return std::string_view{label.first}; });
  return found == shape.points.end() ? kNoChoice : static_cast<std::int32_t>(found - shape.points.begin());
}

void choose(const model::LabelsShape& shape, const MeasureValues& values, std::span<const TextCode> labels,
            std::span<std::int32_t> choices) {
  if (const auto* texts = std::get_if<std::span<const TextCode>>(&values.view)) {
    for (std::size_t row = 0; row < choices.size(); ++row) {
      if ((*texts)[row].is_missing()) continue;
      const auto found = std::ranges::find(labels, (*texts)[row]);
      if (found != labels.end()) choices[row] = static_cast<std::int32_t>(found - labels.begin());
    }
  } else if (const auto* truths = std::get_if<std::span<const Truth>>(&values.view)) {
    const std::array by_truth{label_named(shape, "false"), label_named(shape, "true"), kNoChoice};
    for (std::size_t row = 0; row < choices.size(); ++row) {
      choices[row] = by_truth[static_cast<std::size_t>((*truths)[row])];
    }
  }
}

std::string entry_text(const model::BandsShape& shape, std::size_t choice) {
  const model::Band& band = shape.bands[choice];
  if (!band.name.empty()) return band.name;
  if (band.edge) return (band.includes_edge ? "up to " : "below ") + shortest(*band.edge);
  if (choice == 0) return "any value";
  const model::Band& before = shape.bands[choice - 1];
  return (before.includes_edge ? "above " : "from ") + shortest(*before.edge);
}

std::string entry_text(const model::LabelsShape& shape, std::size_t choice) { return shape.points[choice].first; }

template <class S>
constexpr bool kHasEntries = S::kFacts.entries != model::ShapeFacts::Entries::none;

}  // namespace

void shape_choices(const model::Shape& shape, const MeasureValues& values, std::span<const TextCode> labels,
                   std::span<std::int32_t> choices) {
  std::ranges::fill(choices, kNoChoice);
  std::visit(
      [&]<class S>(const S& one) {
        if constexpr (kHasEntries<S>) choose(one, values, labels, choices);
      },
      shape);
}

std::string choice_text(const model::Shape& shape, std::int32_t choice) {
  if (choice < 0) return "none";
  return std::visit(
      [&]<class S>(const S& one) -> std::string {
        if constexpr (kHasEntries<S>) {
          return entry_text(one, static_cast<std::size_t>(choice));
        } else {
          return "";
        }
      },
      shape);
}

}  // namespace customerhealth::scores
