#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/scores/changes.hpp"
#include "customerhealth/scores/model_changes.hpp"
#include "gathered.hpp"
#include "panel_data.hpp"
#include "pieces.hpp"

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

/// The rows of one as-of in panel order, and what their accounts are called.
class RowsAt {
 public:
  RowsAt(const Panel::Data& data, Instant as_of) : data_{&data}, ids_{data.snapshot->ledger->ids.get()} {
    for (std::size_t row = 0; row < data.rows; ++row) {
      if (data.as_ofs[row] == as_of) rows_.push_back(row);
    }
  }

  [[nodiscard]] bool done() const noexcept { return next_ == rows_.size(); }
  [[nodiscard]] std::size_t take() noexcept { return rows_[next_++]; }
  /// Whether its next account comes before the other's. Both have one, with ids of one kind.
  [[nodiscard]] bool is_before(const RowsAt& other) const noexcept {
    return ids_->kind() == AccountIds::Kind::integer ? ids_->integer(account()) < other.ids_->integer(other.account())
                                                     : ids_->text(account()) < other.ids_->text(other.account());
  }

 private:
  [[nodiscard]] AccountCode account() const noexcept { return data_->accounts[rows_[next_]]; }

  const Panel::Data* data_;
  const AccountIds* ids_;
  std::vector<std::size_t> rows_;
  std::size_t next_ = 0;
};

/// The accounts that have a row in either panel, by id.
std::vector<RowPair> pairs_of(const Panel::Data& from, const Panel::Data& to, Instant as_of) {
  using Kind = AccountIds::Kind;
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

/// One side of a comparison.
struct Side {
  const Panel::Data* data;
  std::int32_t slot;  // of the score
};

/// The causes of some accounts; `row` of each is the place of its account among all pairs.
class Finder {
 public:
  Finder(const Comparison& comparison, Side from, Side to, std::span<const RowPair> pairs)
      : comparison_{&comparison}, from_{from}, to_{to}, pairs_{pairs} {}

  [[nodiscard]] std::vector<Change> find(Piece accounts) const {
    std::vector<Change> out;
    for (std::size_t at = accounts.begin; at < accounts.begin + accounts.count; at += kAccountsPerSlice) {
      add_slice(at, std::min(kAccountsPerSlice, accounts.begin + accounts.count - at), out);
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
      const GatheredRows before{*from_.data, from, comparison_->slots_from()};
      const GatheredRows now{*to_.data, to, comparison_->slots_to()};
      comparison_->fill(before.frame(), now.frame(), found);
    }
    for (std::size_t i = lone; i < found.size(); ++i) found[i].row = places[found[i].row];
    // The causes came part by part; each account's stay in that order.
    std::ranges::stable_sort(found, {}, &Change::row);
    out.insert(out.end(), found.begin(), found.end());
  }

  void add_lone(std::size_t p, std::vector<Change>& out) const {
    const bool now = pairs_[p].to != kNoRow;
    const Side& side = now ? to_ : from_;
    const auto& column = *side.data->columns[static_cast<std::size_t>(side.slot)];
    const auto score = std::get<std::span<const double>>(column.view(pairs_[p].any(), 1))[0];
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

  const Comparison* comparison_;
  Side from_, to_;
  std::span<const RowPair> pairs_;
};

/// Each different text of `because` once, in the order in which they first come.
class BecauseTexts {
 public:
  explicit BecauseTexts(const Comparison& comparison) : comparison_{&comparison} {}

  [[nodiscard]] std::int32_t index(const Change& change) {
    if (change.because == Change::Because::nothing) return -1;
    using Because = Change::Because;
    const bool of_part = change.because == Because::entries || change.because == Because::cases;
    const Key key{change.because, of_part ? change.part : 0, change.x, change.y, change.held};
    const auto found = by_key_.find(key);
    if (found != by_key_.end()) return found->second;
    const std::string text = comparison_->because(change);
    const auto [place, is_new] = by_text_.emplace(text, static_cast<std::int32_t>(texts_->size()));
    if (is_new) texts_->push_back(text);
    by_key_.emplace(key, place->second);
    return place->second;
  }
  [[nodiscard]] std::shared_ptr<const std::vector<std::string>> all() const { return texts_; }

 private:
  using Key = std::tuple<Change::Because, std::int32_t, std::int32_t, std::int32_t, std::int32_t>;
  const Comparison* comparison_;
  std::map<Key, std::int32_t> by_key_;
  std::map<std::string, std::int32_t> by_text_;
  std::shared_ptr<std::vector<std::string>> texts_ = std::make_shared<std::vector<std::string>>();
};

/// The table of the causes of all pairs of rows.
class ChangeTable {
 public:
  ChangeTable(const Comparison& comparison, Side from, Side to, std::span<const RowPair> pairs)
      : comparison_{comparison},
        from_{from},
        to_{to},
        pairs_{pairs},
        pieces_{pieces_of(0, pairs.size(), kAccountsPerBatch)} {}

  [[nodiscard]] std::shared_ptr<ResultTable> build(const Model& model, Threads threads, Watch& watch) {
    const Finder finder{comparison_, from_, to_, pairs_};
    std::vector<std::vector<Change>> found(pieces_.size());
    std::shared_ptr<ResultTable> table = table_of(model, pieces_.size());
    run(threads, watch, [&] {
      each_piece(pieces_, watch, [&](std::size_t b) { found[b] = finder.find(pieces_[b]); });
      // One after the other, so that threads do not decide which text comes first.
      BecauseTexts texts{comparison_};
      std::vector<std::vector<std::int32_t>> because(pieces_.size());
      for (std::size_t b = 0; b < pieces_.size(); ++b) {
        for (const Change& change : found[b]) because[b].push_back(texts.index(change));
      }
      because_ = texts.all();
      name_categories();
      for_each(static_cast<std::int64_t>(pieces_.size()), [&](std::int64_t piece) {
        const auto b = static_cast<std::size_t>(piece);
        table->batches[b] = batch(found[b], std::move(because[b]));
      });
    });
    return table;
  }

 private:
  void name_categories() {
    parts_ = std::make_shared<std::vector<std::string>>(comparison_.part_names());
    auto causes = std::make_shared<std::vector<std::string>>();
    for (int cause = 0; cause <= static_cast<int>(kLastCause); ++cause) {
      causes->emplace_back(to_string(static_cast<Cause>(cause)));
    }
    causes_ = std::move(causes);
  }

  [[nodiscard]] ResultTable::Batch batch(const std::vector<Change>& changes, std::vector<std::int32_t> because) const {
    const std::size_t rows = changes.size();
    std::vector<std::int32_t> part(rows), cause(rows);
    std::vector<double> from(rows), to(rows), contribution(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const Change& change = changes[i];
      part[i] = change.part;
      cause[i] = static_cast<std::int32_t>(change.cause);
      from[i] = change.from;
      to[i] = change.to;
      contribution[i] = change.contribution;
    }
    return {static_cast<std::int64_t>(rows),
            {accounts(changes), category_column("part", std::move(part), parts_),
             category_column("cause", std::move(cause), causes_),
             category_column("because", std::move(because), because_), number_column("from", std::move(from)),
             number_column("to", std::move(to)), number_column("contribution", std::move(contribution))}};
  }

  /// An account has its code on the side on which it has a row.
  [[nodiscard]] ResultColumn accounts(const std::vector<Change>& changes) const {
    std::vector<NamedAccount> accounts(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const RowPair& pair = pairs_[changes[i].row];
      const Panel::Data& data = *(pair.from != kNoRow ? from_ : to_).data;
      accounts[i] = {data.snapshot->ledger->ids.get(), data.accounts[pair.any()]};
    }
    const AccountIds::Kind kind = from_.data->snapshot->ledger->ids->kind();
    return account_column(kind != AccountIds::Kind::unknown ? kind : to_.data->snapshot->ledger->ids->kind(), accounts);
  }

  const Comparison& comparison_;
  Side from_, to_;
  std::span<const RowPair> pairs_;
  std::vector<Piece> pieces_;
  std::shared_ptr<const std::vector<std::string>> parts_, causes_, because_;
};

std::int32_t slot_of(const Model& model, std::int32_t score) {
  return model.scores[static_cast<std::size_t>(score)].slot;
}

}  // namespace

std::span<const Instant> Panel::as_ofs() const noexcept { return data_->asked; }

std::shared_ptr<const ResultTable> Panel::why_changed(std::string_view score, Instant from, Instant to, bool deep,
                                                      Threads threads, Watch& watch, PanelRows of) const {
  const std::int32_t index = score_index(model(), score);
  const Changes changes{data_->snapshot->bound, index, deep ? Depth::deep : Depth::one_level};
  const std::vector<RowPair> pairs = pairs_of(*data_, CutRows{of, data_->rows}, from, to);
  const Side side{data_.get(), slot_of(model(), index)};
  return ChangeTable{changes, side, side, pairs}.build(model(), threads, watch);
}

std::shared_ptr<const ResultTable> Panel::why_changed(std::string_view score, Instant as_of, const Panel& other,
                                                      std::span<const std::string> differences, bool deep,
                                                      Threads threads, Watch& watch) const {
  const std::int32_t from = score_index(model(), score), to = score_index(other.model(), score);
  const ModelChanges changes{{&data_->snapshot->bound, from},
                             {&other.data_->snapshot->bound, to},
                             deep ? Depth::deep : Depth::one_level,
                             differences};
  const std::vector<RowPair> pairs = pairs_of(*data_, *other.data_, as_of);
  const Side before{data_.get(), slot_of(model(), from)}, now{other.data_.get(), slot_of(other.model(), to)};
  auto table = ChangeTable{changes, before, now, pairs}.build(model(), threads, watch);
  for (const auto& [key, value] : provenance(other.model())) table->metadata.emplace_back(key + ".other", value);
  return table;
}

}  // namespace customerhealth
