#include "distinct.hpp"

#include <limits>

#include "bits.hpp"
#include "changes.hpp"
#include "places.hpp"

namespace customerhealth::metrics {
namespace {

constexpr std::size_t kWordBits = 64;

/// Unions of neighbouring sets for windows that only move forward. For each set before `middle_` it stores the union
/// from that set up to `middle_`, and one union for all sets from `middle_` on: two of these make any window. `Words`
/// is the number of words of a set if it is known at compile time, else 0.
template <std::size_t Words>
class SlidingUnion {
 public:
  SlidingUnion(const std::uint64_t* sets, std::size_t words, std::size_t count, std::vector<std::uint64_t>& scratch)
      : sets_{sets}, words_{words} {
    scratch.resize((count + 1) * width());
    behind_ = scratch.data();
    ahead_ = scratch.data() + count * width();
    std::fill_n(ahead_, width(), std::uint64_t{0});
  }

  /// Gives the words of the union of sets [begin, end) to `take`.
  template <class Take>
  void operator()(std::size_t begin, std::size_t end, const Take& take) {
    for (; added_ < end; ++added_) {
      for (std::size_t w = 0; w < width(); ++w) ahead_[w] |= sets_[added_ * width() + w];
    }
    if (begin >= middle_) turn(begin);
    for (std::size_t w = 0; w < width(); ++w) take(behind_[begin * width() + w] | ahead_[w]);
  }

 private:
  [[nodiscard]] std::size_t width() const noexcept { return Words == 0 ? words_ : Words; }

  void turn(std::size_t begin) {
    std::uint64_t* to = behind_ + (added_ - 1) * width();
    for (std::size_t w = 0; w < width(); ++w) to[w] = sets_[(added_ - 1) * width() + w];
    for (std::size_t at = added_ - 1; at > begin; --at) {
      for (std::size_t w = 0; w < width(); ++w) {
        behind_[(at - 1) * width() + w] = behind_[at * width() + w] | sets_[(at - 1) * width() + w];
      }
    }
    middle_ = added_;
    std::fill_n(ahead_, width(), std::uint64_t{0});
  }

  const std::uint64_t* sets_;
  std::size_t words_;
  std::uint64_t* behind_;
  std::uint64_t* ahead_;
  std::size_t added_ = 0, middle_ = 0;
};

}  // namespace

class DistinctRows::Builder {
 public:
  Builder(DistinctRows& out, const Entries& entries, std::span<const std::uint64_t> keys,
          std::span<const std::int32_t> before)
      : out_{out}, entries_{entries}, keys_{keys}, before_{before} {}

  void run() {
    out_.accounts_.reserve(entries_.account_count());
    for (std::size_t a = 0; a < entries_.account_count(); ++a) add(a);
  }

 private:
  void add(std::size_t a) {
    const auto before = before_.subspan(a * out_.edge_count_, out_.edge_count_);
    const auto keys = entries_.values(a, keys_, gathered_);
    // No window reaches rows before the first edge or after the last.
    first_ = static_cast<std::size_t>(before[out_.first_edge_]);
    const auto reached = keys.subspan(first_, static_cast<std::size_t>(before.back()) - first_);
    if (add_sorted(reached)) return;
    const Places::Near near{reached};
    if (near.fits(reached.size()) && is_for_bits(near.count(), reached.size())) {
      return add_bits(near.count(), before, [&](std::size_t i) { return reached[i] - near.lowest; });
    }
    numbers_.resize(reached.size());
    places_.number(reached, numbers_);
    if (is_for_bits(places_.count(), reached.size())) {
      return add_bits(places_.count(), before, [&](std::size_t i) { return static_cast<std::uint64_t>(numbers_[i]); });
    }
    add_last(keys.size());
  }

  static std::size_t words_of(std::size_t numbers) noexcept { return (numbers + kWordBits - 1) / kWordBits; }

  [[nodiscard]] bool is_for_bits(std::size_t numbers, std::size_t rows) const noexcept {
    return words_of(numbers) * (out_.edge_count_ - out_.first_edge_) <= kMostWordsARow * rows;
  }

  /// Tries the form `sorted`; false if the values do not ascend. Its elements start at the account's first entry,
  /// reached or not, since `count` indexes them by entry.
  bool add_sorted(std::span<const std::uint64_t> reached) {
    Account account{Form::sorted, out_.changes_.size(), 0, 0};
    out_.changes_.resize(account.begin + first_ + reached.size());
    std::int32_t* changes = out_.changes_.data() + account.begin + first_;
    std::int32_t count = 0;
    for (std::size_t i = 0; i < reached.size(); ++i) {
      if (i > 0 && reached[i] < reached[i - 1]) {
        out_.changes_.resize(account.begin);
        return false;
      }
      count += i > 0 && reached[i] != reached[i - 1] ? 1 : 0;
      changes[i] = count;
    }
    out_.accounts_.push_back(account);
    return true;
  }

  /// Stores the form `bits`; `number(i)` numbers the value of the i-th reached entry.
  template <class Number>
  void add_bits(std::size_t numbers, std::span<const std::int32_t> before, const Number& number) {
    const std::size_t words = words_of(numbers);
    out_.accounts_.push_back({Form::bits, out_.bits_.size(), words, 0});
    out_.bits_.resize(out_.bits_.size() + (out_.edge_count_ - out_.first_edge_) * words, 0);
    std::uint64_t* bits = out_.bits_.data() + out_.accounts_.back().begin;
    for (std::size_t edge = out_.first_edge_; edge + 1 < out_.edge_count_; ++edge, bits += words) {
      for (auto i = static_cast<std::size_t>(before[edge]); i < static_cast<std::size_t>(before[edge + 1]); ++i) {
        const std::uint64_t at = number(i - first_);
        bits[at / kWordBits] |= std::uint64_t{1} << (at % kWordBits);
      }
    }
  }

  void add_last(std::size_t entries) {
    out_.accounts_.push_back({Form::last, out_.places_.size(), 0, places_.count()});
    out_.places_.resize(out_.places_.size() + entries, -1);
    std::ranges::copy(numbers_, out_.places_.end() - static_cast<std::ptrdiff_t>(entries - first_));
  }

  // `bits` takes time in proportion to edges times words, `last` in proportion to rows; two words take as long as a
  // row.
  static constexpr std::size_t kMostWordsARow = 2;

  DistinctRows& out_;
  const Entries& entries_;
  std::span<const std::uint64_t> keys_;
  std::span<const std::int32_t> before_;
  std::vector<std::uint64_t> gathered_;
  std::vector<std::int32_t> numbers_;
  Places places_;
  std::size_t first_ = 0;  // the first entry that is reached
};

DistinctRows::DistinctRows(const Entries& entries, std::span<const std::uint64_t> keys,
                           std::span<const std::int32_t> before, std::size_t edge_count, std::size_t first_edge)
    : edge_count_{edge_count}, first_edge_{first_edge} {
  Builder{*this, entries, keys, before}.run();
}

void DistinctRows::count(std::size_t account, const AccountEntries& entries, const Timeline::Window& window,
                         RunningScratch& scratch, std::span<double> out) const {
  const Account& own = accounts_[account];
  switch (own.form) {
    case Form::sorted: {
      const auto changes = std::span{changes_}.subspan(own.begin);
      for (std::size_t k = 0; k < out.size(); ++k) {
        const auto first = static_cast<std::size_t>(entries.first[k]), last = static_cast<std::size_t>(entries.last[k]);
        out[k] = first == last ? 0.0 : static_cast<double>(changes[last - 1] - changes[first] + 1);
      }
      return;
    }
    case Form::bits:
      return count_bits(own, window, scratch, out);
    case Form::last:
      return count_last(own, entries, scratch, out);
  }
}

void DistinctRows::count_bits(const Account& account, const Timeline::Window& window, RunningScratch& scratch,
                              std::span<double> out) const {
  const std::size_t sets = edge_count_ - first_edge_;
  const auto each = [&](auto&& sliding, const auto& finish) {
    for (std::size_t k = 0; k < out.size(); ++k) {
      const auto begin = static_cast<std::size_t>(window.begin[k]) - first_edge_,
                 end = static_cast<std::size_t>(window.end[k]) - first_edge_;
      std::uint64_t count = 0;
      if (begin < end) sliding(begin, end, [&](std::uint64_t word) { count += bits_set(word); });
      finish(k, count);
    }
  };
  const auto keep = [&](std::size_t k, std::uint64_t count) {
    out[k] = static_cast<double>(static_cast<std::int64_t>(count));
  };
  const std::uint64_t* bits = bits_.data() + account.begin;
  if (account.words == 1)
    each(SlidingUnion<1>{bits, 1, sets, scratch.bits}, keep);
  else
    each(SlidingUnion<0>{bits, account.words, sets, scratch.bits}, keep);
}

void DistinctRows::count_last(const Account& account, const AccountEntries& entries, RunningScratch& scratch,
                              std::span<double> out) const {
  const EntryRanges ranges = entry_ranges(entries, scratch);
  const auto places = std::span{places_}.subspan(account.begin, entries.rows.size());
  clear(scratch.change, out.size());
  constexpr std::int32_t kNever = std::numeric_limits<std::int32_t>::max();
  scratch.covered.assign(account.count, kNever);  // by value: the as-of from which its next row counts
  for (std::size_t i = entries.rows.size(); i-- > 0;) {
    if (places[i] < 0) continue;
    std::int32_t& next = scratch.covered[static_cast<std::size_t>(places[i])];
    const std::int32_t from = ranges.from[i];
    if (next == from) continue;
    const std::int32_t until = std::min(next, ranges.until[i]);
    next = from;
    if (until <= from) continue;
    ++scratch.change[static_cast<std::size_t>(from)];
    --scratch.change[static_cast<std::size_t>(until)];
  }
  accumulate(scratch.change, out);
}

}  // namespace customerhealth::metrics
