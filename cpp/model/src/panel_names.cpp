#include "panel_names.hpp"

#include <algorithm>
#include <array>

#include "customerhealth/common/errors.hpp"
#include "values.hpp"

namespace customerhealth::model {
namespace {

constexpr std::size_t kMostCandidates = 1000;  // finding the nearest costs by their number

/// What only some scores define, and why one does not.
constexpr std::array<std::pair<std::string_view, std::string_view>, 7> kDefinedByScores{
    {{"_grade", "the score has no grades"},
     {"_change", "the score has no trend"},
     {"_trend", "the score has no trend"},
     {"_grade_before", "it takes a trend and grades, and the score has not both"},
     {"_probability", "the score has no probability"},
     {"_probability_low", "the score's probability has no 'low'"},
     {"_probability_high", "the score's probability has no 'high'"}}};

std::string in_formulas(const Slot& slot) {
  const std::size_t dot = slot.name.find('.');
  if (dot == std::string::npos) return slot.name;
  return expression::Name{slot.name.substr(0, dot), slot.name.substr(dot + 1), false, 0}.to_string();
}

}  // namespace

PanelNames::PanelNames(const Model& model) : model_{model} {
  for (std::size_t i = 0; i < model.slots.size(); ++i) slots_.emplace(model.slots[i].name, SlotIndex::at(i));
  for (std::size_t i = 0; i < model.metrics.size(); ++i) {
    metrics_.emplace(model.metrics[i].name, static_cast<std::int32_t>(i));
  }
}

std::vector<SlotIndex> PanelNames::find(const expression::Name& name) const {
  if (name.every_part) {
    const MetricSpec* split = metric(name.word);
    return split != nullptr && is_split(*split) ? split->slots : std::vector<SlotIndex>{};
  }
  const auto found = slots_.find(name.part ? name.word + "." + *name.part : name.word);
  return found == slots_.end() ? std::vector<SlotIndex>{} : std::vector<SlotIndex>{found->second};
}

const MetricSpec* PanelNames::metric(const std::string& name) const {
  const auto found = metrics_.find(name);
  return found == metrics_.end() ? nullptr : &model_.metrics[static_cast<std::size_t>(found->second)];
}

std::vector<std::string> PanelNames::parts(const MetricSpec& metric) const {
  std::vector<std::string> out;
  for (const SlotIndex slot : metric.slots) out.push_back(in_formulas(model_.slots[slot.place()]));
  return out;
}

std::vector<std::string> PanelNames::candidates(const expression::Name& name) const {
  const MetricSpec* whole = metric(name.word);
  if (whole != nullptr && is_split(*whole)) return parts(*whole);
  std::vector<std::string> out;
  for (const Slot& slot : model_.slots) {
    if (out.size() < kMostCandidates) out.push_back(in_formulas(slot));
  }
  return out;
}

/// Tells the likeliest mistakes apart: a split metric without its part, a part of a metric that is not split, a table
/// in place of a column, a column of a score that lacks grades or a trend. Only then it guesses at spelling.
std::string PanelNames::why_unknown(const expression::Name& name) const {
  const std::string shown = "'" + name.to_string() + "'";
  const MetricSpec* whole = metric(name.word);
  const auto table = model_.find_table(name.word);
  if (whole != nullptr && is_split(*whole)) {
    if (name.part) return "unknown name " + shown + "; " + suggestion(name.to_string(), parts(*whole));
    return shown + " is split: write one of its parts, " + alternatives(parts(*whole)) + ", or " + name.word +
           ".* inside sum, mean, min, max or count";
  }
  if (whole != nullptr && (name.part || name.every_part)) return "'" + name.word + "' is not split: it has no parts";
  if (table && !name.part && !name.every_part)
    return shown + " is a table: a column of the accounts table is written TABLE.column";
  if (table && model_.accounts_table() != table) {
    return shown + ": only columns of the accounts table are names here; a metric takes values from '" + name.word +
           "'";
  }
  if (table) return shown + ": a table's columns cannot be taken all at once";
  for (const auto& [suffix, why] : kDefinedByScores) {
    if (!name.part && name.word.ends_with(suffix) &&
        model_.find_score(name.word.substr(0, name.word.size() - suffix.size()))) {
      return "unknown name " + shown + ": " + std::string{why};
    }
  }
  return "unknown name " + shown + "; " + suggestion(name.to_string(), candidates(name));
}

}  // namespace customerhealth::model
