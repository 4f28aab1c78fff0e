#include "customerhealth/ledger/account_column.hpp"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string_view>

#include "customerhealth/common/buffer.hpp"

namespace customerhealth::ledger {
namespace {

arrow::ResultColumn integer_column(std::shared_ptr<Buffer<std::int64_t>> values) {
  arrow::ResultColumn column;
  column.name = "account_id";
  column.kind = arrow::ResultColumn::Kind::integer;
  column.data = values->data();
  column.owner = std::move(values);
  return column;
}

/// `id(i)` is that of row i.
template <class Id>
arrow::ResultColumn text_ids(std::size_t rows, const Id& id) {
  std::size_t bytes = 0;
  for (std::size_t i = 0; i < rows; ++i) bytes += id(i).size();
  struct OwnedTexts {
    Buffer<char> bytes;
    Buffer<std::int32_t> offsets;
    Buffer<std::int64_t> large_offsets;
  };
  auto texts = std::make_shared<OwnedTexts>();
  texts->bytes = Buffer<char>(std::max<std::size_t>(bytes, 1));
  arrow::ResultColumn column;
  column.name = "account_id";
  column.large_offsets = bytes > INT32_MAX;
  const auto fill = [&]<class Offset>(Buffer<Offset>& offsets) {
    offsets = Buffer<Offset>(rows + 1);
    std::size_t at = 0;
    for (std::size_t i = 0; i < rows; ++i) {
      offsets[i] = static_cast<Offset>(at);
      const std::string_view text = id(i);
      if (!text.empty()) std::memcpy(texts->bytes.data() + at, text.data(), text.size());
      at += text.size();
    }
    offsets[rows] = static_cast<Offset>(at);
    column.offsets = offsets.data();
  };
  if (column.large_offsets)
    fill(texts->large_offsets);
  else
    fill(texts->offsets);
  column.kind = arrow::ResultColumn::Kind::text;
  column.data = texts->bytes.data();
  column.owner = texts;
  return column;
}

}  // namespace

/// Rows of an account mostly lie side by side.
arrow::ResultColumn account_column(const AccountIds& ids, std::span<const AccountCode> accounts) {
  if (ids.kind() != AccountIds::Kind::integer) {
    return text_ids(accounts.size(), [&](std::size_t i) { return ids.text(accounts[i]); });
  }
  auto values = std::make_shared<Buffer<std::int64_t>>(accounts.size());
  for (std::size_t begin = 0, end = 0; begin < accounts.size(); begin = end) {
    while (end < accounts.size() && accounts[end] == accounts[begin]) ++end;
    std::fill(values->data() + begin, values->data() + end, ids.integer(accounts[begin]));
  }
  return integer_column(std::move(values));
}

arrow::ResultColumn account_column(AccountIds::Kind kind, std::span<const NamedAccount> accounts) {
  if (kind != AccountIds::Kind::integer) {
    return text_ids(accounts.size(), [&](std::size_t i) { return accounts[i].ids->text(accounts[i].code); });
  }
  auto values = std::make_shared<Buffer<std::int64_t>>(accounts.size());
  for (std::size_t i = 0; i < accounts.size(); ++i) (*values)[i] = accounts[i].ids->integer(accounts[i].code);
  return integer_column(std::move(values));
}

}  // namespace customerhealth::ledger
