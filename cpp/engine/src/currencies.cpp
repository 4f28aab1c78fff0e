#include "currencies.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/metrics/table_metrics.hpp"
#include "customerhealth/metrics/visibility.hpp"

namespace customerhealth::engine {
namespace {

constexpr std::size_t kRowsAtOnce = std::size_t{1} << 16;
constexpr std::size_t kMostNamed = 8;  // currencies in a message

using Currencies = std::set<TextCode>;

/// Rows of a segment, one after the other.
struct Piece {
  std::vector<ColumnView> columns;
  std::size_t rows = 0;
  std::vector<std::uint8_t> counts;  // 0: of an account that does not belong
};

class CurrencyCheck {
 public:
  CurrencyCheck(const panel::Snapshot& snapshot, const Watch& watch) : snapshot_{&snapshot}, watch_{&watch} {
    for (const AccountCode account : ledger::listed_accounts(*snapshot.model, *snapshot.ledger)) {
      const auto code = static_cast<std::size_t>(account.get());
      if (code >= listed_.size()) listed_.resize(code + 1, 0);
      listed_[code] = 1;
    }
  }

  void run() const {
    const model::Model& model = *snapshot_->model;
    std::vector<std::uint8_t> mixed;
    for (std::size_t t = 0; t < model.tables.size(); ++t) mixed.push_back(is_mixed(t) ? 1 : 0);
    for (std::size_t m = 0; m < model.metrics.size(); ++m) {
      const auto* aggregate = std::get_if<model::Aggregate>(&model.metrics[m].source);
      if (aggregate == nullptr || mixed[aggregate->table.place()] == 0) continue;
      const bool adds =
          aggregate->aggregation == model::Aggregation::sum || aggregate->aggregation == model::Aggregation::mean;
      const bool of_column = aggregate->of && !aggregate->of->expression.names().empty();
      const bool by_currency = aggregate->by && aggregate->by->column == spec_of(*aggregate).currency;
      if (adds && of_column && !by_currency) check(model.metrics[m], *aggregate, m);
    }
  }

 private:
  [[nodiscard]] const model::TableSpec& spec_of(const model::Aggregate& aggregate) const {
    return snapshot_->model->tables[aggregate.table.place()];
  }

  /// Calls `use(piece)` for the rows of a table, until it returns false.
  template <class Use>
  void each_piece(std::size_t table, const Use& use) const {
    for (const auto& segment : snapshot_->ledger->tables[table].segments) {
      const auto rows = static_cast<std::size_t>(segment->rows());
      std::int64_t group = 0;
      for (std::size_t begin = 0; begin < rows; begin += kRowsAtOnce) {
        watch_->check();
        Piece piece{{}, std::min(kRowsAtOnce, rows - begin), {}};
        for (const ledger::StoredColumn& column : segment->columns)
          piece.columns.push_back(slice(ledger::view_of(column), begin, piece.rows));
        for (std::size_t i = 0; i < piece.rows; ++i) {
          while (segment->begins[static_cast<std::size_t>(group) + 1] <= static_cast<std::int64_t>(begin + i)) ++group;
          const auto code = static_cast<std::size_t>(segment->account(group).get());
          piece.counts.push_back(code < listed_.size() ? listed_[code] : 0);
        }
        if (!use(piece)) return;
      }
    }
  }

  [[nodiscard]] std::span<const TextCode> currencies_of(const Piece& piece, const model::TableSpec& spec) const {
    const auto* codes =
        std::get_if<std::span<const TextCode>>(&piece.columns[static_cast<std::size_t>(*spec.currency)]);
    return codes == nullptr ? std::span<const TextCode>{} : *codes;
  }

  /// An empty text is none.
  [[nodiscard]] bool is_currency(TextCode code) const {
    return !code.is_missing() && !snapshot_->texts.text(code).empty();
  }

  [[nodiscard]] bool is_mixed(std::size_t table) const {
    const model::TableSpec& spec = snapshot_->model->tables[table];
    if (!spec.currency) return false;
    Currencies met;
    each_piece(table, [&](const Piece& piece) {
      const auto codes = currencies_of(piece, spec);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        if (piece.counts[i] != 0 && is_currency(codes[i])) met.insert(codes[i]);
      }
      return met.size() < 2;
    });
    return met.size() > 1;
  }

  void check(const model::MetricSpec& metric, const model::Aggregate& aggregate, std::size_t index) const {
    const model::TableSpec& spec = spec_of(aggregate);
    const auto& bound = std::get<model::BoundAggregate>(snapshot_->bound.metrics[index]);
    std::vector<Currencies> met(aggregate.by ? aggregate.by->values.size() : 1);
    each_piece(aggregate.table.place(), [&](const Piece& piece) {
      const auto codes = currencies_of(piece, spec);
      const Column where = bound.where ? bound.where->evaluate(piece.columns, piece.rows) : Column{};
      const auto* passes = bound.where ? std::get_if<std::span<const Truth>>(&where.view()) : nullptr;
      if (bound.where && passes == nullptr) return true;
      const std::vector<std::int32_t> parts = parts_of(piece, aggregate);
      for (std::size_t i = 0; i < codes.size(); ++i) {
        const bool counts = piece.counts[i] != 0 && (passes == nullptr || (*passes)[i] == Truth::yes);
        if (counts && parts[i] >= 0 && is_currency(codes[i])) met[static_cast<std::size_t>(parts[i])].insert(codes[i]);
      }
      return true;
    });
    const auto mixed = std::ranges::find_if(met, [](const Currencies& of_part) { return of_part.size() > 1; });
    if (mixed != met.end()) fail(metric, aggregate, static_cast<std::size_t>(mixed - met.begin()), *mixed);
  }

  /// The part of a split metric that each row belongs to; -1: none.
  [[nodiscard]] std::vector<std::int32_t> parts_of(const Piece& piece, const model::Aggregate& aggregate) const {
    std::vector<std::int32_t> parts(piece.rows, aggregate.by ? -1 : 0);
    if (!aggregate.by) return parts;
    const ColumnView& column = piece.columns[static_cast<std::size_t>(aggregate.by->column)];
    const metrics::Identities identities = metrics::identities_of(column);
    for (std::size_t part = 0; part < aggregate.by->values.size(); ++part) {
      const auto wanted = metrics::identity_of(aggregate.by->values[part], column, snapshot_->texts, false);
      for (std::size_t i = 0; wanted && i < piece.rows; ++i) {
        if (identities.has(i) && identities.keys[i] == *wanted) parts[i] = static_cast<std::int32_t>(part);
      }
    }
    return parts;
  }

  [[noreturn]] void fail(const model::MetricSpec& metric, const model::Aggregate& aggregate, std::size_t part,
                         const Currencies& met) const {
    const model::TableSpec& spec = spec_of(aggregate);
    const std::string& column = spec.columns[static_cast<std::size_t>(*spec.currency)];
    std::vector<std::string> names;
    for (const TextCode code : met) names.emplace_back(snapshot_->texts.text(code));
    std::ranges::sort(names);
    std::string listed;
    for (std::size_t i = 0; i < std::min(names.size(), kMostNamed); ++i) listed += (i == 0 ? "" : ", ") + names[i];
    if (names.size() > kMostNamed) listed += ", and " + std::to_string(names.size() - kMostNamed) + " more";
    const std::string value = aggregate.by ? " of the value " + aggregate.by->values[part].text : "";
    throw DataError{"metrics." + metric.name + ": the " + std::string{model::to_string(aggregate.aggregation)} +
                        " of " + spec.name + "." + aggregate.of->expression.text() + value + " is over " +
                        std::to_string(names.size()) + " currencies (" + spec.name + "." + column + ": " + listed +
                        "); keep one with `where`, or split the metric `by` " + column,
                    spec.name, column};
  }

  const panel::Snapshot* snapshot_;
  const Watch* watch_;
  std::vector<std::uint8_t> listed_;  // by account code
};

}  // namespace

void refuse_mixed_currencies(const panel::Snapshot& snapshot, const Watch& watch) {
  const auto has_currency = [](const model::TableSpec& spec) { return spec.currency.has_value(); };
  if (std::ranges::none_of(snapshot.model->tables, has_currency)) return;
  CurrencyCheck{snapshot, watch}.run();
}

}  // namespace customerhealth::engine
