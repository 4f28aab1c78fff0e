#include <algorithm>
#include <utility>

#include "customerhealth/arrow/all_null.hpp"
#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/errors.hpp"
#include "customerhealth/source/path.hpp"
#include "customerhealth/source/prepared.hpp"
#include "instants.hpp"
#include "read_values.hpp"
#include "stripe.hpp"

namespace customerhealth::source {
namespace {

constexpr std::int64_t kStripeRows = 1 << 14;

/// Rows of one record batch.
struct Cut {
  std::size_t batch = 0;
  std::int64_t begin = 0, rows = 0;  // in the batch
  std::int64_t first = 0;            // in the table
};

void refuse_names_of_both(const model::TableSpec& spec, const arrow::ArrowTable& table) {
  for (const model::DerivedColumn& derived : spec.source.derived) {
    const auto& names = table.column_names();
    if (std::ranges::find(names, derived.name) == names.end()) continue;
    throw DataError{spec.name + ": the model derives a column '" + derived.name +
                        "', and the table has one of that name; give the derived one another name",
                    spec.name, derived.name};
  }
}

void mark_used(const model::SourceSpec& source, const model::Formula& formula, std::vector<std::uint8_t>& used) {
  for (const expression::Name& name : formula.expression.names()) {
    const auto found = std::ranges::find(source.columns, name.word);
    if (found != source.columns.end()) used[static_cast<std::size_t>(found - source.columns.begin())] = 1;
  }
}

std::int32_t origin_of(const model::SourceSpec& source, const model::BoundSource& bound, const std::string& column) {
  const auto width = static_cast<std::int32_t>(source.columns.size());
  const auto found = std::ranges::find(source.derived, column, &model::DerivedColumn::name);
  if (found == source.derived.end()) {
    return static_cast<std::int32_t>(std::ranges::find(source.columns, column) - source.columns.begin());
  }
  auto derived = static_cast<std::int32_t>(found - source.derived.begin());
  while (const auto lone = bound.derived[static_cast<std::size_t>(derived)].lone_name()) {
    if (lone->get() < width) return lone->get();
    derived = lone->get() - width;
  }
  return -1 - derived;
}

/// How columns become instants: as `types` says; naive ones of a table with a zone are on its clocks.
std::vector<std::optional<model::InstantFormat>> formats_of(const model::TableSpec& spec,
                                                            const arrow::ArrowTable& table,
                                                            const std::vector<std::size_t>& columns) {
  std::vector<std::optional<model::InstantFormat>> formats = spec.source.formats;
  for (std::size_t c = 0; c < columns.size(); ++c) {
    const auto& chunks = table.chunks(columns[c]);
    if (!formats[c] && spec.source.zone != nullptr && !chunks.empty() && chunks.front().is_naive()) {
      formats[c] = model::InstantFormat{};
      formats[c]->zone = spec.source.zone;
    }
    if (!formats[c] || can_convert(table.kind(columns[c]))) continue;
    const std::string& name = spec.source.columns[c];
    throw DataError{spec.name + "." + name +
                        ": instants are read from numbers, texts, dates or timestamps, this column is " +
                        table.type_name(columns[c]),
                    spec.name, name};
  }
  return formats;
}

TablePlan plan_of(const model::TableSpec& spec, const arrow::ArrowTable& table) {
  const model::SourceSpec& source = spec.source;
  TablePlan plan{&spec, {}, {}, std::vector<std::uint8_t>(source.columns.size(), 0), {}, {}, {}, {}, false};
  refuse_names_of_both(spec, table);
  for (const std::string& column : source.columns) plan.columns.push_back(find_column(spec.name, table, column));
  for (const model::DerivedColumn& derived : source.derived) mark_used(source, derived.formula, plan.used);
  if (source.where) mark_used(source, *source.where, plan.used);
  plan.formats = formats_of(spec, table, plan.columns);
  plan.ends_by_days = source.zone != nullptr && spec.end && spec.end_is == model::EndIs::last_day;
  for (std::size_t c = 0; c < plan.columns.size(); ++c) {
    const bool is_known = plan.used[c] != 0 && !arrow::is_all_null(table.chunks(plan.columns[c]));
    const Type type = plan.formats[c] ? Type::instant : type_of(table.kind(plan.columns[c]));
    plan.types.push_back(is_known ? type : Type::any);
  }
  TextOverlay texts;
  std::vector<Problem> problems;
  const model::BoundSource bound = model::bind_source(spec, plan.types, texts, problems);
  if (!problems.empty()) throw ModelError{std::move(problems)};
  for (const expression::BoundExpression& derived : bound.derived) plan.derived.push_back(derived.type());
  for (const std::string& column : spec.columns) {
    const bool is_key = !source.key_parts.empty() && column == source.key_name;
    plan.origins.push_back(is_key ? kKeyOfParts : origin_of(source, bound, column));
  }
  for (const std::string& part : source.key_parts) plan.key_origins.push_back(origin_of(source, bound, part));
  return plan;
}

/// Of the batches of a column; of all rows, where nothing is read of the source.
std::vector<Cut> cuts_of(const TablePlan& plan, const arrow::ArrowTable& table) {
  std::vector<arrow::ColumnChunk> chunks{arrow::null_chunk(table.rows())};
  if (!plan.columns.empty()) chunks = table.chunks(plan.columns.front());
  std::vector<Cut> cuts;
  std::int64_t first = 0;
  for (std::size_t batch = 0; batch < chunks.size(); ++batch) {
    const std::int64_t rows = chunks[batch].rows();
    for (std::int64_t begin = 0; begin < rows; begin += kStripeRows) {
      cuts.push_back({batch, begin, std::min(kStripeRows, rows - begin), first + begin});
    }
    first += rows;
  }
  return cuts;
}

arrow::SourceKind kind_of(Type type) noexcept {
  switch (type) {
    case Type::number:
      return arrow::SourceKind::number;
    case Type::boolean:
      return arrow::SourceKind::boolean;
    case Type::text:
      return arrow::SourceKind::text;
    case Type::instant:
      return arrow::SourceKind::instant;
    case Type::any:
      break;
  }
  return arrow::SourceKind::null;
}

/// What a column of the table is, without its rows.
arrow::MadeColumn column_of(const TablePlan& plan, const arrow::ArrowTable& table, std::size_t c) {
  const std::string& name = plan.spec->columns[c];
  const std::int32_t origin = plan.origins[c];
  if (origin == kKeyOfParts) return {name, arrow::SourceKind::text, false, "keys of several columns", {}};
  if (origin < 0) {
    const Type type = plan.derived[static_cast<std::size_t>(-1 - origin)];
    return {name, kind_of(type), false, "derived " + std::string{to_string(type)} + "s", {}};
  }
  const std::size_t column = plan.columns[static_cast<std::size_t>(origin)];
  if (plan.formats[static_cast<std::size_t>(origin)]) return {name, arrow::SourceKind::instant, false, "instants", {}};
  return {name, table.kind(column), table.is_unsigned(column), table.type_name(column), {}};
}

[[noreturn]] void fail(const model::TableSpec& spec, const BadCell& bad, std::int64_t row) {
  throw DataError{spec.name + "." + bad.column + "[" + std::to_string(row) + "]: " + bad.words, spec.name, bad.column,
                  row, 1};
}

/// Of a column none of whose cells fits, the first one says so.
void say_none_fits(const TablePlan& plan, std::vector<Stripe>& stripes) {
  for (Stripe& stripe : stripes) {
    if (!stripe.bad || stripe.bad->words_if_none_fits.empty()) continue;
    const auto& names = plan.spec->source.columns;
    const auto c = static_cast<std::size_t>(std::ranges::find(names, stripe.bad->column) - names.begin());
    const bool some_fit = std::ranges::any_of(stripes, [c](const Stripe& other) { return other.fitting[c] > 0; });
    if (!some_fit) stripe.bad->words = stripe.bad->words_if_none_fits;
    return;
  }
}

std::vector<Oddity> oddities_of(const std::vector<Cut>& cuts, const std::vector<Stripe>& stripes,
                                const RowNumbers& numbers) {
  std::vector<Oddity> out;
  const auto add = [&](Odd Stripe::* member, Zone::Standing standing) {
    Oddity total{standing, 0, -1, ""};
    for (std::size_t s = 0; s < stripes.size(); ++s) {
      const Odd& odd = stripes[s].*member;
      if (odd.rows > 0 && total.rows == 0) {
        total.first_row = numbers(cuts[s].first + odd.first);
        total.example = odd.example;
      }
      total.rows += odd.rows;
    }
    if (total.rows > 0) out.push_back(std::move(total));
  };
  add(&Stripe::twice, Zone::Standing::twice);
  add(&Stripe::never, Zone::Standing::never);
  return out;
}

std::int64_t rows_left(const Stripe& stripe, const Cut& cut) noexcept {
  return stripe.kept ? static_cast<std::int64_t>(stripe.kept->size()) : cut.rows;
}

/// The places of the rows that `where` leaves.
Buffer<std::int64_t> places_left(const std::vector<Cut>& cuts, const std::vector<Stripe>& stripes,
                                 const RowNumbers& given) {
  std::vector<std::size_t> begins{0};
  for (std::size_t s = 0; s < stripes.size(); ++s) {
    begins.push_back(begins.back() + static_cast<std::size_t>(rows_left(stripes[s], cuts[s])));
  }
  Buffer<std::int64_t> places(begins.back());
  for_each(std::ssize(cuts), [&](std::int64_t i) {
    const auto s = static_cast<std::size_t>(i);
    for (std::size_t at = begins[s]; at < begins[s + 1]; ++at) {
      const std::size_t row = at - begins[s];
      places[at] = given(cuts[s].first + (stripes[s].kept ? (*stripes[s].kept)[row] : static_cast<std::int64_t>(row)));
    }
  });
  return places;
}

/// Joins the stripes in their order.
Prepared join_stripes(const TablePlan& plan, const arrow::ArrowTable& table, const std::vector<Cut>& cuts,
                      std::vector<Stripe>&& stripes, Buffer<std::int64_t>&& given) {
  std::vector<arrow::MadeColumn> columns;
  for (std::size_t c = 0; c < plan.spec->columns.size(); ++c) columns.push_back(column_of(plan, table, c));
  std::int64_t rows = 0;
  for (std::size_t s = 0; s < stripes.size(); ++s) {
    const std::int64_t left = rows_left(stripes[s], cuts[s]);
    rows += left;
    if (left == 0) continue;
    for (std::size_t c = 0; c < columns.size(); ++c) columns[c].chunks.push_back(std::move(stripes[s].columns[c]));
  }
  const bool some_left_out = std::ranges::any_of(stripes, [](const Stripe& stripe) { return stripe.kept.has_value(); });
  return {arrow::ArrowTable::of(plan.spec->name, rows, std::move(columns)),
          some_left_out ? places_left(cuts, stripes, RowNumbers{0, given.span()}) : std::move(given)};
}

}  // namespace

std::size_t find_column(const std::string& table_name, const arrow::ArrowTable& table, const std::string& column) {
  const auto found = table.find(column);
  if (!found) {
    throw DataError{table_name + ": the model needs a column '" + column + "', the table has none; " +
                        suggest_column(column, table.column_names()),
                    table_name, column};
  }
  if (table.kind(*found) == arrow::SourceKind::unusable && !arrow::is_all_null(table.chunks(*found))) {
    throw DataError{table_name + "." + column + ": columns of type " + table.type_name(*found) +
                        " cannot be used; expected numbers, booleans, texts, dates or timestamps",
                    table_name, column};
  }
  return *found;
}

Prepared prepare(const model::TableSpec& spec, const arrow::ArrowTable& table, std::int64_t rows_before, Watch& watch,
                 Buffer<std::int64_t> places) {
  if (spec.source.is_plain()) return {table, std::move(places)};
  const TablePlan plan = plan_of(spec, table);
  const std::vector<Cut> cuts = cuts_of(plan, table);
  std::vector<Stripe> stripes(cuts.size());
  for_each(std::ssize(cuts), [&](std::int64_t i) {
    watch.check();
    const Cut& cut = cuts[static_cast<std::size_t>(i)];
    std::vector<arrow::ColumnChunk> chunks;
    for (const std::size_t column : plan.columns) {
      chunks.push_back(table.chunks(column)[cut.batch].slice(cut.begin, cut.rows));
    }
    stripes[static_cast<std::size_t>(i)] = make_stripe(plan, std::move(chunks), cut.rows);
  });
  say_none_fits(plan, stripes);
  const RowNumbers numbers{rows_before, places.span()};
  std::vector<Oddity> oddities = oddities_of(cuts, stripes, numbers);
  for (std::size_t s = 0; s < stripes.size(); ++s) {
    if (stripes[s].bad) fail(spec, *stripes[s].bad, numbers(cuts[s].first + stripes[s].bad->row));
  }
  Prepared out = join_stripes(plan, table, cuts, std::move(stripes), std::move(places));
  out.oddities = std::move(oddities);
  out.ends_are_exclusive = plan.ends_by_days;
  return out;
}

}  // namespace customerhealth::source
