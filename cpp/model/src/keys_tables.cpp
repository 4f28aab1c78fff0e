#include "drafts.hpp"

namespace customerhealth::model {

template <>
const Object<ClockDraft>& object_of() {
  static const auto kObject =
      Object<ClockDraft>{"clock", "Ticks at anchor + k * every, k >= 0: what depends on the past walks them."}
          .key("every", &ClockDraft::every, "from tick to tick, each counted from the anchor")
          .fallback(R"("7d")")
          .key("anchor", &ClockDraft::anchor, "the first tick")
          .fallback(R"("1970-01-05")")
          .done();
  return kObject;
}

template <>
const Object<SkipDraft>& object_of() {
  static const auto kObject =
      Object<SkipDraft>{"skip", "Lines of a text file, or rows of a sheet, that are no rows of the table."}
          .key("first", &SkipDraft::first, "lines before the header: a title")
          .fallback("0")
          .key("below_header", &SkipDraft::below_header, "lines right below the header: a second header, units")
          .fallback("0")
          .key("last", &SkipDraft::last, "lines at the end, counted from the last one that is not empty: a footer")
          .fallback("0")
          .done();
  return kObject;
}

template <>
const Object<ThroughDraft>& object_of() {
  static const auto kObject =
      Object<ThroughDraft>{"through",
                           "Whose a row is goes by a table of keys: the last row of a key gives its account."}
          .key("table", &ThroughDraft::table, "the table, of kind `keys`, that says whose account each key is")
          .required()
          .done();
  return kObject;
}

template <>
const Object<EachDraft>& object_of() {
  static const auto kObject =
      Object<EachDraft>{"each",
                        "A row for each element of a column, which then holds the element, without outer blanks."}
          .key("column", &EachDraft::column,
               "a column, or a path to one, of lists or of JSON texts that are lists; with `split` of texts; a null or "
               "an empty one makes no row")
          .required()
          .key("split", &EachDraft::split, "what stands between the elements of a text, such as `;`")
          .done();
  return kObject;
}

template <>
const Object<InstantDraft>& object_of() {
  static const auto kObject =
      Object<InstantDraft>{"instant", "How a column of a source writes its instants."}
          .key("instant", &InstantDraft::instant,
               "`s`, `ms`, `us`, `ns` or `d` since 1970, or a pattern of strptime such as `%d.%m.%Y %H:%M`")
          .required()
          .key("zone", &InstantDraft::zone, "the IANA zone of times that name none, in place of the table's")
          .done();
  return kObject;
}

template <>
const Object<TableDraft>& object_of() {
  using T = TableDraft;
  using K = TableKind;
  static const auto kObject =
      Object<T>{"table", "A table the model reads. The keys from `account` to `deleted` name its columns."}
          .key("kind", &T::kind,
               "a row is: an account's attributes; something that happened; something that holds over [start, end); a "
               "value that holds until the next row (with `key`: of that key); whose account a key is")
          .required()
          .key("account", &T::account, "whose row it is")
          .required()
          .needs_for(&T::key, {K::keys})
          .key("through", &T::through, "`account` holds a key of that table, which says whose account it is")
          .only_for({K::accounts, K::events, K::intervals, K::states})
          .key("time", &T::time, "when it happened")
          .required_for({K::events, K::states})
          .key("start", &T::start, "when it begins to hold")
          .required_for({K::intervals})
          .key("end", &T::end, "when it ceases to hold; null: open")
          .required_for({K::intervals})
          .key("known", &T::known, "when the row became known; without it (or null) when it happens or begins")
          .key("key", &T::key,
               "a column or a list of columns; of the rows of an account with one key the last known counts: a "
               "correction; a null makes a row its own; in states, whose state it is; in keys, what the row gives to "
               "its account")
          .only_for({K::events, K::intervals, K::states, K::keys})
          .key("deleted", &T::deleted,
               "true (or `yes`, `y`, `t`, 1): the row takes its key out (needs `key`); in accounts from its `known` on "
               "the account does not belong (needs `known`), until a later row brings it back")
          .needs_for(&T::key, {K::events, K::intervals, K::states})
          .needs_for(&T::known, {K::accounts})
          .only_for({K::accounts, K::events, K::intervals, K::states})
          .key("order", &T::order,
               "numbers or instants: of rows that tie in time and `known` the one with the greater is later (null is "
               "least), among equal ones the one that arrived later")
          .key("currency", &T::currency,
               "the currency of a row's amounts: a `sum` or `mean` over a column of this table in more than one is "
               "refused, unless its `where` or `by` leaves one")
          .only_for({K::events, K::intervals, K::states})
          .key("label", &T::label, "an account's name, only shown")
          .only_for({K::accounts})
          .key("end_known", &T::end_known, "`at_end`: an end is missing everywhere until it comes, as a ticket's")
          .fallback(R"("with_row")")
          .only_for({K::intervals})
          .key("end_is", &T::end_is,
               "`last_day`: an end is the last day on which it holds, to the midnight of the table's `zone`; "
               "`inclusive`: the "
               "last moment, in the unit of the column")
          .fallback(R"("exclusive")")
          .only_for({K::intervals})
          .key("stale_after", &T::stale_after,
               "when nothing in the table is newer than this, its metrics are missing (`stale`): a broken feed")
          .only_for({K::events, K::intervals, K::states})
          .key("skip", &T::skip, "lines of a text file or rows of a sheet that are none: title, second header, footer")
          .key("rows", &T::rows,
               "in a JSON document the path of the list that holds the rows: `data`, `results[0].items`")
          .key("each", &T::each,
               "a row for each element of a column of lists, or of texts that `split` takes apart; paths go into the "
               "element")
          .key(
              "types", &T::types,
              "what columns are, whatever their cells look like: it settles what a file without types leaves open, and "
              "a column named here is read")
          .key(
              "zone", &T::zone,
              "the IANA zone of times that name none; of an hour that comes twice the first counts, for one that never "
              "comes the instant of the jump")
          .fallback(R"("UTC")")
          .key("columns", &T::columns,
               "columns by formulas over the others of the same row: roles, metrics, `by` and `where` may name them")
          .key("where", &T::where, "a formula over the row; one for which it is not true does not exist")
          .kinds_by(&T::kind)
          .done();
  return kObject;
}

}  // namespace customerhealth::model
