#include <algorithm>
#include <cmath>
#include <utility>

#include "customerhealth/common/exact_sum.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/overloaded.hpp"
#include "picked.hpp"
#include "words.hpp"

namespace customerhealth::metrics {
namespace {

std::vector<std::uint64_t> sorted_keys(const PickedAggregation& aggregation, const Picked& picked) {
  const Identities& values = aggregation.of->identities();
  std::vector<std::uint64_t> keys;
  for (const std::uint32_t row : picked.rows) {
    if (values.has(row)) keys.push_back(values.keys[row]);
  }
  std::ranges::sort(keys);
  return keys;
}

/// The rows with a value, each after its key; equal values stand together.
std::vector<std::pair<std::uint64_t, std::uint32_t>> sorted_rows(const PickedAggregation& aggregation,
                                                                 const Picked& picked) {
  const Identities& values = aggregation.of->identities();
  std::vector<std::pair<std::uint64_t, std::uint32_t>> rows;
  for (const std::uint32_t row : picked.rows) {
    if (values.has(row)) rows.emplace_back(values.keys[row], row);
  }
  std::ranges::sort(rows);
  return rows;
}

/// How often each value occurs, most frequent first: an order that does not depend on how values are coded.
std::vector<std::int64_t> frequencies(const std::vector<std::uint64_t>& keys) {
  std::vector<std::int64_t> counts;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (i == 0 || keys[i] != keys[i - 1]) counts.push_back(0);
    ++counts.back();
  }
  std::ranges::sort(counts, std::greater{});
  return counts;
}

double entropy_of(const std::vector<std::int64_t>& counts, double rows) {
  ExactSum sum;
  for (const std::int64_t count : counts) {
    const double share = static_cast<double>(count) / rows;
    sum.subtract(share * math::ln(share));
  }
  return sum.value();
}

double completeness_of(const PickedAggregation& aggregation, const std::vector<std::uint64_t>& keys) {
  const model::Aggregate& spec = *aggregation.spec;
  double met = 0, needed = 0;
  for (std::size_t w = 0; w < spec.wanted.size(); ++w) {
    needed += spec.wanted[w].needed;
    if (!aggregation.wanted[w]) continue;
    const auto found = std::ranges::equal_range(keys, *aggregation.wanted[w]);
    met += std::min(static_cast<double>(found.size()), spec.wanted[w].needed);
  }
  return met / needed;
}

// ---- the words

Answer answer(Word<model::Aggregation::count>, const PickedAggregation&, const Picked& picked) {
  return Answer::of(static_cast<double>(picked.rows.size()));
}

Answer answer(Word<model::Aggregation::count_distinct>, const PickedAggregation& aggregation, const Picked& picked) {
  return Answer::of(static_cast<double>(frequencies(sorted_keys(aggregation, picked)).size()));
}

Answer answer(Word<model::Aggregation::mode>, const PickedAggregation& aggregation, const Picked& picked) {
  const auto rows = sorted_rows(aggregation, picked);
  if (rows.empty()) return Answer::missing(Reason::silent);
  std::size_t most = 0;
  std::uint32_t best = 0;
  for (std::size_t begin = 0, end = 0; begin < rows.size(); begin = end) {
    while (end < rows.size() && rows[end].first == rows[begin].first) ++end;
    const std::uint32_t row = rows[begin].second;
    if (end - begin < most || (end - begin == most && !comes_before(aggregation, row, best))) continue;
    most = end - begin;
    best = row;
  }
  return {.row = best};
}

Answer answer(Word<model::Aggregation::top_share>, const PickedAggregation& aggregation, const Picked& picked) {
  const auto keys = sorted_keys(aggregation, picked);
  if (keys.empty()) return Answer::missing(Reason::silent);
  return Answer::of(static_cast<double>(frequencies(keys).front()) / static_cast<double>(keys.size()));
}

Answer answer(Word<model::Aggregation::entropy>, const PickedAggregation& aggregation, const Picked& picked) {
  const auto keys = sorted_keys(aggregation, picked);
  if (keys.empty()) return Answer::missing(Reason::silent);
  return Answer::of(entropy_of(frequencies(keys), static_cast<double>(keys.size())));
}

Answer answer(Word<model::Aggregation::completeness>, const PickedAggregation& aggregation, const Picked& picked) {
  return Answer::of(completeness_of(aggregation, sorted_keys(aggregation, picked)));
}

}  // namespace

/// Keys are no order: those of texts are codes in the order in which the texts were first met.
bool comes_before(const PickedAggregation& aggregation, std::uint32_t a, std::uint32_t b) {
  return std::visit(Overloaded{
                        [](const MissingView&) { return false; },
                        [&](std::span<const double> values) { return values[a] < values[b]; },
                        [&](const IntegerView& values) { return values.exact(a) < values.exact(b); },
                        [&](std::span<const Truth> values) { return values[a] < values[b]; },
                        [&](std::span<const TextCode> values) {
                          return aggregation.texts->text(values[a]) < aggregation.texts->text(values[b]);
                        },
                        [&](std::span<const Instant> values) { return values[a] < values[b]; },
                    },
                    aggregation.of->view());
}

Answer picked_variety(const PickedAggregation& aggregation, const Picked& picked) {
  return answer_of_word<model::AggregationRule::Family::variety>(
      aggregation.spec->aggregation, [&](auto word) { return answer(word, aggregation, picked); });
}

}  // namespace customerhealth::metrics
