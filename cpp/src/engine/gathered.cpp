#include "gathered.hpp"

namespace customerhealth {
namespace {

template <class T>
std::vector<T> gather(std::span<const T> values, std::span<const std::size_t> rows) {
  std::vector<T> out;
  out.reserve(rows.size());
  for (const std::size_t row : rows) out.push_back(values[row]);
  return out;
}

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
          };
          auto kept = std::make_shared<Kept>();
          kept->values = gather(values.values, rows);
          if (!values.valid.empty()) kept->valid = gather(values.valid, rows);
          return Column{IntegerView{kept->values, kept->valid, values.is_unsigned}, kept};
        } else {
          return Column{gather(values, rows)};
        }
      },
      view);
}

}  // namespace

GatheredRows::GatheredRows(const Panel::Data& data, std::span<const std::size_t> rows) {
  const bool together = rows.empty() || rows.back() - rows.front() + 1 == rows.size();
  if (together) {
    frame_ = data.frame(rows.empty() ? 0 : rows.front(), rows.size());
    return;
  }
  const Frame whole = data.frame(0, data.rows);
  frame_.rows = rows.size();
  reasons_.resize(whole.columns.size());
  for (std::size_t slot = 0; slot < whole.columns.size(); ++slot) {
    columns_.push_back(gather(whole.columns[slot], rows));
    if (!whole.reasons[slot].empty()) reasons_[slot] = gather(whole.reasons[slot], rows);
    frame_.columns.push_back(columns_.back().view());
    frame_.reasons.emplace_back(reasons_[slot]);
  }
}

}  // namespace customerhealth
