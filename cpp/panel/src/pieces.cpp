#include "customerhealth/panel/pieces.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

#include "customerhealth/panel/data.hpp"

namespace customerhealth::panel {

const model::BoundScore& score_of(const model::BoundModel& model, std::string_view score) {
  const auto index = model.model->find_score(score);
  if (!index) throw std::out_of_range{"the model has no score '" + std::string{score} + "'"};
  return model.scores[index->place()];
}

std::vector<Piece> pieces_of(std::size_t begin, std::size_t end, std::size_t most) {
  std::vector<Piece> pieces;
  for (std::size_t at = begin; at < end; at += most) pieces.push_back({at, std::min(most, end - at)});
  if (pieces.empty()) pieces.push_back({begin, 0});
  return pieces;
}

std::shared_ptr<arrow::ResultTable> table_of(const model::Model& model, std::size_t batches) {
  auto table = std::make_shared<arrow::ResultTable>();
  table->batches.resize(batches);
  table->metadata = provenance(model);
  return table;
}

}  // namespace customerhealth::panel
