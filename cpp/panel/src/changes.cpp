#include "customerhealth/scores/changes.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "cause_finder.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "customerhealth/panel/gathered.hpp"
#include "customerhealth/panel/pieces.hpp"
#include "customerhealth/scores/model_changes.hpp"

namespace customerhealth::panel {
namespace {

constexpr std::size_t kAccountsPerBatch = 4096;

/// Each different text of `because` once, in the order in which they first come.
class BecauseTexts {
 public:
  explicit BecauseTexts(const scores::Comparison& comparison) : comparison_{&comparison} {}

  [[nodiscard]] std::int32_t index(const scores::Change& change) {
    if (change.is_unexplained()) return -1;
    const bool of_part = std::holds_alternative<scores::Change::Entries>(change.because) ||
                         std::holds_alternative<scores::Change::Cases>(change.because);
    const Key key{of_part ? change.part : scores::PartIndex{}, change.because};
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
  using Key = std::pair<scores::PartIndex, scores::Change::Because>;  // the part where the text depends on it
  const scores::Comparison* comparison_;
  std::map<Key, std::int32_t> by_key_;
  std::map<std::string, std::int32_t> by_text_;
  std::shared_ptr<std::vector<std::string>> texts_ = std::make_shared<std::vector<std::string>>();
};

/// The table of the causes of all pairs of rows.
class ChangeTable {
 public:
  ChangeTable(const scores::Comparison& comparison, ComparedSide from, ComparedSide to, std::span<const RowPair> pairs)
      : comparison_{comparison},
        from_{from},
        to_{to},
        pairs_{pairs},
        pieces_{pieces_of(0, pairs.size(), kAccountsPerBatch)} {}

  [[nodiscard]] std::shared_ptr<arrow::ResultTable> build(const model::Model& model, Threads threads, Watch& watch) {
    const CauseFinder finder{comparison_, from_, to_, pairs_};
    std::vector<std::vector<scores::Change>> found(pieces_.size());
    std::shared_ptr<arrow::ResultTable> table = table_of(model, pieces_.size());
    run(threads, watch, [&] {
      each_piece(pieces_, watch, [&](std::size_t b) { found[b] = finder.find(pieces_[b]); });
      // In order and by one thread: the categories are the same whatever the threads.
      BecauseTexts texts{comparison_};
      std::vector<std::vector<std::int32_t>> because(pieces_.size());
      for (std::size_t b = 0; b < pieces_.size(); ++b) {
        for (const scores::Change& change : found[b]) because[b].push_back(texts.index(change));
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
    for (int cause = 0; cause <= static_cast<int>(scores::kLastCause); ++cause) {
      causes->emplace_back(scores::to_string(static_cast<scores::Cause>(cause)));
    }
    causes_ = std::move(causes);
  }

  [[nodiscard]] arrow::ResultTable::Batch batch(const std::vector<scores::Change>& changes,
                                                std::vector<std::int32_t> because) const {
    const std::size_t rows = changes.size();
    std::vector<std::int32_t> part(rows), cause(rows);
    std::vector<double> from(rows), to(rows), contribution(rows);
    for (std::size_t i = 0; i < rows; ++i) {
      const scores::Change& change = changes[i];
      part[i] = change.part.get();
      cause[i] = static_cast<std::int32_t>(change.cause);
      from[i] = change.from;
      to[i] = change.to;
      contribution[i] = change.contribution;
    }
    return {
        static_cast<std::int64_t>(rows),
        {accounts(changes), arrow::category_column("part", std::move(part), parts_),
         arrow::category_column("cause", std::move(cause), causes_),
         arrow::category_column("because", std::move(because), because_), arrow::number_column("from", std::move(from)),
         arrow::number_column("to", std::move(to)), arrow::number_column("contribution", std::move(contribution))}};
  }

  /// An account has its code on the side on which it has a row.
  [[nodiscard]] arrow::ResultColumn accounts(const std::vector<scores::Change>& changes) const {
    std::vector<ledger::NamedAccount> accounts(changes.size());
    for (std::size_t i = 0; i < changes.size(); ++i) {
      const RowPair& pair = pairs_[changes[i].row];
      const Panel::Data& data = *(pair.from != RowPair::kNoRow ? from_ : to_).data;
      accounts[i] = {data.snapshot->ledger->ids.get(), data.accounts[pair.any()]};
    }
    const ledger::AccountIds::Kind kind = from_.data->snapshot->ledger->ids->kind();
    return ledger::account_column(
        kind != ledger::AccountIds::Kind::unknown ? kind : to_.data->snapshot->ledger->ids->kind(), accounts);
  }

  const scores::Comparison& comparison_;
  ComparedSide from_, to_;
  std::span<const RowPair> pairs_;
  std::vector<Piece> pieces_;
  std::shared_ptr<const std::vector<std::string>> parts_, causes_, because_;
};

}  // namespace

std::span<const Instant> Panel::as_ofs() const noexcept { return data_->asked; }

std::shared_ptr<const arrow::ResultTable> Panel::why_changed(std::string_view score, Instant from, Instant to,
                                                             bool deep, Threads threads, Watch& watch,
                                                             PanelRows of) const {
  const model::BoundScore& bound = score_of(data_->snapshot->bound, score);
  const scores::Changes changes{bound, deep ? scores::Depth::deep : scores::Depth::one_level};
  const std::vector<RowPair> pairs = pairs_of(*data_, CutRows{of, data_->rows}, from, to);
  const ComparedSide side{data_.get(), bound.spec->slot};
  return ChangeTable{changes, side, side, pairs}.build(model(), threads, watch);
}

std::shared_ptr<const arrow::ResultTable> Panel::why_changed(std::string_view score, Instant as_of, const Panel& other,
                                                             std::span<const std::string> differences, bool deep,
                                                             Threads threads, Watch& watch) const {
  const model::BoundModel &bound = data_->snapshot->bound, &bound_other = other.data_->snapshot->bound;
  const model::BoundScore &from = score_of(bound, score), &to = score_of(bound_other, score);
  const scores::ModelChanges changes{
      {&bound, &from}, {&bound_other, &to}, deep ? scores::Depth::deep : scores::Depth::one_level, differences};
  const std::vector<RowPair> pairs = pairs_of(*data_, *other.data_, as_of);
  const ComparedSide before{data_.get(), from.spec->slot}, now{other.data_.get(), to.spec->slot};
  auto table = ChangeTable{changes, before, now, pairs}.build(model(), threads, watch);
  for (const auto& [key, value] : provenance(other.model())) table->metadata.emplace_back(key + ".other", value);
  return table;
}

}  // namespace customerhealth::panel
