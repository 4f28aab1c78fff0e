#pragma once

#include <cstdint>
#include <memory>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "customerhealth/common/buffer.hpp"
#include "customerhealth/common/code.hpp"
#include "customerhealth/common/parallel.hpp"
#include "customerhealth/ledger/text_dictionary.hpp"
#include "customerhealth/source/prepared.hpp"

namespace customerhealth::ledger {

/// The accounts of a portfolio: ids are texts or integers, one type in a portfolio. Only ever grows.
class AccountIds {
 public:
  enum class Kind : std::uint8_t { unknown, integer, text };

  AccountIds() = default;
  /// While nobody has an id, they are of the kind that sources before said.
  explicit AccountIds(Kind declared) : declared_{declared} {}
  /// Of other things than accounts: `what` they are called in messages, as in "keys of users".
  explicit AccountIds(std::string what) : what_{std::move(what)} {}

  /// While there are no ids, what the source of the first column without any says.
  [[nodiscard]] Kind kind() const noexcept { return kind_ == Kind::unknown ? declared_ : kind_; }
  [[nodiscard]] std::int32_t size() const noexcept;
  [[nodiscard]] std::int64_t integer(AccountCode code) const noexcept { return integers_.key(code.get()); }
  [[nodiscard]] std::string_view text(AccountCode code) const noexcept { return texts_.text(TextCode{code.get()}); }
  /// As a person would write it.
  [[nodiscard]] std::string name(AccountCode code) const;
  /// Integers by value, texts by bytes.
  [[nodiscard]] bool less(AccountCode a, AccountCode b) const noexcept;

  /// Each row's account, -1 where null or an empty text; new ids get new codes. A column without ids fits any. Throws
  /// DataError when the column is neither text nor integers (decimals and floats that are whole count as such), or not
  /// what the other tables have. `numbers` are what rows are called.
  [[nodiscard]] Buffer<std::int32_t> encode(const arrow::ArrowTable& table, std::size_t column,
                                            const std::string& table_name, source::RowNumbers numbers, Watch& watch);

  /// The first ids of an empty portfolio, with the codes of their places. Throws Error where one is there twice.
  void adopt(std::span<const std::string_view> texts, std::shared_ptr<const void> owner);
  void adopt(std::span<const std::int64_t> integers);
  /// What the ids are of: texts, integers, or not known.
  [[nodiscard]] Kind kind_of_ids() const noexcept { return kind_; }
  [[nodiscard]] Kind declared() const noexcept { return declared_; }
  void declare(Kind declared) noexcept { declared_ = declared; }

  /// Numbers the accounts anew in the order of their ids and gives the new code of each old one, so that what is
  /// loaded first lies in panel order.
  [[nodiscard]] std::vector<std::int32_t> sort();

 private:
  [[nodiscard]] Buffer<std::int32_t> without_ids(arrow::SourceKind source, std::int64_t rows);
  [[nodiscard]] Buffer<std::int32_t> encode_whole(const std::vector<arrow::ColumnChunk>& chunks, Watch& watch);
  void settle_kind(Kind kind, const arrow::ArrowTable& table, std::size_t column, const std::string& table_name);

  std::string what_ = "account ids";
  Kind kind_ = Kind::unknown, declared_ = Kind::unknown;
  TextDictionary texts_;
  HashCodes<std::int64_t> integers_;
  mutable std::shared_mutex mutex_;
};

}  // namespace customerhealth::ledger
