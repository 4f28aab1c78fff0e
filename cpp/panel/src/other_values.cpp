#include "customerhealth/scores/other_values.hpp"

#include <algorithm>
#include <stdexcept>

#include "customerhealth/panel/data.hpp"

namespace customerhealth::panel {

std::vector<double> Panel::points_of(std::string_view score, std::string_view measure, std::span<const double> values,
                                     PanelRows of) const {
  const auto index = model().find_score(score);
  if (!index) throw std::out_of_range{"the model has no score '" + std::string{score} + "'"};
  const auto& measures = data_->snapshot->bound.scores[index->place()].measures;
  const auto found = std::ranges::find_if(measures, [&](const auto& one) { return one.spec->name == measure; });
  if (found == measures.end() || !found->value) {
    throw std::out_of_range{"the score has no measure '" + std::string{measure} + "' of a value"};
  }
  const CutRows cut{of, data_->rows};
  std::vector<double> points(values.size());
  if (cut.begin == cut.end) return points;
  scores::points_of_other_values(*found, data_->frame(cut.begin, cut.end - cut.begin), values, points);
  return points;
}

}  // namespace customerhealth::panel
