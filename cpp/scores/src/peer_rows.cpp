#include "customerhealth/scores/peer_rows.hpp"

#include <bit>
#include <cassert>
#include <cmath>
#include <unordered_map>

#include "customerhealth/common/number.hpp"
#include "customerhealth/scores/values.hpp"

namespace customerhealth::scores {
namespace {

std::string bytes_of(char kind, std::uint64_t bits) {
  std::string out{kind};
  for (int i = 0; i < 64; i += 8) out += static_cast<char>((bits >> i) & 0xff);
  return out;
}

std::string key_of(double value) {
  constexpr double kTwo63 = 9223372036854775808.0;
  if (value == std::trunc(value) && value >= -kTwo63 && value < 2 * kTwo63) {
    return 'i' + (value < 0 ? std::to_string(static_cast<std::int64_t>(value))
                            : std::to_string(static_cast<std::uint64_t>(value)));
  }
  return bytes_of('x', std::bit_cast<std::uint64_t>(value));
}

/// Numbers the values of rows as they are met. `bits` tells equal values; `key` writes one down.
template <class Bits, class Key>
PeerGroups number_rows(const ColumnView& view, const Bits& bits, const Key& key) {
  PeerGroups out;
  out.of_row.assign(rows_of(view), -1);
  std::unordered_map<std::uint64_t, std::int32_t> numbers;
  std::uint64_t last = 0;
  std::int32_t last_number = -1;  // an account's rows lie side by side and mostly agree
  for (std::size_t row = 0; row < out.of_row.size(); ++row) {
    if (is_missing(view, row)) continue;
    const std::uint64_t value = bits(row);
    if (last_number < 0 || value != last) {
      const auto [found, added] = numbers.try_emplace(value, static_cast<std::int32_t>(out.keys.size()));
      if (added) out.keys.push_back(key(row));
      last = value, last_number = found->second;
    }
    out.of_row[row] = last_number;
  }
  return out;
}

struct KeysOf {
  const ColumnView& view;
  const Texts& texts;

  PeerGroups operator()(const MissingView& missing) const {
    PeerGroups out;
    out.of_row.assign(missing.rows, -1);
    return out;
  }
  PeerGroups operator()(const std::span<const double>& values) const {
    return number_rows(
        view, [&](std::size_t row) { return std::bit_cast<std::uint64_t>(values[row] + 0.0); },
        [&](std::size_t row) { return key_of(values[row] + 0.0); });
  }
  PeerGroups operator()(const IntegerView& integers) const {
    return number_rows(
        view, [&](std::size_t row) { return static_cast<std::uint64_t>(integers.values[row]); },
        [&](std::size_t row) {
          const std::int64_t value = integers.values[row];
          return 'i' +
                 (integers.is_unsigned ? std::to_string(static_cast<std::uint64_t>(value)) : std::to_string(value));
        });
  }
  PeerGroups operator()(const std::span<const Truth>& truths) const {
    return number_rows(
        view, [&](std::size_t row) { return static_cast<std::uint64_t>(truths[row]); },
        [&](std::size_t row) { return std::string{truths[row] == Truth::yes ? "b1" : "b0"}; });
  }
  PeerGroups operator()(const std::span<const TextCode>& codes) const {
    return number_rows(
        view, [&](std::size_t row) { return static_cast<std::uint64_t>(codes[row].get()); },
        [&](std::size_t row) { return 't' + std::string{texts.text(codes[row])}; });
  }
  PeerGroups operator()(const std::span<const Instant>& instants) const {
    const auto bits = [&](std::size_t row) {
      return static_cast<std::uint64_t>(instants[row].time_since_epoch().count());
    };
    return number_rows(view, bits, [&](std::size_t row) { return bytes_of('d', bits(row)); });
  }
};

const PeersFit* fit_of(const Frame& frame, model::PeersIndex node) noexcept {
  return frame.peers == nullptr ? nullptr : &frame.peers->nodes[node.place()];
}

std::span<const Standing> standings_of(const Frame& frame, model::PeersIndex node) noexcept {
  return frame.standings.empty() ? std::span<const Standing>{} : frame.standings[node.place()];
}

const expression::BoundExpression* within_of(const model::BoundCase& of_case) noexcept {
  return of_case.within ? &*of_case.within : nullptr;
}

/// The rows that are peers, whatever their value.
std::vector<std::uint8_t> rows_that_apply(const model::BoundScore& score, const Frame& frame,
                                          std::span<const std::uint8_t> present) {
  std::vector<std::uint8_t> out(present.begin(), present.end());
  if (!score.include) return out;
  std::vector<Truth> buffer;
  const Column column = score.include->evaluate(frame.columns, frame.rows);
  const std::span<const Truth> include = truths_of(column.view(), buffer);
  for (std::size_t row = 0; row < out.size(); ++row) out[row] = out[row] != 0 && include[row] == Truth::yes ? 1 : 0;
  return out;
}

/// Sorts the rows that are peers by their instants, and numbers the groups that they are of.
PeersSample sample_of(std::span<const double> values, const PeerGroups* groups, std::span<const std::uint8_t> applies,
                      std::span<const std::int32_t> at, std::size_t first, std::size_t end) {
  PeersSample out;
  out.first = first;
  const std::size_t instants = end - first;
  const auto place = [&](std::size_t row) { return static_cast<std::size_t>(at[row]) - first; };
  out.begins.assign(instants + 1, 0);
  const auto is_peer = [&](std::size_t row) {
    return applies[row] != 0 && !std::isnan(values[row]) && (groups == nullptr || groups->of_row[row] >= 0);
  };
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (is_peer(row)) ++out.begins[place(row) + 1];
  }
  for (std::size_t k = 0; k < instants; ++k) out.begins[k + 1] += out.begins[k];
  out.values.resize(out.begins.back());
  out.rows.resize(out.values.size());
  out.groups.resize(groups == nullptr ? 0 : out.values.size());
  if (groups == nullptr) out.keys.emplace_back();
  std::vector<std::int32_t> numbers(groups == nullptr ? 0 : groups->keys.size(), -1);
  std::vector<std::size_t> next(out.begins.begin(), out.begins.end() - 1);
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!is_peer(row)) continue;
    const std::size_t to = next[place(row)]++;
    out.values[to] = values[row] + 0.0;
    out.rows[to] = static_cast<std::uint32_t>(row);
    if (groups == nullptr) continue;
    const auto group = static_cast<std::size_t>(groups->of_row[row]);
    if (numbers[group] < 0) {
      numbers[group] = static_cast<std::int32_t>(out.keys.size());
      out.keys.push_back(groups->keys[group]);
    }
    out.groups[to] = numbers[group];
  }
  return out;
}

}  // namespace

PeerGroups group_rows(const ColumnView& within, const Texts& texts) {
  return std::visit(KeysOf{within, texts}, within);
}

RowPeers::RowPeers(const expression::BoundExpression* within, model::PeersIndex node, const Frame& frame)
    : fit_{fit_of(frame, node)}, instants_{frame.instants}, standings_{standings_of(frame, node)} {
  if (within == nullptr) {
    if (fit_ != nullptr) lone_group_ = fit_->find("");
    return;
  }
  const Column column = within->evaluate(frame.columns, frame.rows);
  PeerGroups groups = group_rows(column.view(), *frame.texts);
  std::vector<std::int32_t> known;
  for (const std::string& key : groups.keys) known.push_back(fit_ == nullptr ? kUnknown : fit_->find(key));
  groups_ = std::move(groups.of_row);
  for (std::int32_t& group : groups_) group = group < 0 ? kUnknown : known[static_cast<std::size_t>(group)];
}

ShrunkValues::ShrunkValues(std::span<const double> values, const model::BoundMeasure& measure, std::size_t of_case,
                           const Frame& frame)
    : row_reasons_{*measure.rows, frame},
      strength_{measure.spec->shrink->strength},
      rows_{measure.rows->evaluate(frame.columns, frame.rows)},
      row_numbers_{numbers_of(rows_.view(), buffer_)},
      peers_{within_of(measure.cases[of_case]), *measure.cases[of_case].spec->shrink_peers, frame},
      numbers_(values.size(), kNan) {
  for (std::size_t row = 0; row < numbers_.size(); ++row) {
    if (const auto shrink = shrinking(row)) numbers_[row] = (*shrink)(values[row]);
  }
}

std::optional<Shrinking> ShrunkValues::shrinking(std::size_t row) const noexcept {
  const PeerValues* at = peers_.values(row);
  if (at == nullptr) return std::nullopt;
  return Shrinking{row_numbers_[row], strength_, at->mean[peers_.group(row)]};
}

Reason ShrunkValues::reason(std::size_t row) const {
  if (is_missing(rows_.view(), row)) return row_reasons_[row];
  return peers_.count(row) == 0 ? Reason::few_peers : Reason::undefined;
}

PeersSample sample_peers(const model::BoundModel& model, model::PeersIndex node, const Frame& frame,
                         std::span<const std::uint8_t> present, std::size_t first, std::size_t end) {
  const model::PeersNode& which = model.model->peers[node.place()];
  const auto c = static_cast<std::size_t>(which.of_case);
  const model::BoundScore& score = model.scores[which.score.place()];
  const model::BoundMeasure& measure = score.measures[static_cast<std::size_t>(which.measure)];
  const Column column = measure.value->evaluate(frame.columns, frame.rows);
  std::vector<double> buffer;
  std::optional<ShrunkValues> shrunk;
  std::span<const double> values = numbers_of(column.view(), buffer);
  if (which.kind == model::PeersNode::Kind::shape && measure.spec->shrink) {
    values = shrunk.emplace(values, measure, c, frame).numbers();
  }
  const std::vector<std::uint8_t> applies = rows_that_apply(score, frame, present);
  const expression::BoundExpression* within = within_of(measure.cases[c]);
  if (within == nullptr) return sample_of(values, nullptr, applies, frame.instants, first, end);
  const Column by = within->evaluate(frame.columns, frame.rows);
  const PeerGroups groups = group_rows(by.view(), *frame.texts);
  return sample_of(values, &groups, applies, frame.instants, first, end);
}

std::vector<Standing> standings_of_rows(const PeersSample& sample, std::size_t rows) {
  std::vector<Standing> out(rows);
  for (std::size_t i = 0; i < sample.standings.size(); ++i) out[sample.rows[i]] = sample.standings[i];
  return out;
}

}  // namespace customerhealth::scores
