#include "customerhealth/model/column_roles.hpp"

#include <deque>
#include <span>

#include "binder.hpp"
#include "build.hpp"
#include "customerhealth/expression/demands.hpp"
#include "customerhealth/model/aggregations.hpp"
#include "panel_names.hpp"

namespace customerhealth::model {
namespace {

constexpr expression::TypeSet kNumbers{Type::number, Type::boolean},
    kOrdered{Type::number, Type::boolean, Type::instant};

/// The types that all the values may be of.
template <class Values, class ToLiteral>
expression::TypeSet types_of(const Values& values, bool from_key, const ToLiteral& literal) {
  expression::TypeSet out;
  for (const Type type : {Type::number, Type::boolean, Type::text, Type::instant}) {
    const bool fits = std::ranges::all_of(
        values, [&](const auto& value) { return literal_for(literal(value), type, from_key).has_value(); });
    if (fits) out = out | expression::TypeSet{type};
  }
  return out;
}

/// What is not known at first and narrowed down: the types of a column, or of a metric.
struct Unknown {
  expression::TypeSet types = expression::TypeSet::all();
  bool shows = false;             // its values come out somewhere as they are
  bool names = false;             // accounts or rows
  std::vector<std::size_t> uses;  // formulas that mention it, indices into Demands::uses_
};

/// A formula and what its value must be.
struct Use {
  const expression::Expression* expression;
  TableIndex table;  // missing: over panel names
  expression::TypeSet wanted;
  std::int32_t gives;  // the unknown that is its value, or kNoUnknown
  bool shows;
  bool waits = true;
};
constexpr TableIndex kPanel;
constexpr std::int32_t kNoUnknown = -1;

/// Narrows until no formula demands more. An unknown narrows three times at most, and each time the formulas that
/// mention it are looked at again: the work goes by the length of the document.
class Demands {
 public:
  explicit Demands(const Model& model) : model_{model}, names_{model} {
    for (const TableSpec& table : model.tables) {
      first_column_.push_back(static_cast<std::int32_t>(unknowns_.size()));
      columns_.emplace_back();
      for (std::size_t c = 0; c < table.columns.size(); ++c) add_column(table.columns[c], table.types[c]);
      for (std::size_t c = 0; c < table.source.columns.size(); ++c) {
        if (!columns_.back().contains(table.source.columns[c])) {
          add_column(table.source.columns[c], table.source.types[c]);
        }
      }
    }
    first_metric_ = static_cast<std::int32_t>(unknowns_.size());
    unknowns_.resize(unknowns_.size() + model.metrics.size());
    for (std::size_t t = 0; t < model.tables.size(); ++t) table(TableIndex::at(t));
    for (std::size_t m = 0; m < model.metrics.size(); ++m) metric(static_cast<std::int32_t>(m));
    scores();
    lifecycle();
    run();
  }

  /// A column of the table or of its source.
  [[nodiscard]] const Unknown& column(std::size_t table, const std::string& name) const {
    return unknowns_[static_cast<std::size_t>(columns_[table].at(name))];
  }

 private:
  /// The names of one formula.
  class Names final : public expression::NameTypes {
   public:
    Names(Demands& demands, const Use& use) : demands_{demands}, use_{use} {}
    [[nodiscard]] expression::TypeSet types(const expression::Name& name) const override {
      const std::int32_t unknown = demands_.find(name, use_.table);
      return unknown == kNoUnknown ? demands_.known(name) : demands_.at(unknown).types;
    }
    void demand(const expression::Name& name, expression::TypeSet types, bool gives) override {
      const std::int32_t unknown = demands_.find(name, use_.table);
      if (unknown == kNoUnknown) return;
      demands_.at(unknown).shows |= gives && use_.shows;
      demands_.at(unknown).names |= gives && use_.gives != kNoUnknown && demands_.at(use_.gives).names;
      demands_.narrow(unknown, types);
    }

   private:
    Demands& demands_;
    const Use& use_;
  };

  void add_column(const std::string& name, Type type) {
    columns_.back().emplace(name, static_cast<std::int32_t>(unknowns_.size()));
    unknowns_.emplace_back();
    if (type != Type::any) unknowns_.back().types = {type};
  }

  [[nodiscard]] Unknown& at(std::int32_t unknown) { return unknowns_[static_cast<std::size_t>(unknown)]; }
  [[nodiscard]] std::int32_t column_at(TableIndex table, std::int32_t c) const {
    return first_column_[table.place()] + c;
  }

  /// The unknown that a name stands for, or kNoUnknown.
  [[nodiscard]] std::int32_t find(const expression::Name& name, TableIndex table) const {
    if (table != kPanel) return columns_[table.place()].at(name.word);
    const Slot* slot = slot_of(name);
    if (slot == nullptr) return kNoUnknown;
    if (slot->origin == Slot::Origin::metric) return first_metric_ + slot->index;
    return slot->origin == Slot::Origin::attribute ? column_at(*model_.accounts_table(), slot->index) : kNoUnknown;
  }
  [[nodiscard]] const Slot* slot_of(const expression::Name& name) const {
    const std::vector<SlotIndex> slots = names_.find(name);
    return slots.empty() ? nullptr : &model_.slots[slots.front().place()];
  }
  [[nodiscard]] expression::TypeSet known(const expression::Name& name) const {
    const Slot* slot = slot_of(name);
    return slot == nullptr || slot->type == Type::any ? expression::TypeSet::all() : expression::TypeSet{slot->type};
  }

  void narrow(std::int32_t unknown, expression::TypeSet types) {
    Unknown& narrowed = at(unknown);
    const expression::TypeSet left = narrowed.types & types;
    if (left.empty() || left == narrowed.types) return;  // two uses that go against each other are said by `bind`
    narrowed.types = left;
    for (const std::size_t use : narrowed.uses) wake(use);
  }
  void wake(std::size_t use) {
    if (uses_[use].waits) return;
    uses_[use].waits = true;
    waiting_.push_back(use);
  }

  void add(const Formula& formula, TableIndex table, expression::TypeSet wanted, std::int32_t gives = kNoUnknown,
           bool shows = false) {
    const std::size_t use = uses_.size();
    uses_.push_back({&formula.expression, table, wanted, gives, shows});
    waiting_.push_back(use);
    for (const expression::Name& name : formula.expression.names()) {
      if (const std::int32_t unknown = find(name, table); unknown != kNoUnknown) at(unknown).uses.push_back(use);
    }
    if (gives != kNoUnknown) at(gives).uses.push_back(use);
  }
  void add(const std::optional<Formula>& formula, expression::TypeSet wanted, TableIndex table = kPanel) {
    if (formula) add(*formula, table, wanted);
  }

  void run() {
    while (!waiting_.empty()) {
      Use& use = uses_[waiting_.front()];
      waiting_.pop_front();
      use.waits = false;
      Names names{*this, use};
      const expression::TypeSet wanted = use.gives == kNoUnknown ? use.wanted : use.wanted & at(use.gives).types;
      const expression::TypeSet value = expression::demand(*use.expression, wanted, names);
      if (use.gives != kNoUnknown) narrow(use.gives, value);
    }
  }

  void table(TableIndex t) {
    const TableSpec& spec = model_.tables[t.place()];
    narrow(column_at(t, spec.account), {Type::text, Type::number});
    for (const auto& time : {spec.time, spec.end, spec.known}) {
      if (time) narrow(column_at(t, *time), {Type::instant});
    }
    if (spec.order) narrow(column_at(t, *spec.order), {Type::number, Type::instant});
    if (spec.currency) narrow(column_at(t, *spec.currency), {Type::text});
    if (spec.label) narrow(column_at(t, *spec.label), {Type::text});
    if (spec.deleted) narrow(column_at(t, *spec.deleted), {Type::boolean});
    at(column_at(t, spec.account)).names = true;
    if (spec.key) at(column_at(t, *spec.key)).names = true;
    for (const std::string& part : spec.source.key_parts) at(columns_[t.place()].at(part)).names = true;
    for (auto derived = spec.source.derived.rbegin(); derived != spec.source.derived.rend(); ++derived) {
      const std::int32_t column = columns_[t.place()].at(derived->name);
      add(derived->formula, t, expression::TypeSet::all(), column, true);
    }
    add(spec.source.where, {Type::boolean}, t);
  }

  void metric(std::int32_t m) {
    const MetricSpec& spec = model_.metrics[static_cast<std::size_t>(m)];
    const std::int32_t unknown = first_metric_ + m;
    if (const auto* formula = std::get_if<Formula>(&spec.source)) {
      add(*formula, kPanel, expression::TypeSet::all(), unknown, true);
      return;
    }
    const auto& aggregate = std::get<Aggregate>(spec.source);
    const AggregationRule& rule = rule_of(aggregate.aggregation);
    const bool as_of = rule.gives == AggregationRule::Gives::as_of && !aggregate.buckets;
    if (!as_of) narrow(unknown, {rule.gives == AggregationRule::Gives::instant ? Type::instant : Type::number});
    add(aggregate.since, {Type::instant});
    add(aggregate.where, {Type::boolean}, aggregate.table);
    if (aggregate.of) add(*aggregate.of, aggregate.table, taken(aggregate, rule), as_of ? unknown : kNoUnknown, as_of);
    if (!aggregate.by) return;
    const auto itself = [](const Literal& literal) { return literal; };
    narrow(column_at(aggregate.table, aggregate.by->column), types_of(aggregate.by->values, false, itself));
  }

  static expression::TypeSet taken(const Aggregate& spec, const AggregationRule& rule) {
    switch (rule.takes) {
      case AggregationRule::Takes::numbers:
        return kNumbers;
      case AggregationRule::Takes::ordered:
        return spec.buckets ? expression::TypeSet{Type::number} : kOrdered;
      case AggregationRule::Takes::all:
        break;
    }
    if (spec.wanted.empty()) return expression::TypeSet::all();
    const auto value = [](const Wanted& wanted) { return wanted.value; };
    const expression::TypeSet types = types_of(spec.wanted, spec.wanted_is_map, value);
    return types.empty() ? expression::TypeSet::all() : types;
  }

  void scores() {
    add(model_.include, {Type::boolean});
    for (const ScoreSpec& score : model_.scores) {
      add(score.include, {Type::boolean});
      for (const Measure& measure : score.measures) {
        if (const auto* value = std::get_if<Formula>(&measure.source)) add(*value, kPanel, shown_to(measure));
        for (const Case& c : measure.cases) {
          add(c.when, {Type::boolean});
          if (const AmongPeers* peers = among_peers(c.shape)) add(peers->within, expression::TypeSet::all());
        }
        if (measure.shrink) add(measure.shrink->rows, kPanel, {Type::number});
      }
      for (const Cap& cap : score.caps) {
        add(cap.when, {Type::boolean});
        add(cap.limit, kPanel, {Type::number});
      }
    }
  }

  /// What the shapes of a measure look at.
  static expression::TypeSet shown_to(const Measure& measure) {
    expression::TypeSet out = expression::TypeSet::all();
    for (const Case& c : measure.cases) {
      if (reads_numbers(c)) out = out & expression::TypeSet{Type::number};
      if (reads_labels(c)) {
        const bool truths = std::ranges::all_of(
            labels_of(c.shape), [](const std::string& label) { return label == "true" || label == "false"; });
        out = out & (truths ? expression::TypeSet{Type::text, Type::boolean} : expression::TypeSet{Type::text});
      }
    }
    return out;
  }

  void lifecycle() {
    for (const JourneySpec& journey : model_.journeys) {
      for (const Stage& stage : journey.stages) {
        add(stage.enter, kPanel, {Type::boolean});
        add(stage.exit, {Type::boolean});
      }
    }
    for (const CohortSpec& cohort : model_.cohorts) add(cohort.when, kPanel, {Type::boolean});
    for (const PlaySpec& play : model_.plays) {
      add(play.when, kPanel, {Type::boolean});
      add(play.unless, {Type::boolean});
      add(play.closes, {Type::boolean});
      add(play.priority, {Type::number});
      for (const Formula& value : play.values) add(value, kPanel, expression::TypeSet::all(), kNoUnknown, true);
      for (const TextTemplate* text : {&play.owner, &play.role, &play.channel, &play.message}) formats(play, *text);
    }
  }
  void formats(const PlaySpec& play, const TextTemplate& text) {
    for (const TextTemplate::Piece& piece : text.pieces) {
      if (piece.value < 0 || piece.format.empty()) continue;
      expression::TypeSet fit;
      for (const Type type : {Type::number, Type::boolean, Type::text, Type::instant}) {
        if (!problem_with_format(piece.format, format_of(type))) fit = fit | expression::TypeSet{type};
      }
      add(play.values[static_cast<std::size_t>(piece.value)], kPanel, fit);
    }
  }

  const Model& model_;
  PanelNames names_;
  std::vector<Unknown> unknowns_;  // the columns of all tables, then the metrics
  std::vector<std::int32_t> first_column_;
  std::int32_t first_metric_ = 0;
  std::vector<std::unordered_map<std::string, std::int32_t>> columns_;
  std::deque<Use> uses_;
  std::deque<std::size_t> waiting_;
};

/// Numbers before instants before truths before texts, which anything is.
std::vector<Type> in_order(expression::TypeSet types) {
  std::vector<Type> out;
  const bool open = types.has(Type::number) && types.has(Type::text);  // true and false are texts there
  for (const Type type : {Type::number, Type::instant, Type::boolean, Type::text}) {
    if (types.has(type) && !(open && type == Type::boolean)) out.push_back(type);
  }
  return out;
}

std::vector<Type> all_in(expression::TypeSet types) {
  std::vector<Type> out;
  for (const Type type : {Type::number, Type::instant, Type::boolean, Type::text}) {
    if (types.has(type)) out.push_back(type);
  }
  return out;
}

ColumnRole role_of(ColumnRole::Use use, const Unknown& column) {
  const bool is_name = use != ColumnRole::Use::value || column.names;
  if (column.types.has(Type::text) &&
      (is_name || (!column.shows && column.types != expression::TypeSet{Type::text, Type::boolean}))) {
    return {use, {Type::text}, all_in(column.types)};
  }
  ColumnRole role{use, in_order(column.types), all_in(column.types)};
  role.by_cells = role.types.size() > 1 && column.types != kNumbers;
  return role;
}

/// What the core makes instants of, a source without types of its own gives as it is written.
void read_as_written(const SourceSpec& source, std::size_t column, ColumnRole& role) {
  if (source.formats[column]) {
    role = {role.use, {Type::text}, {Type::number, Type::instant, Type::text}};
  } else if (source.zone != nullptr && role.types.size() > 1) {
    std::erase(role.types, Type::instant);  // by its cells alone nothing would be in the zone
  }
}

}  // namespace

std::vector<std::vector<ColumnRole>> column_roles(const Model& model) {
  const Demands demands{model};
  std::vector<std::vector<ColumnRole>> out;
  for (std::size_t t = 0; t < model.tables.size(); ++t) {
    const TableSpec& spec = model.tables[t];
    const auto is = [&](const std::string& column, std::optional<std::int32_t> role) {
      return role && spec.columns[static_cast<std::size_t>(*role)] == column;
    };
    const auto is_part = [&](const std::string& column) {
      return std::ranges::find(spec.source.key_parts, column) != spec.source.key_parts.end();
    };
    auto& roles = out.emplace_back();
    for (std::size_t c = 0; c < spec.source.columns.size(); ++c) {
      const std::string& column = spec.source.columns[c];
      const auto use = is(column, spec.account)                  ? ColumnRole::Use::account
                       : is(column, spec.key) || is_part(column) ? ColumnRole::Use::key
                                                                 : ColumnRole::Use::value;
      roles.push_back(role_of(use, demands.column(t, column)));
      if (is(column, spec.account)) roles.back().keys = spec.through;
      if (is(column, spec.key) && spec.kind == TableKind::keys) roles.back().keys = TableIndex::at(t);
      if (is(column, spec.order)) roles.back().by_cells = false;  // which it is shows in nothing but the order
      roles.back().settled = spec.source.types[c] != Type::any;
      read_as_written(spec.source, c, roles.back());
    }
  }
  return out;
}

}  // namespace customerhealth::model
