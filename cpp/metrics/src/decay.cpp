#include "decay.hpp"

#include <algorithm>
#include <cmath>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {
namespace {

std::int64_t rest_of(Instant t, std::int64_t length) noexcept {
  const std::int64_t rest = micros_since_epoch(t) % length;
  return rest < 0 ? rest + length : rest;
}

}  // namespace

Decay::Decay(Micros half_life) noexcept
    : half_life_{static_cast<double>(half_life.count())}, block_{half_life.count() * kHalfLives} {}

Decay::Block Decay::block_of(Instant t) const noexcept {
  const std::int64_t micros = micros_since_epoch(t), rest = rest_of(t, block_);
  return {micros / block_ - (micros % block_ < 0 ? 1 : 0), t, rest, block_ - rest};
}

double Decay::term(const Block& block, Instant t, double value) const noexcept {
  return value * math::exp2(static_cast<double>(block.behind(t)) / half_life_);
}

Decay::Edge Decay::edge_of(Instant edge) const noexcept {
  const Block block = block_of(edge);
  return {block.number, math::exp2(-static_cast<double>(block.behind(edge)) / half_life_)};
}

double Decay::at(const Edge& edge, std::int64_t block, double sum) noexcept {
  return std::ldexp(sum * edge.weight, -static_cast<int>((edge.block - block) * kHalfLives));
}

double decayed_sum(Micros half_life, std::span<const Instant> times, std::span<const double> values, Instant edge) {
  ExactSum sum;
  if (std::ranges::any_of(values, Decay::is_huge)) {
    for (std::size_t i = 0; i < times.size(); ++i) {
      if (std::isnan(values[i])) continue;
      sum.add(values[i] * math::exp2(-days_between(edge, times[i]) / Days{half_life}.count()));
    }
    return sum.value();
  }
  const Decay decay{half_life};
  const Decay::Edge at = decay.edge_of(edge);
  double total = 0;
  for (std::size_t end = times.size(); end > 0;) {  // block by block, the latest first
    const Decay::Block block = decay.block_of(times[end - 1]);
    if (Decay::is_gone(at, block.number)) break;
    sum = {};
    for (; end > 0 && block.holds(times[end - 1]); --end) {
      if (!std::isnan(values[end - 1])) sum.add(decay.term(block, times[end - 1], values[end - 1]));
    }
    total += Decay::at(at, block.number, sum.value());
  }
  return total;
}

DecayEdges::DecayEdges(Micros half_life, std::span<const Instant> edges) : instants{edges.begin(), edges.end()} {
  const Decay decay{half_life};
  for (const Instant edge : edges) weights.push_back(decay.edge_of(edge));
}

DecayRows::DecayRows(const Entries& entries, Micros half_life, std::span<const double> numbers)
    : half_life_{half_life}, decay_{half_life}, numbers_{numbers} {
  std::vector<double> scratch;
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const std::size_t begin = entries.begin(a), size = entries.size(a);
    if (numbers.empty()) scratch.assign(size, 1.0);
    add(entries.times.subspan(begin, size), numbers.empty() ? scratch : entries.values(a, numbers, scratch));
  }
  accounts_.push_back({prefix_.size(), blocks_.size(), std::nullopt});
}

void DecayRows::add(std::span<const Instant> times, std::span<const double> values) {
  Account own{prefix_.size(), blocks_.size(), std::nullopt};
  terms_.resize(times.size());
  Decay::Block block;
  for (std::size_t i = 0; i < times.size(); ++i) {
    if (i == 0 || !block.holds(times[i])) {
      block = decay_.block_of(times[i]);
      blocks_.push_back({block.number, static_cast<std::int32_t>(i)});
    }
    terms_[i] = decay_.term(block, times[i], values[i]);
  }
  const FixedPoint scale = FixedPoint::under(terms_);
  bool fits = std::ranges::none_of(values, Decay::is_huge);
  prefix_.resize(own.first_prefix + times.size() + 1);
  Int128* prefix = prefix_.data() + own.first_prefix;
  Int128 sum = 0;
  for (const double term : terms_) {
    *prefix++ = sum;
    fits &= scale.add(term, sum);
  }
  *prefix = sum;
  if (fits) own.scale = scale;
  accounts_.push_back(own);
}

void DecayRows::sum(const AccountEntries& entries, std::size_t account, const DecayEdges& edges,
                    RunningScratch& scratch, std::span<double> out) const {
  const Account& own = accounts_[account];
  const auto blocks = std::span{blocks_}.subspan(own.first_block, accounts_[account + 1].first_block - own.first_block);
  if (own.scale) {
    return entries.plain ? sum_runs(entries, own, blocks, edges.weights, out)
                         : sum_sweeping(entries, own, blocks, edges.weights, scratch, out);
  }
  std::vector<double> values;
  each_as_of(entries, edges.instants, [&](std::size_t k, const Picked& picked) {
    values.clear();
    for (const std::uint32_t row : picked.rows) values.push_back(numbers_.empty() ? 1.0 : numbers_[row]);
    out[k] = decayed_sum(half_life_, picked.times, values, picked.edge);
  });
}

void DecayRows::sum_runs(const AccountEntries& entries, const Account& own, std::span<const BlockRows> blocks,
                         std::span<const Decay::Edge> edges, std::span<double> out) const {
  const Int128* prefix = prefix_.data() + own.first_prefix;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const std::int32_t first = entries.first[k], last = entries.last[k];
    const Decay::Edge& edge = edges[k];
    double total = 0;
    std::int32_t end = static_cast<std::int32_t>(entries.rows.size());
    for (std::size_t b = blocks.size(); b-- > 0 && end > first; end = blocks[b].first) {
      const std::int32_t from = std::max(first, blocks[b].first), until = std::min(last, end);
      if (from >= until) continue;
      if (Decay::is_gone(edge, blocks[b].number)) break;
      total += Decay::at(edge, blocks[b].number, own.scale->value(prefix[until] - prefix[from]));
    }
    out[k] = total;
  }
}

void DecayRows::sum_sweeping(const AccountEntries& entries, const Account& own, std::span<const BlockRows> blocks,
                             std::span<const Decay::Edge> edges, RunningScratch& scratch, std::span<double> out) const {
  const Int128* prefix = prefix_.data() + own.first_prefix;
  auto& block_of = scratch.covered;
  auto& counts = scratch.order;
  block_of.resize(entries.rows.size());
  for (std::size_t b = 0; b < blocks.size(); ++b) {
    const auto end = b + 1 < blocks.size() ? static_cast<std::size_t>(blocks[b + 1].first) : block_of.size();
    for (auto i = static_cast<std::size_t>(blocks[b].first); i < end; ++i) block_of[i] = static_cast<std::int32_t>(b);
  }
  scratch.sums.assign(blocks.size(), 0);
  counts.assign(blocks.size(), 0);
  const auto move = [&](std::size_t i, std::int32_t by) {
    const auto b = static_cast<std::size_t>(block_of[i]);
    counts[b] += by;
    scratch.sums[b] += by * (prefix[i + 1] - prefix[i]);
  };
  sweep(
      entries, out.size(), scratch.sweep, [&](std::size_t i) { move(i, 1); }, [&](std::size_t i) { move(i, -1); },
      [&](std::size_t k) {
        const Decay::Edge& edge = edges[k];
        double total = 0;
        for (std::size_t b = blocks.size(); b-- > 0;) {
          if (counts[b] == 0) continue;
          if (Decay::is_gone(edge, blocks[b].number)) break;
          total += Decay::at(edge, blocks[b].number, own.scale->value(scratch.sums[b]));
        }
        out[k] = total;
      });
}

}  // namespace customerhealth::metrics
