#include "customerhealth/panel/attributes.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "customerhealth/common/any_nan.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/metrics/grid.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/scores/values.hpp"

namespace customerhealth::panel {

namespace {

/// Empty where nothing but nulls is stored.
std::span<const Truth> truths_of(const ledger::TableBlock& block, std::int32_t column) {
  const auto* truths = std::get_if<std::span<const Truth>>(&block.columns[static_cast<std::size_t>(column)].view());
  return truths == nullptr ? std::span<const Truth>{} : *truths;
}

bool follow_each_other(std::span<const std::int32_t> rows) noexcept {
  if (rows.empty() || rows.front() < 0) return false;
  const auto breaks = [](std::int32_t row, std::int32_t next) { return next - row != 1; };
  return std::ranges::adjacent_find(rows, breaks) == rows.end();
}

}  // namespace

AccountRows account_rows(const model::TableSpec& spec, ledger::TableBlock block, std::span<const Instant> as_ofs) {
  AccountRows rows;
  const std::size_t accounts = block.begins.size() - 1;
  rows.chosen.assign(accounts * as_ofs.size(), -1);
  rows.is_dated.assign(rows.chosen.size(), 0);
  const auto known = spec.known ? block.instants(*spec.known) : std::span<const Instant>{};
  std::vector<std::int32_t> from(block.rows(), 0);
  if (!known.empty()) metrics::count_edges(as_ofs, known, from);  // a null `known` comes after no as-of: known always
  const std::span<const Truth> deleted = spec.deleted ? truths_of(block, *spec.deleted) : std::span<const Truth>{};
  std::vector<std::int64_t> order;
  for (std::size_t a = 0; a < accounts; ++a) {
    order.resize(static_cast<std::size_t>(block.begins[a + 1] - block.begins[a]));
    std::iota(order.begin(), order.end(), block.begins[a]);
    if (!known.empty())
      std::ranges::stable_sort(order, {}, [&](std::int64_t row) { return known[static_cast<std::size_t>(row)]; });
    const auto begin_of = [&](std::size_t i) {  // each row speaks from the as-of at which it is known
      return i == order.size() ? as_ofs.size() : static_cast<std::size_t>(from[static_cast<std::size_t>(order[i])]);
    };
    for (std::size_t i = 0; i < order.size(); ++i) {
      const auto row = static_cast<std::size_t>(order[i]);
      const bool gone = !deleted.empty() && deleted[row] == Truth::yes;
      const bool dated = !gone && !known.empty() && !is_missing(known[row]);
      const std::size_t first = a * as_ofs.size() + begin_of(i), count = begin_of(i + 1) - begin_of(i);
      std::fill_n(rows.chosen.begin() + static_cast<std::ptrdiff_t>(first), count,
                  gone ? -1 : static_cast<std::int32_t>(row));
      std::fill_n(rows.is_dated.begin() + static_cast<std::ptrdiff_t>(first), count, std::uint8_t{dated});
    }
  }
  rows.block = std::move(block);
  rows.follow_each_other = follow_each_other(rows.chosen);
  return rows;
}

metrics::Cells attribute_cells(const AccountRows& rows, std::int32_t column, Type type,
                               ledger::IntegerColumn integers) {
  const std::size_t count = rows.chosen.size();
  metrics::Cells cells =
      integers.is_integer ? metrics::Cells::exact_integers(count, integers.is_unsigned) : metrics::Cells{type, count};
  cells.take(rows.chosen, rows.block.columns[static_cast<std::size_t>(column)].view(), Reason::never);
  return cells;
}

bool write_attribute(const AccountRows& rows, std::int32_t column, PanelColumn& out, std::size_t row) {
  const ColumnView view = rows.block.columns[static_cast<std::size_t>(column)].view();
  std::vector<double> buffer;
  const std::span<const double> of = scores::numbers_of(view, buffer);
  const std::span<double> numbers = out.numbers(row, rows.chosen.size());
  if (rows.follow_each_other) {
    const std::span<const double> from = of.subspan(static_cast<std::size_t>(rows.chosen.front()), numbers.size());
    std::ranges::transform(from, numbers.begin(), [](double value) { return value + 0.0; });
  } else {
    std::ranges::transform(rows.chosen, numbers.begin(), [&](std::int32_t chosen) {
      return chosen < 0 ? kNan : of[static_cast<std::size_t>(chosen)] + 0.0;
    });
  }
  if (!any_nan(numbers)) return false;
  const std::span<Reason> reasons = out.demand_reasons(row, numbers.size());
  for (std::size_t cell = 0; cell < numbers.size(); ++cell) {
    const Reason without = rows.chosen[cell] < 0 ? Reason::never : Reason::silent;
    reasons[cell] = std::isnan(numbers[cell]) ? without : Reason::none;
  }
  return true;
}

std::optional<std::string> Panel::label_of(std::size_t row) const {
  const model::Model& model = *data_->snapshot->model;
  const ledger::Ledger& ledger = *data_->snapshot->ledger;
  const auto table = model.accounts_table();
  if (!table || !model.tables[table->place()].label) return std::nullopt;
  const model::TableSpec& spec = model.tables[table->place()];
  const std::span<const AccountCode> account{&data_->accounts[row], 1};
  const std::span<const Instant> as_of{&(*data_->as_ofs)[row], 1};
  const AccountRows rows = account_rows(spec, read_block(spec, ledger.tables[table->place()], account), as_of);
  if (rows.chosen.front() < 0) return std::nullopt;
  const ColumnView view = rows.block.columns[static_cast<std::size_t>(*spec.label)].view();
  const auto* texts = std::get_if<std::span<const TextCode>>(&view);
  const auto chosen = static_cast<std::size_t>(rows.chosen.front());
  if (texts == nullptr || (*texts)[chosen].is_missing()) return std::nullopt;
  return std::string{ledger.texts->text((*texts)[chosen])};
}

}  // namespace customerhealth::panel
