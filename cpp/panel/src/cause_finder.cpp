#include "cause_finder.hpp"

#include <algorithm>
#include <cmath>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/number.hpp"
#include "customerhealth/panel/gathered.hpp"

namespace customerhealth::panel {
namespace {

/// Accounts per piece: the columns of a level at both dates then fit the cache, as in contributions.
constexpr std::size_t kAccountsPerSlice = 256;

/// The rows of one as-of in panel order, and what their accounts are called.
class RowsAt {
 public:
  RowsAt(const Panel::Data& data, Instant as_of) : data_{&data}, ids_{data.snapshot->ledger->ids.get()} {
    for (std::size_t row = 0; row < data.rows; ++row) {
      if ((*data.as_ofs)[row] == as_of) rows_.push_back(row);
    }
  }

  [[nodiscard]] bool done() const noexcept { return next_ == rows_.size(); }
  [[nodiscard]] std::size_t take() noexcept { return rows_[next_++]; }
  /// Whether the next account of this side comes first. Both sides have one, with ids of one kind.
  [[nodiscard]] bool is_before(const RowsAt& other) const noexcept {
    return ids_->kind() == ledger::AccountIds::Kind::integer
               ? ids_->integer(account()) < other.ids_->integer(other.account())
               : ids_->text(account()) < other.ids_->text(other.account());
  }

 private:
  [[nodiscard]] AccountCode account() const noexcept { return data_->accounts[rows_[next_]]; }

  const Panel::Data* data_;
  const ledger::AccountIds* ids_;
  std::vector<std::size_t> rows_;
  std::size_t next_ = 0;
};

}  // namespace

std::vector<RowPair> pairs_of(const Panel::Data& data, const CutRows& cut, Instant from, Instant to) {
  std::vector<RowPair> pairs;
  for (std::size_t row = cut.begin; row < cut.end;) {
    const AccountCode account = data.accounts[row];
    RowPair pair;
    for (; row < cut.end && data.accounts[row] == account; ++row) {
      if ((*data.as_ofs)[row] == from) pair.from = row;
      if ((*data.as_ofs)[row] == to) pair.to = row;
    }
    if (pair.any() != RowPair::kNoRow) pairs.push_back(pair);
  }
  return pairs;
}

/// The panels may come from portfolios with other codes of accounts, so rows are paired by id, both sides in its order.
std::vector<RowPair> pairs_of(const Panel::Data& from, const Panel::Data& to, Instant as_of) {
  using Kind = ledger::AccountIds::Kind;
  const Kind one = from.snapshot->ledger->ids->kind(), two = to.snapshot->ledger->ids->kind();
  if (one != two && one != Kind::unknown && two != Kind::unknown) {
    const auto words = [](Kind kind) { return std::string{kind == Kind::integer ? "integers" : "texts"}; };
    throw DataError{"other: its account ids are " + words(two) + ", those of this panel " + words(one) +
                        "; expected a panel of the same accounts",
                    "", "account_id"};
  }
  std::vector<RowPair> pairs;
  RowsAt before{from, as_of}, now{to, as_of};
  while (!before.done() || !now.done()) {
    const bool first = now.done() || (!before.done() && !now.is_before(before));
    const bool second = before.done() || (!now.done() && !before.is_before(now));
    RowPair& pair = pairs.emplace_back();
    if (first) pair.from = before.take();
    if (second) pair.to = now.take();
  }
  return pairs;
}

std::vector<scores::Change> CauseFinder::find(Piece accounts) const {
  std::vector<scores::Change> out;
  for (std::size_t at = accounts.begin; at < accounts.begin + accounts.count; at += kAccountsPerSlice) {
    add_slice(at, std::min(kAccountsPerSlice, accounts.begin + accounts.count - at), out);
  }
  return out;
}

void CauseFinder::add_slice(std::size_t begin, std::size_t count, std::vector<scores::Change>& out) const {
  std::vector<std::size_t> places, from, to;
  std::vector<scores::Change> found;
  for (std::size_t p = begin; p < begin + count; ++p) {
    const RowPair& pair = pairs_[p];
    if (pair.from != RowPair::kNoRow && pair.to != RowPair::kNoRow) {
      places.push_back(p);
      from.push_back(pair.from);
      to.push_back(pair.to);
    } else {
      add_lone(p, found);
    }
  }
  const std::size_t lone = found.size();
  if (!places.empty()) {
    const GatheredRows before{*from_.data, from, comparison_->slots_from()};
    const GatheredRows now{*to_.data, to, comparison_->slots_to()};
    comparison_->fill(before.frame(), now.frame(), found);
  }
  for (std::size_t i = lone; i < found.size(); ++i) found[i].row = places[found[i].row];
  // Causes were found part by part; a stable sort by account keeps that order within each account.
  std::ranges::stable_sort(found, {}, &scores::Change::row);
  out.insert(out.end(), found.begin(), found.end());
}

void CauseFinder::add_lone(std::size_t p, std::vector<scores::Change>& out) const {
  const bool now = pairs_[p].to != RowPair::kNoRow;
  const ComparedSide& side = now ? to_ : from_;
  const auto& column = *side.data->columns[side.slot.place()];
  const auto score = std::get<std::span<const double>>(column.view(pairs_[p].any(), 1))[0];
  if (std::isnan(score)) return;
  scores::Change change;
  change.row = p;
  change.cause = now ? scores::Cause::appeared : scores::Cause::vanished;
  change.because = scores::Change::NoRow{};
  change.from = now ? kNan : score;
  change.to = now ? score : kNan;
  change.contribution = kNan;
  out.push_back(change);
}

}  // namespace customerhealth::panel
