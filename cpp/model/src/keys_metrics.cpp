#include "shown_keys.hpp"

namespace customerhealth::model {

template <>
const Object<ByDraft>& object_of() {
  static const auto kObject = Object<ByDraft>{"by", "Splits a metric: one column a value, named METRIC.value."}
                                  .key("column", &ByDraft::column, "the table's column")
                                  .required()
                                  .key("values", &ByDraft::values, "the values, each a column of the panel")
                                  .required()
                                  .done();
  return kObject;
}

template <>
const Object<MetricDraft>& object_of() {
  using M = MetricDraft;
  static const auto kObject =
      Object<M>{"metric",
                "A column of the panel: a formula over other metrics, or an aggregate of a table's rows before E = "
                "as_of - offset."}
          .also(shown_keys<M>)
          .key("formula", &M::formula,
               "over other metrics, TABLE.columns of the accounts table, as_of, scores and what they define")
          .group("source")
          .key("from", &M::from, "the table")
          .group("source")
          .needs(&M::agg)
          .all_need(&M::from)
          .key("agg", &M::agg, "the aggregation")
          .key("of", &M::of, "over the table's columns: what is aggregated")
          .key("where", &M::where, "over the table's columns: a row counts where it is true; default: all")
          .key("rows", &M::rows, "intervals only: which of them")
          .fallback(R"("alive")")
          .key("window", &M::window, "rows in [E - window, E); default: all history")
          .key("offset", &M::offset, "E = as_of - offset; rows are still those visible at as_of")
          .key("since", &M::since, "an instant S, over metrics and attributes: the window is [S, S + window), cut at E")
          .key("full_window", &M::full_window,
               "missing `too_young` unless the account's first visible row in the table is at or before E - window; "
               "with "
               "`since` until S + window is at or before E")
          .fallback("false")
          .key("every", &M::every, "cuts the window, a multiple of it, into buckets counted back from E")
          .needs(&M::window)
          .needs(&M::then)
          .key("then", &M::then, "what becomes of the buckets' values")
          .needs(&M::every)
          .key("empty", &M::empty,
               "leaves out buckets without rows, which otherwise count as 0 in counts and sums, all of them too")
          .needs(&M::every)
          .key("above", &M::above, "`active` and `streak` only: what a bucket must exceed")
          .fallback("0")
          .needs(&M::every)
          .key("by", &M::by, "one metric a value of a column")
          .key("min_rows", &M::min_rows, "fewer rows that count: missing `too_few`")
          .fallback("0")
          .key("stale_after", &M::stale_after, "missing `stale` when the last row that counts is before E - this")
          .key("q", &M::q, "`quantile` only: which")
          .key("half_life", &M::half_life, "`decayed` only: after which a row counts half")
          .key("gap", &M::gap, "`days_unbroken` only: intervals this far apart are still one run; default: none")
          .key("wanted", &M::wanted, "`completeness` only: the values, or a map from value to the rows needed")
          .one_of_group("source")
          .done();
  return kObject;
}

}  // namespace customerhealth::model
