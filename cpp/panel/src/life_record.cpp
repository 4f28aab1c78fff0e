#include "customerhealth/panel/life_record.hpp"

#include <utility>

namespace customerhealth::panel {

std::size_t PlayRecord::openings() const noexcept { return turns.empty() ? 0 : turns.back().opening + 1; }

void PlayRecord::append(PlayRecord&& more) {
  const std::size_t before = openings();
  for (AccountTurn& turn : more.turns) turn.opening += before;
  turns.insert(turns.end(), more.turns.begin(), more.turns.end());
  priorities.insert(priorities.end(), more.priorities.begin(), more.priorities.end());
  values.insert(values.end(), more.values.begin(), more.values.end());
}

void LifeRecord::append(LifeRecord&& more) {
  for (std::size_t j = 0; j < moves.size(); ++j) {
    moves[j].insert(moves[j].end(), more.moves[j].begin(), more.moves[j].end());
  }
  for (std::size_t p = 0; p < plays.size(); ++p) plays[p].append(std::move(more.plays[p]));
}

}  // namespace customerhealth::panel
