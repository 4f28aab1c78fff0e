#include "customerhealth/panel/gathered.hpp"

namespace customerhealth::panel {
namespace {

template <class T>
std::vector<T> gather(std::span<const T> values, std::span<const std::size_t> rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const std::size_t row : rows) out.push_back(values[row]);
  return out;
}

}  // namespace

Column gather(const ColumnView& view, std::span<const std::size_t> rows) {
  return std::visit(
      [&](const auto& values) {
        using View = std::decay_t<decltype(values)>;
        if constexpr (std::is_same_v<View, MissingView>) {
          return Column{MissingView{rows.size()}};
        } else if constexpr (std::is_same_v<View, IntegerView>) {
          struct Kept {
            std::vector<std::int64_t> values;
            std::vector<std::uint8_t> valid;
            std::vector<Int128> wide;
          };
          auto kept = std::make_shared<Kept>();
          kept->values = gather(values.values, rows);
          if (!values.valid.empty()) kept->valid = gather(values.valid, rows);
          kept->wide.assign(values.wide.begin(), values.wide.end());
          return Column{IntegerView{kept->values, kept->valid, values.is_unsigned, kept->wide}, kept};
        } else {
          return Column{gather(values, rows)};
        }
      },
      view);
}

GatheredRows::GatheredRows(const Panel::Data& data, std::span<const std::size_t> rows,
                           std::optional<std::span<const SlotIndex>> slots) {
  const bool together = rows.empty() || rows.back() - rows.front() + 1 == rows.size();
  if (together) {
    frame_ = data.frame(rows.empty() ? 0 : rows.front(), rows.size());
    return;
  }
  const scores::Frame whole = data.frame(0, data.rows);
  frame_ = {.rows = rows.size(), .columns = {}, .reasons = {}, .peers = whole.peers, .texts = whole.texts};
  if (!whole.instants.empty()) frame_.instants = instants_ = gather(whole.instants, rows);
  const std::size_t all = whole.columns.size();
  frame_.columns.assign(all, MissingView{rows.size()});
  frame_.reasons.resize(all);
  columns_.reserve(slots ? slots->size() : all);
  reasons_.reserve(columns_.capacity());
  const auto add = [&](std::size_t slot) {
    frame_.columns[slot] = columns_.emplace_back(gather(whole.columns[slot], rows)).view();
    if (!whole.reasons[slot].empty()) {
      frame_.reasons[slot] = reasons_.emplace_back(gather(whole.reasons[slot], rows));
    }
  };
  if (slots) {
    for (const SlotIndex slot : *slots) add(slot.place());
  } else {
    for (std::size_t slot = 0; slot < all; ++slot) add(slot);
  }
}

}  // namespace customerhealth::panel
