#include "build.hpp"
#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::model {
namespace {

using On = AggregationRule::On;
using Of = AggregationRule::Of;
using OwnKey = AggregationRule::OwnKey;

/// The checks of one metric, whose table and aggregation are known.
class Check {
 public:
  Check(const MetricDraft& draft, TableKind kind, Findings& findings)
      : draft_{draft}, rule_{rule_of(*draft.agg)}, kind_{kind}, rows_{*rows_of(draft)}, findings_{findings} {}

  void all() {
    rows();
    aggregation();
    of();
    timed();
    windows();
    buckets();
    above();
    own_keys();
  }

 private:
  static std::optional<RowsMode> rows_of(const MetricDraft& draft) {
    return draft.rows.value.value_or(RowsMode::alive);
  }

  void say(const EntryBase& entry, const std::string& message) { findings_.add(draft_.at(entry), message); }

  [[nodiscard]] std::string agg() const { return "'" + std::string{rule_.name} + "'"; }

  /// Rows that are an instant each.
  [[nodiscard]] bool is_timed() const {
    return kind_ == TableKind::events || (kind_ == TableKind::intervals && is_event(rows_));
  }
  static bool is_event(RowsMode rows) { return rows == RowsMode::started || rows == RowsMode::ended; }

  /// "it is a table of intervals (rows 'alive')"
  [[nodiscard]] std::string this_table() const {
    std::string out = "'" + draft_.from->name + "' is a table of " + std::string{Value<TableKind>::name(kind_)};
    if (kind_ == TableKind::intervals) out += " (rows '" + std::string{Value<RowsMode>::name(rows_)} + "')";
    return out;
  }

  void rows() {
    if (draft_.rows.given && kind_ != TableKind::intervals)
      say(draft_.rows, "goes only with intervals; " + this_table());
  }

  void aggregation() {
    if (rule_.on == On::timed && !is_timed()) say(draft_.agg, agg() + kTimed + this_table());
    const bool alive = kind_ == TableKind::intervals && rows_ == RowsMode::alive;
    if (rule_.on == On::alive && !alive)
      say(draft_.agg, agg() + " goes only with intervals that are alive; " + this_table());
  }

  void of() {
    if (rule_.of == Of::needed && !draft_.of.given) {
      findings_.add(draft_.path, agg() + " needs 'of', a formula over the table's columns");
    }
    if (rule_.of == Of::none && draft_.of.given)
      say(draft_.of, "does not go with " + agg() + ", which looks at rows alone");
  }

  void timed() {
    for (const EntryBase* entry :
         {static_cast<const EntryBase*>(&draft_.window), static_cast<const EntryBase*>(&draft_.since),
          static_cast<const EntryBase*>(&draft_.every)}) {
      if (entry->given && !is_timed()) say(*entry, kGoesTimed + this_table());
    }
    const bool no_instant = kind_ == TableKind::intervals && (rows_ == RowsMode::upcoming || rows_ == RowsMode::any);
    if (draft_.offset.given && no_instant) {
      say(draft_.offset, "does not go with rows 'upcoming' and 'any'; " + this_table());
    }
    const bool ageless = kind_ == TableKind::intervals && !is_event(rows_);
    if (draft_.stale_after.given && ageless) {
      say(draft_.stale_after, "does not go with rows 'alive', 'upcoming' and 'any'; " + this_table());
    }
  }

  void windows() {
    const bool full = draft_.full_window.value.value_or(false);
    if (full && !draft_.window.given) say(draft_.full_window, "needs 'window', which is not given");
    if (!draft_.since.given) return;
    if (draft_.every.given) say(draft_.since, "does not go with 'every'");
  }

  void buckets() {
    if (!draft_.every.given) return;
    if (rule_.buckets == AggregationRule::Buckets::no) {
      std::vector<std::string> names;
      for (const AggregationRule& rule : kAggregationRules) {
        if (rule.buckets != AggregationRule::Buckets::no) names.emplace_back(rule.name);
      }
      say(draft_.every, "does not go with " + agg() + ", only with " + alternatives(names));
    }
    if (!draft_.every || !draft_.window) return;
    const bool multiple =
        !draft_.window->is_calendar() && draft_.window->micros().count() % draft_.every->length.micros().count() == 0;
    if (multiple) return;
    say(draft_.every, "the window, " + draft_.window->to_string() + ", must be a multiple of it; got " +
                          draft_.every->length.to_string());
  }

  void above() {
    if (!draft_.above.given || !draft_.then || *draft_.then == Then::active || *draft_.then == Then::streak) return;
    say(draft_.above,
        "goes only with 'active' and 'streak'; then is '" + std::string{Value<Then>::name(*draft_.then)} + "'");
  }

  /// Keys that only some aggregations have.
  void own_keys() {
    auto key = OwnKey::none;
    const auto next = [&] { return key = static_cast<OwnKey>(static_cast<int>(key) + 1); };
    while (const EntryBase* entry = entry_of(next())) own_key(*entry, key);
  }

  /// Nothing for what is no key.
  [[nodiscard]] const EntryBase* entry_of(OwnKey key) const {
    switch (key) {
      case OwnKey::none:
        return nullptr;
      case OwnKey::q:
        return &draft_.q;
      case OwnKey::half_life:
        return &draft_.half_life;
      case OwnKey::gap:
        return &draft_.gap;
      case OwnKey::wanted:
        return &draft_.wanted;
    }
    return nullptr;
  }

  void own_key(const EntryBase& entry, OwnKey key) {
    if (rule_.own_key == key) {
      const bool needed = rule_.own_key_is == AggregationRule::Need::required;
      if (needed && !entry.given) findings_.add(draft_.path, agg() + " needs '" + std::string{entry.key} + "'");
    } else if (entry.given) {
      std::vector<std::string> owners;
      for (const AggregationRule& rule : kAggregationRules) {
        if (rule.own_key == key) owners.emplace_back(rule.name);
      }
      say(entry, "goes only with " + alternatives(owners) + "; the aggregation is " + agg());
    }
  }

  static constexpr const char* kTimed =
      " goes only with events, and with intervals whose rows are 'started' or 'ended'; ";
  static constexpr const char* kGoesTimed =
      "goes only with events, and with intervals whose rows are 'started' or 'ended'; ";

  const MetricDraft& draft_;
  const AggregationRule& rule_;
  TableKind kind_;
  RowsMode rows_;
  Findings& findings_;
};

}  // namespace

void check_aggregate(const MetricDraft& metric, TableKind kind, Findings& findings) {
  // What these depend on was said already where rows or agg could not be read.
  if (metric.rows.given && !metric.rows) return;
  Check{metric, kind, findings}.all();
}

}  // namespace customerhealth::model
