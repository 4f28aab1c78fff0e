#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "checks.hpp"
#include "customerhealth/common/near_first.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/expression/comparisons.hpp"

namespace customerhealth::engine {
namespace {

constexpr std::ptrdiff_t kMostListed = 8;    // values in a sentence
constexpr std::size_t kMostCompared = 1000;  // values whose spelling is looked at
constexpr std::size_t kRowsPerStep = std::size_t{1} << 16;

using Wanted = std::variant<std::string, double>;

std::string shown(const Wanted& value) {
  const auto* text = std::get_if<std::string>(&value);
  return text != nullptr ? "'" + *text + "'" : shortest(std::get<double>(value));
}

/// A column of a table.
struct Place {
  std::size_t table = 0, column = 0;
  friend auto operator<=>(const Place&, const Place&) = default;
};

/// The different values of columns, each column read once.
class ColumnValues {
 public:
  ColumnValues(const panel::Snapshot& snapshot, const Watch& watch) : snapshot_{&snapshot}, watch_{&watch} {}

  /// Whether a row has the value; a column that is not stored, or of another type, is none of our business.
  [[nodiscard]] bool may_have(const Place& place, const Wanted& wanted) {
    const auto* text = std::get_if<std::string>(&wanted);
    const Type type = snapshot_->ledger->tables[place.table].types[place.column];
    if (text != nullptr) {
      if (type != Type::text) return true;
      const TextCode code = snapshot_->ledger->texts->find(*text);
      const auto& counts = texts(place);
      return !code.is_missing() && static_cast<std::size_t>(code.get()) < counts.size() &&
             counts[static_cast<std::size_t>(code.get())] > 0;
    }
    return type != Type::number || has_number(place, std::get<double>(wanted));
  }

  /// The texts that rows have, as a list for a sentence: near spellings first, then all in the order
  /// of the alphabet, or of many the most frequent.
  [[nodiscard]] std::string listed(const Place& place, const std::string& near) {
    const auto& counts = texts(place);
    const bool is_short = std::ranges::count_if(counts, [](std::int64_t count) { return count > 0; }) <= kMostListed;
    std::vector<std::pair<std::int64_t, std::string_view>> found;
    for (std::size_t code = 0; code < counts.size(); ++code) {
      const TextCode text{static_cast<std::int32_t>(code)};
      if (counts[code] > 0) found.emplace_back(is_short ? 0 : -counts[code], snapshot_->ledger->texts->text(text));
    }
    const std::size_t most = std::min(found.size(), kMostCompared);
    std::ranges::partial_sort(found, found.begin() + static_cast<std::ptrdiff_t>(most));
    std::vector<std::string> values;
    for (std::size_t i = 0; i < most; ++i) values.emplace_back(found[i].second);
    values = near_first(near, std::move(values));
    std::string out;
    for (std::size_t i = 0; i < std::min(values.size(), static_cast<std::size_t>(kMostListed)); ++i)
      out += (i == 0 ? "" : ", ") + values[i];
    if (!is_short) out += ", and " + with_commas(std::ssize(found) - kMostListed) + " more";
    return out;
  }

 private:
  const std::vector<std::int64_t>& texts(const Place& place) {
    const auto [at, is_new] = texts_.try_emplace(place);
    if (!is_new) return at->second;
    std::vector<std::int64_t>& counts = at->second;
    counts.assign(static_cast<std::size_t>(snapshot_->ledger->texts->size()), 0);
    for (const auto& segment : snapshot_->ledger->tables[place.table].segments) {
      const auto* codes = std::get_if<Buffer<TextCode>>(&segment->columns[place.column]);
      if (codes == nullptr) continue;
      watch_->check();
      for (const TextCode code : codes->span()) {
        if (!code.is_missing()) ++counts[static_cast<std::size_t>(code.get())];
      }
    }
    return counts;
  }

  [[nodiscard]] bool has_number(const Place& place, double wanted) const {
    for (const auto& segment : snapshot_->ledger->tables[place.table].segments) {
      const ColumnView view = ledger::view_of(segment->columns[place.column]);
      if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
        if (std::ranges::find(*numbers, wanted) != numbers->end()) return true;
      } else if (const auto* integers = std::get_if<IntegerView>(&view)) {
        for (std::size_t row = 0; row < integers->values.size(); ++row) {
          if (integers->number(row) == wanted) return true;
        }
      }
      watch_->check();
    }
    return false;
  }

  const panel::Snapshot* snapshot_;
  const Watch* watch_;
  std::map<Place, std::vector<std::int64_t>> texts_;  // by code, how many rows have it
};

std::int64_t rows_in(const ledger::TableData& table) {
  std::int64_t rows = 0;
  for (const auto& segment : table.segments) rows += segment->rows();
  return rows;
}

/// Whether a formula over a table is true for any of its rows.
bool is_ever_true(const expression::BoundExpression& where, const ledger::TableData& table, const Watch& watch) {
  for (const auto& segment : table.segments) {
    const auto rows = static_cast<std::size_t>(segment->rows());
    for (std::size_t begin = 0; begin < rows; begin += kRowsPerStep) {
      watch.check();
      const std::size_t count = std::min(kRowsPerStep, rows - begin);
      std::vector<ColumnView> inputs;
      for (const ledger::StoredColumn& column : segment->columns)
        inputs.push_back(slice(ledger::view_of(column), begin, count));
      const Column column = where.evaluate(inputs, count);
      const auto* truths = std::get_if<std::span<const Truth>>(&column.view());
      if (truths != nullptr && std::ranges::find(*truths, Truth::yes) != truths->end()) return true;
    }
  }
  return false;
}

std::optional<std::size_t> find_column(const model::TableSpec& spec, const std::string& name) {
  const auto found = std::ranges::find(spec.columns, name);
  if (found == spec.columns.end()) return std::nullopt;
  return static_cast<std::size_t>(found - spec.columns.begin());
}

/// Calls `use(metric, aggregate, bound, table)` for each metric over a table that has rows.
template <class Use>
void each_aggregate(const panel::Snapshot& snapshot, const Use& use) {
  const model::Model& model = *snapshot.model;
  for (std::size_t m = 0; m < model.metrics.size(); ++m) {
    const auto* aggregate = std::get_if<model::Aggregate>(&model.metrics[m].source);
    if (aggregate == nullptr) continue;
    const auto table = aggregate->table.place();
    if (rows_in(snapshot.ledger->tables[table]) == 0) continue;
    use(model.metrics[m], *aggregate, std::get<model::BoundAggregate>(snapshot.bound.metrics[m]), table);
  }
}

bool is_never_true(const panel::Snapshot& snapshot, const model::BoundAggregate& bound, std::size_t table,
                   const Watch& watch) {
  return bound.where && !is_ever_true(*bound.where, snapshot.ledger->tables[table], watch);
}

/// What a slot of the panel holds: a column of a table as it is, or one of a few words.
struct SlotValues {
  std::optional<Place> place;
  std::vector<std::string> words;
  const char* what = "";  // grades, stages
};

SlotValues values_of(const model::Model& model, std::size_t slot) {
  const model::Slot& of = model.slots[slot];
  const auto index = static_cast<std::size_t>(of.index);
  SlotValues out;
  switch (of.origin) {
    case model::Slot::Origin::attribute:
      out.place = Place{model.accounts_table()->place(), index};
      break;
    case model::Slot::Origin::metric: {
      const auto* aggregate = std::get_if<model::Aggregate>(&model.metrics[index].source);
      if (aggregate == nullptr || !aggregate->of) break;
      const bool gives_a_value =
          aggregate->aggregation == model::Aggregation::first || aggregate->aggregation == model::Aggregation::last ||
          aggregate->aggregation == model::Aggregation::min || aggregate->aggregation == model::Aggregation::max;
      const auto table = aggregate->table.place();
      const auto column = find_column(model.tables[table], aggregate->of->expression.text());
      if (gives_a_value && column && !aggregate->buckets) out.place = Place{table, *column};
      break;
    }
    case model::Slot::Origin::grade:
    case model::Slot::Origin::grade_before:
      for (const model::Grade& grade : model.scores[index].grades) out.words.push_back(grade.name);
      out.what = "grade";
      break;
    case model::Slot::Origin::stage:
    case model::Slot::Origin::previous:
      for (const model::Stage& stage : model.journeys[index].stages) out.words.push_back(stage.name);
      out.what = "stage";
      break;
    case model::Slot::Origin::trend:
      out.words = {"down", "flat", "up"};
      out.what = "trend";
      break;
    default:
      break;
  }
  return out;
}

std::optional<std::size_t> find_slot(const model::Model& model, const expression::Name& name) {
  const std::string wanted = name.part ? name.word + "." + *name.part : name.word;
  const auto found = std::ranges::find(model.slots, wanted, &model::Slot::name);
  if (found == model.slots.end()) return std::nullopt;
  return static_cast<std::size_t>(found - model.slots.begin());
}

using UseFormula = std::function<void(const model::Formula&)>;

void each_formula_of(const model::ScoreSpec& score, const UseFormula& use) {
  const auto maybe = [&](const std::optional<model::Formula>& formula) {
    if (formula) use(*formula);
  };
  for (const model::Measure& measure : score.measures) {
    if (const auto* value = std::get_if<model::Formula>(&measure.source)) use(*value);
    for (const model::Case& one : measure.cases) {
      maybe(one.when);
      if (const model::AmongPeers* peers = model::among_peers(one.shape)) maybe(peers->within);
    }
  }
  for (const model::Cap& cap : score.caps) {
    maybe(cap.when);
    use(cap.limit);
  }
  maybe(score.include);
}

/// All formulas over the panel, in the order of the document.
void each_formula(const model::Model& model, const UseFormula& use) {
  const auto maybe = [&](const std::optional<model::Formula>& formula) {
    if (formula) use(*formula);
  };
  for (const model::MetricSpec& metric : model.metrics) {
    if (const auto* formula = std::get_if<model::Formula>(&metric.source))
      use(*formula);
    else
      maybe(std::get<model::Aggregate>(metric.source).since);
  }
  maybe(model.include);
  for (const model::ScoreSpec& score : model.scores) each_formula_of(score, use);
  for (const model::JourneySpec& journey : model.journeys) {
    for (const model::Stage& stage : journey.stages) {
      use(stage.enter);
      maybe(stage.exit);
    }
  }
  for (const model::CohortSpec& cohort : model.cohorts) use(cohort.when);
  for (const model::PlaySpec& play : model.plays) {
    use(play.when);
    for (const auto* formula : {&play.unless, &play.closes, &play.priority}) maybe(*formula);
  }
}

/// Collects values that no row has; one of a path and a column is told once.
class NeverSeen {
 public:
  NeverSeen(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes)
      : snapshot_{&snapshot}, values_{snapshot, watch}, notes_{&notes} {}

  void look(const std::string& path, const char* verb, const Place& place, const Wanted& wanted) {
    const model::TableSpec& spec = snapshot_->model->tables[place.table];
    const std::int64_t rows = rows_in(snapshot_->ledger->tables[place.table]);
    if (rows == 0 || values_.may_have(place, wanted)) return;
    if (!told_.insert({path, place, shown(wanted)}).second) return;
    const std::string& column = spec.columns[place.column];
    const auto* text = std::get_if<std::string>(&wanted);
    const std::string there = text == nullptr ? "" : values_.listed(place, *text);
    notes_->push_back(
        {spec.name, "value_never_seen", rows, -1, there.empty() ? "" : column + " is " + there,
         path + " " + verb + " " + shown(wanted) + ", which none of " + with_commas(rows) + " rows has in " + column});
  }

 private:
  const panel::Snapshot* snapshot_;
  ColumnValues values_;
  Notes* notes_;
  std::set<std::tuple<std::string, Place, std::string>> told_;
};

Wanted wanted_of(const model::Literal& literal) {
  if (const auto* number = std::get_if<double>(&literal.value)) return *number;
  if (const auto* integer = std::get_if<std::int64_t>(&literal.value)) return static_cast<double>(*integer);
  if (const auto* large = std::get_if<std::uint64_t>(&literal.value)) return static_cast<double>(*large);
  return literal.text;
}

}  // namespace

void find_wheres_never_true(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  ColumnValues values{snapshot, watch};
  each_aggregate(snapshot, [&](const model::MetricSpec& metric, const model::Aggregate& aggregate,
                               const model::BoundAggregate& bound, std::size_t table) {
    if (!is_never_true(snapshot, bound, table, watch)) return;
    const model::TableSpec& spec = snapshot.model->tables[table];
    std::string there;
    for (const expression::Comparison& comparison : expression::comparisons_of(aggregate.where->expression)) {
      const auto column = find_column(spec, comparison.name.word);
      const auto* text = std::get_if<std::string>(&comparison.value);
      if (!column || text == nullptr || values.may_have({table, *column}, comparison.value)) continue;
      there += (there.empty() ? "" : "; ") + comparison.name.word + " is " + values.listed({table, *column}, *text);
    }
    const std::int64_t rows = rows_in(snapshot.ledger->tables[table]);
    notes.push_back(
        {spec.name, "where_never_true", rows, -1, there,
         metric.path + ".where is true for 0 of " + with_commas(rows) + " rows" + (there.empty() ? "" : "; " + there)});
  });
}

void find_values_never_seen(const panel::Snapshot& snapshot, const Watch& watch, Notes& notes) {
  const model::Model& model = *snapshot.model;
  NeverSeen never{snapshot, watch, notes};
  each_aggregate(snapshot, [&](const model::MetricSpec& metric, const model::Aggregate& aggregate,
                               const model::BoundAggregate& bound, std::size_t table) {
    if (aggregate.by) {
      for (const model::Literal& value : aggregate.by->values) {
        never.look(metric.path + ".by", "names", {table, static_cast<std::size_t>(aggregate.by->column)},
                   wanted_of(value));
      }
    }
    if (!aggregate.where || is_never_true(snapshot, bound, table, watch)) return;  // told as a whole
    for (const expression::Comparison& comparison : expression::comparisons_of(aggregate.where->expression)) {
      const auto column = find_column(model.tables[table], comparison.name.word);
      if (column) never.look(metric.path + ".where", "compares with", {table, *column}, comparison.value);
    }
  });
  each_formula(model, [&](const model::Formula& formula) {
    for (const expression::Comparison& comparison : expression::comparisons_of(formula.expression)) {
      const auto slot = find_slot(model, comparison.name);
      const auto place = slot ? values_of(model, *slot).place : std::nullopt;
      if (place) never.look(formula.path, "compares with", *place, comparison.value);
    }
  });
  for (const model::ScoreSpec& score : model.scores) {
    for (const model::Measure& measure : score.measures) {
      const auto* value = std::get_if<model::Formula>(&measure.source);
      if (value == nullptr || value->expression.names().size() != 1) continue;
      const expression::Name& name = value->expression.names().front();
      const auto slot = value->expression.text() == name.to_string() ? find_slot(model, name) : std::nullopt;
      const auto place = slot ? values_of(model, *slot).place : std::nullopt;
      for (const model::Case& one : measure.cases) {
        const auto* labels = std::get_if<model::LabelsShape>(&one.shape);
        if (labels == nullptr || !place) continue;
        for (const auto& [label, points] : labels->points) never.look(measure.path + ".labels", "names", *place, label);
      }
    }
  }
}

void find_words_that_do_not_exist(const panel::Snapshot& snapshot, const Watch& /*watch*/, Notes& notes) {
  const model::Model& model = *snapshot.model;
  each_formula(model, [&](const model::Formula& formula) {
    for (const expression::Comparison& comparison : expression::comparisons_of(formula.expression)) {
      const auto* text = std::get_if<std::string>(&comparison.value);
      const auto slot = find_slot(model, comparison.name);
      if (!slot || text == nullptr) continue;
      const SlotValues values = values_of(model, *slot);
      if (values.words.empty() || std::ranges::find(values.words, *text) != values.words.end()) continue;
      notes.push_back({"", std::string{"no_such_"} + values.what, 0, -1, suggestion(*text, values.words),
                       formula.path + " compares " + comparison.name.to_string() + " with '" + *text + "', a " +
                           values.what + " that does not exist, so it is never equal"});
    }
  });
}

}  // namespace customerhealth::engine
