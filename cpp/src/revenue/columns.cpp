#include "revenue/columns.hpp"

#include <cstring>
#include <limits>
#include <string_view>

namespace customerhealth {
namespace {

struct OwnedTexts {
  Buffer<char> bytes;
  Buffer<std::int32_t> offsets;
  Buffer<std::int64_t> large_offsets;
};

template <class Offset>
void fill(Buffer<Offset>& offsets, Buffer<char>& bytes, const AccountIds& ids, std::span<const AccountRun> accounts) {
  std::size_t row = 0, at = 0;
  for (const AccountRun& of : accounts) {
    const std::string_view text = ids.text(of.account);
    for (std::size_t i = 0; i < of.rows; ++i) {
      offsets[row++] = static_cast<Offset>(at);
      if (!text.empty()) std::memcpy(bytes.data() + at, text.data(), text.size());
      at += text.size();
    }
  }
  offsets[row] = static_cast<Offset>(at);
}

}  // namespace

ResultColumn account_column(const AccountIds& ids, std::span<const AccountRun> accounts) {
  std::size_t rows = 0, bytes = 0;
  for (const AccountRun& of : accounts) rows += of.rows;
  if (ids.kind() == AccountIds::Kind::integer) {
    Filling<std::int64_t> column{rows};
    std::size_t row = 0;
    for (const AccountRun& of : accounts) {
      const std::int64_t id = ids.integer(of.account);
      for (std::size_t i = 0; i < of.rows; ++i) column.set(row++, id);
    }
    return std::move(column).finish("account_id", ResultColumn::Kind::integer, rows);
  }
  for (const AccountRun& of : accounts) bytes += of.rows * ids.text(of.account).size();
  auto texts = std::make_shared<OwnedTexts>();
  texts->bytes = Buffer<char>(std::max<std::size_t>(bytes, 1));
  ResultColumn column;
  column.name = "account_id";
  column.kind = ResultColumn::Kind::text;
  column.large_offsets = bytes > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max());
  if (column.large_offsets) {
    texts->large_offsets = Buffer<std::int64_t>(rows + 1);
    fill(texts->large_offsets, texts->bytes, ids, accounts);
    column.offsets = texts->large_offsets.data();
  } else {
    texts->offsets = Buffer<std::int32_t>(rows + 1);
    fill(texts->offsets, texts->bytes, ids, accounts);
    column.offsets = texts->offsets.data();
  }
  column.data = texts->bytes.data();
  column.owner = std::move(texts);
  return column;
}

}  // namespace customerhealth
