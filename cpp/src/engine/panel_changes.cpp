#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <stdexcept>
#include <tuple>
#include <utility>

#include "customerhealth/scores/changes.hpp"
#include "gathered.hpp"
#include "panel_data.hpp"

namespace customerhealth {
namespace {

/// So few accounts that both dates' columns of a level stay in cache, as for contributions.
constexpr std::size_t kAccountsPerSlice = 256;
constexpr std::size_t kAccountsPerBatch = 4096;

constexpr std::size_t kNoRow = static_cast<std::size_t>(-1);

/// One account's rows at both dates.
struct RowPair {
  std::size_t from = kNoRow, to = kNoRow;
  [[nodiscard]] std::size_t any() const noexcept { return from != kNoRow ? from : to; }
};

/// The accounts that have a row at either date, in panel order.
std::vector<RowPair> pairs_of(const Panel::Data& data, const CutRows& cut, Instant from, Instant to) {
  std::vector<RowPair> pairs;
  for (std::size_t row = cut.begin; row < cut.end;) {
    const AccountCode account = data.accounts[row];
    RowPair pair;
    for (; row < cut.end && data.accounts[row] == account; ++row) {
      if (data.as_ofs[row] == from) pair.from = row;
      if (data.as_ofs[row] == to) pair.to = row;
    }
    if (pair.any() != kNoRow) pairs.push_back(pair);
  }
  return pairs;
}

/// The causes of some accounts; `row` of each is the place of its account among all pairs.
class Finder {
 public:
  Finder(const Panel::Data& data, const Changes& changes, std::int32_t slot, std::span<const RowPair> pairs)
      : data_{&data}, changes_{&changes}, slot_{static_cast<std::size_t>(slot)}, pairs_{pairs} {}

  [[nodiscard]] std::vector<Change> find(std::size_t begin, std::size_t count) const {
    std::vector<Change> out;
    for (std::size_t at = begin; at < begin + count; at += kAccountsPerSlice) {
      add_slice(at, std::min(kAccountsPerSlice, begin + count - at), out);
    }
    return out;
  }

 private:
  void add_slice(std::size_t begin, std::size_t count, std::vector<Change>& out) const {
    std::vector<std::size_t> places, from, to;
    std::vector<Change> found;
    for (std::size_t p = begin; p < begin + count; ++p) {
      const RowPair& pair = pairs_[p];
      if (pair.from != kNoRow && pair.to != kNoRow) {
        places.push_back(p);
        from.push_back(pair.from);
        to.push_back(pair.to);
      } else {
        add_lone(p, found);
      }
    }
    const std::size_t lone = found.size();
    if (!places.empty()) {
      const GatheredRows before{*data_, from, changes_->slots()}, now{*data_, to, changes_->slots()};
      changes_->fill(before.frame(), now.frame(), found);
    }
    for (std::size_t i = lone; i < found.size(); ++i) found[i].row = places[found[i].row];
    // The causes came part by part; each account's stay in that order.
    std::ranges::stable_sort(found, {}, &Change::row);
    out.insert(out.end(), found.begin(), found.end());
  }

  void add_lone(std::size_t p, std::vector<Change>& out) const {
    const bool now = pairs_[p].to != kNoRow;
    const auto score = std::get<std::span<const double>>(data_->columns[slot_]->view(pairs_[p].any(), 1))[0];
    if (std::isnan(score)) return;
    constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
    Change change;
    change.row = p;
    change.cause = now ? Cause::appeared : Cause::vanished;
    change.because = Change::Because::no_row;
    change.from = now ? kNan : score;
    change.to = now ? score : kNan;
    change.contribution = kNan;
    out.push_back(change);
  }

  const Panel::Data* data_;
  const Changes* changes_;
  std::size_t slot_;
  std::span<const RowPair> pairs_;
};

/// Each different text of `because` once, in the order in which they first come.
class BecauseTexts {
 public:
  explicit BecauseTexts(const Changes& changes) : changes_{&changes} {}

  [[nodiscard]] std::int32_t index(const Change& change) {
    if (change.because == Change::Because::nothing) return -1;
    using Because = Change::Because;
    const bool of_part = change.because == Because::entries || change.because == Because::cases;
    const Key key{change.because, of_part ? change.part : 0, change.x, change.y, change.held};
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return found->second;
    const std::string text = changes_->because(change);
    const auto [place, is_new] = by_text_.emplace(text, static_cast<std::int32_t>(texts_->size()));
    if (is_new) texts_->push_back(text);
    by_key_.emplace(key, place->second);
    return place->second;
  }
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> all() const { return texts_; }

 private:
  using Key = std::tuple<Change::Because, std::int32_t, std::int32_t, std::int32_t, std::int32_t>;
  const Changes* changes_;
  std::map<Key, std::int32_t> by_key_;
  std::map<std::string, std::int32_t> by_text_;
  std::shared_ptr<std::vector<std::string>> texts_ = std::make_shared<std::vector<std::string>>();
};

/// What all batches share.
struct Names {
  std::shared_ptr<const std::vector<std::string>> parts, causes, because;
};

Names names_of(const Changes& changes, std::shared_ptr<const std::vector<std::string>> because) {
  auto parts = std::make_shared<std::vector<std::string>>();
  for (const Changes::Listed& part : changes.parts()) parts->push_back(part.name);
  auto causes = std::make_shared<std::vector<std::string>>();
  for (int cause = 0; cause <= static_cast<int>(kLastCause); ++cause) {
    causes->emplace_back(to_string(static_cast<Cause>(cause)));
  }
  return {parts, causes, std::move(because)};
}

ResultTable::Batch batch_of(const Panel::Data& data, std::span<const RowPair> pairs, const std::vector<Change>& changes,
                            std::vector<std::int32_t> because, const Names& names) {
  const std::size_t rows = changes.size();
  std::vector<AccountCode> accounts(rows);
  std::vector<std::int32_t> part(rows), cause(rows);
  std::vector<double> from(rows), to(rows), contribution(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const Change& change = changes[i];
    accounts[i] = data.accounts[pairs[change.row].any()];
    part[i] = change.part;
    cause[i] = static_cast<std::int32_t>(change.cause);
    from[i] = change.from;
    to[i] = change.to;
    contribution[i] = change.contribution;
  }
  return {static_cast<std::int64_t>(rows),
          {account_column(*data.snapshot->ledger, accounts), category_column("part", std::move(part), names.parts),
           category_column("cause", std::move(cause), names.causes),
           category_column("because", std::move(because), names.because), number_column("from", std::move(from)),
           number_column("to", std::move(to)), number_column("contribution", std::move(contribution))}};
}

}  // namespace

std::span<const Instant> Panel::as_ofs() const noexcept { return data_->asked; }

std::shared_ptr<const ResultTable> Panel::why_changed(std::string_view score, Instant from, Instant to, bool deep,
                                                      Threads threads, Watch& watch, PanelRows of) const {
  const auto index = model().find_score(score);
  if (!index) throw std::out_of_range{"the model has no score '" + std::string{score} + "'"};
  const Changes changes{data_->snapshot->bound, *index, deep ? Depth::deep : Depth::one_level};
  const std::int32_t slot = model().scores[static_cast<std::size_t>(*index)].slot;
  const std::vector<RowPair> pairs = pairs_of(*data_, CutRows{of, data_->rows}, from, to);
  const Finder finder{*data_, changes, slot, pairs};
  const std::size_t batches = std::max<std::size_t>(1, (pairs.size() + kAccountsPerBatch - 1) / kAccountsPerBatch);
  std::vector<std::vector<Change>> found(batches);
  auto table = std::make_shared<ResultTable>();
  table->batches.resize(batches);
  table->metadata = provenance(model());
  run(threads, watch, [&] {
    watch.expect(static_cast<std::int64_t>(batches));
    for_each(static_cast<std::int64_t>(batches), [&](std::int64_t batch) {
      watch.check();
      const auto b = static_cast<std::size_t>(batch);
      const std::size_t begin = b * kAccountsPerBatch;
      found[b] = finder.find(begin, std::min(kAccountsPerBatch, pairs.size() - begin));
      watch.advance();
    });
    // One after the other, so that threads do not decide which text comes first.
    BecauseTexts texts{changes};
    std::vector<std::vector<std::int32_t>> because(batches);
    for (std::size_t b = 0; b < batches; ++b) {
      for (const Change& change : found[b]) because[b].push_back(texts.index(change));
    }
    const Names names = names_of(changes, texts.all());
    for_each(static_cast<std::int64_t>(batches), [&](std::int64_t batch) {
      const auto b = static_cast<std::size_t>(batch);
      table->batches[b] = batch_of(*data_, pairs, found[b], std::move(because[b]), names);
    });
  });
  return table;
}

}  // namespace customerhealth
