#include <optional>
#include <span>

#include "customerhealth/common/number.hpp"
#include "customerhealth/ledger/account_column.hpp"
#include "customerhealth/panel/data.hpp"
#include "words.hpp"

namespace customerhealth::panel {
namespace {

/// The openings of plays at ticks, one a row.
class OpeningsTable {
 public:
  explicit OpeningsTable(const Panel::Data& data) : data_{data} {}

  [[nodiscard]] std::shared_ptr<const arrow::ResultTable> build() && {
    const model::Model& model = *data_.snapshot->model;
    auto names = std::make_shared<std::vector<std::string>>();
    for (std::size_t play = 0; play < model.plays.size(); ++play) {
      names->push_back(model.plays[play].name);
      for (const AccountTurn& turn : data_.life.plays[play].turns) add(play, turn);
    }
    auto table = std::make_shared<arrow::ResultTable>();
    const auto rows = static_cast<std::int64_t>(accounts_.size());
    table->batches.push_back(
        {rows,
         {ledger::account_column(*data_.snapshot->ledger->ids, accounts_),
          arrow::category_column("play", std::move(plays_), names), arrow::instant_column("opened", std::move(opened_)),
          arrow::instant_column("closed", std::move(closed_)), arrow::number_column("priority", std::move(priorities_)),
          std::move(owners_).column("owner")}});
    table->metadata = provenance(model);
    return table;
  }

 private:
  /// A closing at a tick ends the last opening; it is never the first turn of an account.
  void add(std::size_t play, const AccountTurn& turn) {
    if (!turn.is_tick) return;
    if (!turn.opens) {
      closed_.back() = micros_since_epoch(turn.at);
      return;
    }
    const model::PlaySpec& spec = data_.snapshot->model->plays[play];
    const PlayRecord& record = data_.life.plays[play];
    const std::size_t count = spec.values.size();
    const auto values = std::span{record.values}.subspan(turn.opening * count, count);
    accounts_.push_back(turn.account);
    plays_.push_back(static_cast<std::int32_t>(play));
    opened_.push_back(micros_since_epoch(turn.at));
    closed_.push_back(micros_since_epoch(kMissingInstant));
    priorities_.push_back(spec.priority ? record.priorities[turn.opening] : kNan);
    owners_.add(spec.owner ? std::optional{lifecycle::rendered(spec.owner, values, data_.snapshot->texts)}
                           : std::nullopt);
  }

  const Panel::Data& data_;
  std::vector<AccountCode> accounts_;
  std::vector<std::int32_t> plays_;
  std::vector<std::int64_t> opened_, closed_;
  std::vector<double> priorities_;
  Words owners_;
};

}  // namespace

std::shared_ptr<const arrow::ResultTable> Panel::openings() const { return OpeningsTable{*data_}.build(); }

}  // namespace customerhealth::panel
