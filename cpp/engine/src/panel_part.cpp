#include "customerhealth/engine/panel_part.hpp"

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <string_view>

namespace customerhealth::engine {
namespace {

template <class Named>
std::size_t place_of(const std::vector<Named>& things, std::string_view name) {
  const auto found = std::ranges::find(things, name, &Named::name);
  if (found == things.end()) throw std::out_of_range{"no such column or play: " + std::string{name}};
  return static_cast<std::size_t>(found - things.begin());
}

}  // namespace

PanelPart::PanelPart(const model::Model& model)
    : columns(model.slots.size(), 1),
      nodes(model.node_count(), 1),
      steps{model.steps},
      first_score_{model.node_of(model::Step::Kind::score, 0)} {}

PanelPart::PanelPart(const model::Model& model, const std::vector<std::string>& wanted,
                     const std::vector<std::string>& plays)
    : columns(model.slots.size(), 0),
      nodes(model.node_count(), 0),
      first_score_{model.node_of(model::Step::Kind::score, 0)} {
  const auto need = [&](const model::Slot& slot) {
    if (slot.is_answered()) nodes[model.node_of(slot)] = 1;
  };
  for (const std::string& name : wanted) {
    const std::size_t slot = place_of(model.slots, name);
    columns[slot] = 1;
    need(model.slots[slot]);
  }
  for (const std::string& name : plays) {
    nodes[model.node_of(model::Step::Kind::play, static_cast<std::int32_t>(place_of(model.plays, name)))] = 1;
  }
  for (std::size_t s = model.steps.size(); s-- > 0;) {  // each before those that it reads
    const model::Step& step = model.steps[s];
    auto& needed = nodes[model.node_of(step.kind, step.index)];
    if (s < model.include_after) needed = 1;  // `include` decides which rows there are, so its steps are always needed
    if (needed == 0) continue;
    for (const SlotIndex slot : step.reads) need(model.slots[slot.place()]);
  }
  std::ranges::copy_if(model.steps, std::back_inserter(steps),
                       [&](const model::Step& step) { return nodes[model.node_of(step.kind, step.index)] != 0; });
}

PanelPart PanelPart::compared(const model::Model& model, std::int32_t level) {
  std::vector<std::string> scores;
  for (const model::PeersNode& node : model.peers) {
    if (node.level == level) scores.push_back(model.slots[model.scores[node.score.place()].slot.place()].name);
  }
  return PanelPart{model, scores, {}};
}

bool PanelPart::needs_score(model::ScoreIndex score) const noexcept { return nodes[first_score_ + score.place()] != 0; }

std::int32_t PanelPart::levels() const noexcept {
  std::int32_t levels = 1;
  for (const model::Step& step : steps) levels = std::max(levels, step.level + 1);
  return levels;
}

}  // namespace customerhealth::engine
