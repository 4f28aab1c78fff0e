#include "running_buckets.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "customerhealth/common/number.hpp"
#include "customerhealth/model/aggregations.hpp"

namespace customerhealth::metrics {

bool RunningBuckets::can_answer(const model::Aggregate& spec) noexcept {
  return spec.buckets && spec.window->micros().count() % spec.buckets->every.micros().count() == 0;
}

RunningBuckets::RunningBuckets(const PickedAggregation& aggregation, std::span<const Instant> edges)
    : aggregation_{&aggregation},
      spec_{&*aggregation.spec->buckets},
      empty_is_zero_{counts_empty_as_zero(*aggregation.spec)},
      per_window_{aggregation.spec->window->micros() / spec_->every.micros()},
      grids_{bucket_grids(spec_->every.micros(), edges)},
      list_{aggregation} {}

void RunningBuckets::answer(const AccountEntries& entries, std::span<const Instant> first_times,
                            RunningScratch& scratch, const AccountCells& out) {
  for (const BucketGrid& grid : grids_) answer_grid(grid, entries, first_times, scratch, out);
}

void RunningBuckets::answer_grid(const BucketGrid& grid, const AccountEntries& entries,
                                 std::span<const Instant> first_times, RunningScratch& scratch,
                                 const AccountCells& out) {
  const auto first = static_cast<std::size_t>(entries.first[static_cast<std::size_t>(grid.as_ofs.front())]);
  const auto last = static_cast<std::size_t>(entries.last[static_cast<std::size_t>(grid.as_ofs.back())]);
  list_.fill(entries, first, std::max(first, last), grid);
  find_windows(grid, first_times, out);
  summarise(scratch, out);
}

/// Those that have something to summarise; the cells of the others are set.
void RunningBuckets::find_windows(const BucketGrid& grid, std::span<const Instant> first_times,
                                  const AccountCells& out) {
  windows_.clear();
  const auto numbers = list_.numbers();
  const auto undefined = list_.undefined_before();
  std::size_t first = 0, last = 0;
  for (std::size_t g = 0; g < grid.as_ofs.size(); ++g) {
    const auto k = static_cast<std::size_t>(grid.as_ofs[g]);
    const std::int64_t end = grid.ends[g];
    const std::int64_t oldest = is_missing(first_times[k]) ? end : grid.place_of(first_times[k]).number;
    // A bucket that ends at or before the first row is from before the account's time.
    const std::int64_t begin = std::max(end - per_window_, oldest);
    if (begin >= end) {
      out.set_missing(k, Reason::too_young);
      continue;
    }
    while (last < numbers.size() && numbers[last] < end) ++last;
    while (first < numbers.size() && numbers[first] < begin) ++first;
    Window window{grid.as_ofs[g], begin, end, static_cast<std::int32_t>(first), static_cast<std::int32_t>(last), 0};
    if (empty_is_zero_) window.zeros = window.kept() - (window.last - window.first);
    if (undefined[last] > undefined[first])
      out.set_missing(k, Reason::undefined);
    else if (there(window) == 0)
      out.set_missing(k, Reason::silent);
    else
      windows_.push_back(window);
  }
}

/// How many buckets are not left out.
std::int64_t RunningBuckets::there(const Window& window) const noexcept {
  const auto left_out = list_.left_out_before();
  return window.zeros + (window.last - window.first) -
         (left_out[static_cast<std::size_t>(window.last)] - left_out[static_cast<std::size_t>(window.first)]);
}

void RunningBuckets::summarise(RunningScratch& scratch, const AccountCells& out) {
  switch (spec_->then) {
    case model::Then::mean:
    case model::Then::std:
      return moments(out);
    case model::Then::median:
    case model::Then::min:
    case model::Then::max:
      return ranked(scratch, out);
    case model::Then::active:
      return active(out);
    case model::Then::streak:
      return streak(out);
    case model::Then::slope:
      return slope(out);
    case model::Then::floored:
      break;
  }
  for (const Window& window : windows_) one_by_one(window, out);
}

void RunningBuckets::one_by_one(const Window& window, const AccountCells& out) {
  buckets_.assign(static_cast<std::size_t>(window.kept()), empty_is_zero_ ? 0.0 : kNan);
  for (auto i = static_cast<std::size_t>(window.first); i < static_cast<std::size_t>(window.last); ++i) {
    buckets_[static_cast<std::size_t>(list_.numbers()[i] - window.begin)] = list_.values()[i];
  }
  const Answer answer = summarise_buckets(*spec_, buckets_);
  const auto k = static_cast<std::size_t>(window.as_of);
  answer.reason == Reason::none ? out.set(k, answer.number) : out.set_missing(k, answer.reason);
}

/// Mean and deviation from exact prefix sums; a bucket of value 0 adds nothing to these.
void RunningBuckets::moments(const AccountCells& out) {
  buckets_.assign(list_.values().begin(), list_.values().end());
  for (double& value : buckets_) value = std::isnan(value) ? 0.0 : value;
  const FixedPoint scale = FixedPoint::under(buckets_);
  const bool wants_squares = spec_->then == model::Then::std;
  moments_.assign(1, {});
  bool fits = true;
  for (const double value : buckets_) {
    Int128 scaled = 0;
    fits = fits && scale.add(value, scaled);
    Moments next = moments_.back();
    if (wants_squares)
      next += Moments::of(scaled);
    else
      next.sum += scaled;
    moments_.push_back(next);
  }
  for (const Window& window : windows_) {
    const auto k = static_cast<std::size_t>(window.as_of);
    const std::int64_t count = there(window);
    if (!fits) {
      one_by_one(window, out);
    } else if (!wants_squares) {
      const Int128 sum =
          moments_[static_cast<std::size_t>(window.last)].sum - moments_[static_cast<std::size_t>(window.first)].sum;
      out.set(k, scale.mean(sum, count));
    } else if (count < 2) {
      out.set_missing(k, Reason::too_few);
    } else {
      Moments inside = moments_[static_cast<std::size_t>(window.last)];
      inside -= moments_[static_cast<std::size_t>(window.first)];
      inside.count = count;
      out.set(k, inside.deviation(scale));
    }
  }
}

void RunningBuckets::active(const AccountCells& out) {
  counts_.assign(1, 0);
  for (const double value : list_.values()) counts_.push_back(counts_.back() + (value > spec_->above ? 1 : 0));
  for (const Window& window : windows_) {
    const std::int64_t zeros = 0 > spec_->above ? window.zeros : 0;
    const std::int32_t above =
        counts_[static_cast<std::size_t>(window.last)] - counts_[static_cast<std::size_t>(window.first)];
    out.set(static_cast<std::size_t>(window.as_of), static_cast<double>(above + zeros));
  }
}

/// Of each bucket of the list the begin of the unbroken run that ends with it.
void RunningBuckets::streak(const AccountCells& out) {
  const auto numbers = list_.numbers();
  const auto values = list_.values();
  const bool zeros_pass = empty_is_zero_ && 0 > spec_->above;
  constexpr std::int64_t kAlways = INT64_MIN;  // where empty buckets pass, the run has no begin of its own
  begins_.resize(numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    const bool chains = i > 0 && (zeros_pass || numbers[i] == numbers[i - 1] + 1);
    const std::int64_t begin = chains ? begins_[i - 1] : zeros_pass ? kAlways : numbers[i];
    begins_[i] = values[i] > spec_->above ? begin : numbers[i] + 1;
  }
  for (const Window& window : windows_) {
    std::int64_t begin = zeros_pass ? kAlways : window.end;
    if (window.last > window.first) {
      const auto newest = static_cast<std::size_t>(window.last) - 1;
      if (zeros_pass || numbers[newest] + 1 == window.end) begin = begins_[newest];
    }
    out.set(static_cast<std::size_t>(window.as_of), static_cast<double>(window.end - std::max(begin, window.begin)));
  }
}

/// Median, minimum and maximum: a set of ranks, with the zeros of empty buckets beside it.
void RunningBuckets::ranked(RunningScratch& scratch, const AccountCells& out) {
  const auto values = list_.values();
  buckets_.clear();
  for (const double value : values) buckets_.push_back(std::isnan(value) ? kInfinity : value);  // never in the set
  const auto places = order_.of(buckets_);
  ranks_.resize(values.size());
  sorted_.resize(values.size());
  for (std::size_t rank = 0; rank < places.size(); ++rank) {
    ranks_[places[rank]] = static_cast<std::uint32_t>(rank);
    sorted_[rank] = buckets_[places[rank]] + 0.0;
  }
  first_.clear();
  last_.clear();
  for (const Window& window : windows_) {
    first_.push_back(window.first);
    last_.push_back(window.last);
  }
  set_.clear(values.size());
  negatives_ = 0;
  const auto move = [&](std::size_t i, auto change, std::int64_t by) {
    if (std::isnan(values[i])) return;
    (set_.*change)(ranks_[i]);
    negatives_ += values[i] < 0 ? by : 0;
  };
  AccountEntries runs;
  runs.plain = true;
  runs.first = first_;
  runs.last = last_;
  sweep(
      runs, windows_.size(), scratch.sweep, [&](std::size_t i) { move(i, &RankSet::insert, 1); },
      [&](std::size_t i) { move(i, &RankSet::erase, -1); },
      [&](std::size_t w) {
        const Window& window = windows_[w];
        const std::int64_t count = window.zeros + set_.size();
        const QuantilePlace place{count, spec_->then == model::Then::min   ? 0.0
                                         : spec_->then == model::Then::max ? 1.0
                                                                           : 0.5};
        const double low = nth_of(window, place.below);
        out.set(static_cast<std::size_t>(window.as_of),
                place.part == 0 ? low : place.between(low, nth_of(window, place.below + 1)));
      });
}

/// The n-th value of the window in ascending order.
double RunningBuckets::nth_of(const Window& window, std::int64_t n) const noexcept {
  if (n >= negatives_ && n < negatives_ + window.zeros) return 0;
  return sorted_[set_.nth(n < negatives_ ? n : n - window.zeros)];
}

/// Least squares, four windows side by side where they are alike and no bucket is left out.
void RunningBuckets::slope(const AccountCells& out) {
  const bool in_a_row = list_.left_out_before().back() == 0 && empty_is_zero_;
  for (std::size_t w = 0; w < windows_.size();) {
    const auto rest = std::span{windows_}.subspan(w);
    if (in_a_row && rest.size() >= kSide && are_alike(rest.first<kSide>())) {
      slopes_side_by_side(rest.first<kSide>(), out);
      w += kSide;
      continue;
    }
    one_by_one(rest.front(), out);
    ++w;
  }
}

/// As many buckets, two or more, and not far apart.
bool RunningBuckets::are_alike(std::span<const Window, kSide> windows) noexcept {
  const std::int64_t kept = windows.front().kept();
  return kept >= 2 && windows.back().end - windows.front().begin <= 4 * kept + 64 &&
         std::ranges::all_of(windows, [kept](const Window& window) { return window.kept() == kept; });
}

/// Each window adds in the order of its buckets, as slope_of() does; beside each other the processor need not wait for
/// one sum before it adds to the next.
void RunningBuckets::slopes_side_by_side(std::span<const Window, kSide> windows, const AccountCells& out) {
  const std::int64_t origin = windows.front().begin;
  buckets_.assign(static_cast<std::size_t>(windows.back().end - origin), 0.0);
  for (auto i = static_cast<std::size_t>(windows.front().first); i < static_cast<std::size_t>(windows.back().last);
       ++i) {
    buckets_[static_cast<std::size_t>(list_.numbers()[i] - origin)] = list_.values()[i];
  }
  std::array<const double*, kSide> from{};
  for (std::size_t s = 0; s < kSide; ++s) from[s] = buckets_.data() + (windows[s].begin - origin);
  const auto kept = static_cast<std::size_t>(windows.front().kept());
  const auto n = static_cast<double>(kept);
  std::array<double, kSide> mean{}, xy{};
  double sum_x = 0, xx = 0;
  for (std::size_t i = 0; i < kept; ++i) {
    sum_x += static_cast<double>(i);
    for (std::size_t s = 0; s < kSide; ++s) mean[s] += from[s][i];
  }
  const double mean_x = sum_x / n;
  for (double& sum : mean) sum /= n;
  for (std::size_t i = 0; i < kept; ++i) {
    const double dx = static_cast<double>(i) - mean_x;
    xx += dx * dx;
    for (std::size_t s = 0; s < kSide; ++s) xy[s] += dx * (from[s][i] - mean[s]);
  }
  for (std::size_t s = 0; s < kSide; ++s) out.set(static_cast<std::size_t>(windows[s].as_of), xy[s] / xx);
}

}  // namespace customerhealth::metrics
