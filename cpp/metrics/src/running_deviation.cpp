#include "running_deviation.hpp"

#include "moments.hpp"
#include "picked.hpp"

namespace customerhealth::metrics {

SquareRows::SquareRows(const Entries& entries, const SumRows& sums) {
  prefix_.resize(entries.rows.size() + entries.account_count());
  begins_.push_back(0);
  for (std::size_t a = 0; a < entries.account_count(); ++a) {
    const auto sum = sums.prefix(a);
    Uint256* prefix = prefix_.data() + begins_.back();
    Uint256 squares;
    for (std::size_t i = 0; i + 1 < sum.size(); ++i) {
      *prefix++ = squares;
      squares += Moments::of(sum[i + 1] - sum[i]).squares;
    }
    if (!sum.empty()) *prefix = squares;
    begins_.push_back(begins_.back() + sum.size());
  }
}

std::span<const Uint256> SquareRows::prefix(std::size_t account) const noexcept {
  return std::span{prefix_}.subspan(begins_[account], begins_[account + 1] - begins_[account]);
}

namespace {

/// For accounts whose values do not fit a FixedPoint: those of each as-of by themselves.
void deviation_far_apart(const AccountEntries& entries, std::span<const double> numbers, const AccountCells& out) {
  std::vector<double> values;
  each_as_of(entries, Edges(out.size()), [&](std::size_t k, const Picked& picked) {
    values.clear();
    for (const std::uint32_t row : picked.rows) values.push_back(numbers[row]);
    if (values.size() < 2) return out.set_missing(k, values.empty() ? Reason::silent : Reason::too_few);
    out.set(k, deviation_of(values));
  });
}

void set_deviation(std::size_t k, const Moments& moments, const FixedPoint& scale, const AccountCells& out) {
  if (moments.count < 2) return out.set_missing(k, moments.count == 0 ? Reason::silent : Reason::too_few);
  out.set(k, moments.deviation(scale));
}

}  // namespace

void running_deviation(const AccountEntries& entries, const SumRows& sums, const SquareRows& squares,
                       std::span<const double> numbers, std::size_t account, RunningScratch& scratch,
                       const AccountCells& out) {
  const auto sum = sums.prefix(account);
  const auto square = squares.prefix(account);
  if (sum.empty()) return deviation_far_apart(entries, numbers, out);
  const FixedPoint& scale = sums.scale(account);
  if (entries.plain) {
    for (std::size_t k = 0; k < out.size(); ++k) {
      const auto first = static_cast<std::size_t>(entries.first[k]), last = static_cast<std::size_t>(entries.last[k]);
      if (k > 0 && entries.first[k] == entries.first[k - 1] && entries.last[k] == entries.last[k - 1]) {
        out.repeat(k);
        continue;
      }
      set_deviation(k, {entries.last[k] - entries.first[k], sum[last] - sum[first], square[last] - square[first]},
                    scale, out);
    }
    return;
  }
  scratch.moments.assign(out.size() + 1, {});
  const auto of_run = [&](std::size_t begin, std::size_t end) {
    return Moments{static_cast<std::int64_t>(end - begin), sum[end] - sum[begin], square[end] - square[begin]};
  };
  each_run(entries.from,
           [&](std::size_t begin, std::size_t end, std::size_t k) { scratch.moments[k] += of_run(begin, end); });
  each_run(entries.until,
           [&](std::size_t begin, std::size_t end, std::size_t k) { scratch.moments[k] -= of_run(begin, end); });
  Moments there;
  for (std::size_t k = 0; k < out.size(); ++k) {
    there += scratch.moments[k];
    set_deviation(k, there, scale, out);
  }
}

}  // namespace customerhealth::metrics
