#include "customerhealth/panel/data.hpp"

#include <algorithm>
#include <cstring>
#include <new>

namespace customerhealth::panel {
namespace {

/// Calls `use` with each buffer that a column's values lie in.
template <class Values, class Use>
void each_buffer(Values& values, const Use& use) {
  std::visit(
      [&](auto& stored) {
        if constexpr (std::is_same_v<std::decay_t<decltype(stored)>, ledger::IntegerBuffer>) {
          use(stored.values);
          use(stored.valid);
        } else {
          use(stored);
        }
      },
      values);
}

}  // namespace

PanelColumn::PanelColumn(Type type, ledger::IntegerColumn integers, std::size_t rows) : type_{type}, rows_{rows} {
  if (integers.is_integer) {
    values_ = ledger::IntegerBuffer{Buffer<std::int64_t>(rows, PagesOf::result),
                                    Buffer<std::uint8_t>(rows, PagesOf::result),
                                    integers.is_unsigned,
                                    false,
                                    {}};
    return;
  }
  switch (type) {
    case Type::boolean:
      values_ = Buffer<Truth>(rows, PagesOf::result);
      break;
    case Type::text:
      values_ = Buffer<TextCode>(rows, PagesOf::result);
      break;
    case Type::instant:
      values_ = Buffer<Instant>(rows, PagesOf::result);
      break;
    default:
      values_ = Buffer<double>(rows, PagesOf::result);
      break;
  }
}

ColumnView PanelColumn::view(std::size_t begin, std::size_t rows) const noexcept {
  if (type_ == Type::any) return MissingView{rows};
  return std::visit(
      [&](const auto& values) -> ColumnView {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, ledger::IntegerBuffer>) {
          return IntegerView{values.values.span().subspan(begin, rows), values.valid.span().subspan(begin, rows),
                             values.is_unsigned};
        } else {
          return values.span().subspan(begin, rows);
        }
      },
      values_);
}

std::span<const Reason> PanelColumn::reasons(std::size_t begin, std::size_t rows) const noexcept {
  return any_missing() ? std::span<const Reason>{reasons_.get() + begin, rows} : std::span<const Reason>{};
}

Reason* PanelColumn::demand_reasons() {
  std::call_once(reasons_made_, [this] {
    auto* memory = static_cast<Reason*>(std::calloc(std::max<std::size_t>(rows_, 1), sizeof(Reason)));  // all `none`
    if (memory == nullptr) throw std::bad_alloc{};
    reasons_.reset(memory);
  });
  return reasons_.get();
}

void PanelColumn::write(const metrics::Cells& cells, std::size_t first, std::size_t count, std::size_t row) {
  const auto copy = [&](const auto& from, auto& to) { std::copy_n(from.data() + first, count, to.data() + row); };
  switch (type_) {
    case Type::boolean:
      copy(cells.truths, std::get<Buffer<Truth>>(values_));
      break;
    case Type::text:
      copy(cells.texts, std::get<Buffer<TextCode>>(values_));
      break;
    case Type::instant:
      copy(cells.instants, std::get<Buffer<Instant>>(values_));
      break;
    default:
      if (auto* integers = std::get_if<ledger::IntegerBuffer>(&values_)) {
        copy(cells.integers, integers->values);
        copy(cells.valid, integers->valid);
      } else {
        copy(cells.numbers, std::get<Buffer<double>>(values_));
      }
      break;
  }
  if (!cells.any_missing) return;
  // Cells without a row are missing more often than those with one: only what is shown counts.
  const auto shown = std::span{cells.reasons}.subspan(first, count);
  if (std::ranges::any_of(shown, [](Reason reason) { return reason != Reason::none; })) {
    std::ranges::copy(shown, demand_reasons() + row);
  }
}

void PanelColumn::move(std::size_t from, std::size_t to, std::size_t count) noexcept {
  each_buffer(values_, [&](auto& values) {
    std::memmove(values.data() + to, values.data() + from, count * sizeof *values.data());
  });
  if (any_missing()) std::memmove(reasons_.get() + to, reasons_.get() + from, count * sizeof(Reason));
}

void PanelColumn::shrink(std::size_t rows) noexcept {
  rows_ = rows;
  each_buffer(values_, [&](auto& values) { values.shrink(rows); });
}

scores::Frame Panel::Data::frame(std::size_t begin, std::size_t count) const {
  scores::Frame frame{count, {}, {}};
  frame.columns.emplace_back(as_ofs->span().subspan(begin, count));
  frame.reasons.emplace_back();
  for (std::size_t slot = 1; slot < columns.size(); ++slot) {
    frame.columns.push_back(columns[slot] ? columns[slot]->view(begin, count) : MissingView{count});
    frame.reasons.push_back(columns[slot] ? columns[slot]->reasons(begin, count) : std::span<const Reason>{});
  }
  if (!places.empty()) {
    frame.peers = peers.get();
    frame.instants = places.span().subspan(begin, count);
    frame.texts = &snapshot->texts;
  }
  return frame;
}

scores::Frame Panel::Data::frame_of_own(std::size_t begin, std::size_t count) const {
  scores::Frame out = frame(begin, count);
  for (const auto& node : standings) {
    out.standings.push_back(node.empty() ? std::span<const scores::Standing>{} : node.span().subspan(begin, count));
  }
  return out;
}

void Panel::Data::keep_peers(std::shared_ptr<const scores::Peers> fitted) {
  peers = std::move(fitted);
  if (snapshot->model->peers.empty()) return;
  places = Buffer<std::int32_t>(rows);
  std::size_t place = 0;  // an account's rows ascend: the next row's is mostly the next
  const std::vector<Instant>& instants = peers->instants;
  for (std::size_t row = 0; row < rows; ++row) {
    ++place;
    if (place >= instants.size() || instants[place] != (*as_ofs)[row]) {
      place = static_cast<std::size_t>(std::ranges::lower_bound(instants, (*as_ofs)[row]) - instants.begin());
    }
    places[row] = static_cast<std::int32_t>(place);
  }
}

arrow::ResultColumn as_of_column(const Instant* as_ofs, std::shared_ptr<const void> owner) {
  arrow::ResultColumn column;
  column.name = "as_of";
  column.kind = arrow::ResultColumn::Kind::instant;
  column.data = as_ofs;
  column.owner = std::move(owner);
  return column;
}

std::vector<std::pair<std::string, std::string>> provenance(const model::Model& model) {
  return {{"customerhealth.model", model.name}, {"customerhealth.model_digest", model.digest}};
}

}  // namespace customerhealth::panel
