#include "customerhealth/scores/changes.hpp"

#include <array>
#include <cassert>

#include "customerhealth/common/errors.hpp"
#include "level.hpp"
#include "recorded.hpp"

namespace customerhealth::scores {

std::string_view to_string(Cause cause) noexcept {
  constexpr std::array<std::string_view, static_cast<std::size_t>(kLastCause) + 1> kNames{
      "value", "band", "case", "peers", "weight", "appeared", "vanished", "chosen", "cap", "round", "clamp", "model"};
  return kNames[static_cast<std::size_t>(cause)];
}

Changes::Changes(const model::BoundScore& score, Depth depth) : score_{&score}, depth_{depth} {
  list(score, "");
  slots_ = slots_of_score(score, depth);  // after `list`, which throws if there are too many parts
}

const model::BoundScore* Changes::expanded(const model::BoundMeasure& measure) const noexcept {
  return depth_ == Depth::deep ? measure.nested : nullptr;
}

const model::Measure& Changes::measure_of(PartIndex part) const {
  const Listed& listed = parts_[part.place()];
  assert(listed.part.kind == LevelPart::Kind::measure);
  return listed.score->spec->measures[static_cast<std::size_t>(listed.part.index)];
}

void Changes::list(const model::BoundScore& score, const std::string& prefix) {
  for (const LevelPart& part : level_parts(*score.spec)) {
    const std::size_t at = parts_.size();
    parts_.push_back({prefix + name_of(*score.spec, part), &score, part, 0});
    check_part_count(parts_.size(), "scores." + score_->spec->name, depth_);
    if (part.kind != LevelPart::Kind::measure) continue;
    const model::BoundMeasure& measure = score.measures[static_cast<std::size_t>(part.index)];
    const model::BoundScore* const nested = expanded(measure);
    if (nested == nullptr) continue;
    list(*nested, prefix + measure.spec->name + ".");
    parts_[at].nested = parts_.size() - at - 1;
  }
}

std::vector<std::string> Changes::part_names() const {
  std::vector<std::string> names;
  for (const Listed& part : parts_) names.push_back(part.name);
  return names;
}

void Changes::fill(const Frame& from, const Frame& to, std::vector<Change>& out) const {
  assert(from.rows == to.rows);
  const std::vector<double> factors(from.rows, 1.0);
  fill_level(*score_, 0, from, to, factors, out);
}

}  // namespace customerhealth::scores
