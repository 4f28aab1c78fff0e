#include "encode.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/hash_codes.hpp"
#include "customerhealth/common/utf8.hpp"

namespace customerhealth::ledger {
namespace {

constexpr std::int64_t kBatch = 256;          // rows whose slots are fetched before the first is looked at
constexpr std::int64_t kLeastStripe = 65536;  // shorter stripes cost more to merge than they save

/// Rows of a batch as keys and presence.
struct TextBatch {
  using Key = std::string_view;
  std::array<std::string_view, kBatch> keys;
  void read(const arrow::ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
    chunk.texts(begin, std::span{keys}.first(count));
  }
  [[nodiscard]] bool has(std::size_t i) const noexcept { return keys[i].data() != nullptr; }
};

struct IntegerBatch {
  using Key = std::int64_t;
  std::array<std::int64_t, kBatch> keys;
  std::array<std::uint8_t, kBatch> valid;
  void read(const arrow::ColumnChunk& chunk, std::int64_t begin, std::size_t count) {
    if (const auto* plain = chunk.plain_int64()) {
      std::copy_n(plain + begin, count, keys.begin());
      std::fill_n(valid.begin(), count, std::uint8_t{1});
    } else {
      chunk.integers(begin, std::span{keys}.first(count), std::span{valid}.first(count));
    }
  }
  [[nodiscard]] bool has(std::size_t i) const noexcept { return valid[i] != 0; }
};

template <class Batch>
void encode_piece(const ChunkPiece& piece, HashCodes<typename Batch::Key>& local, std::span<std::int32_t> out,
                  Watch& watch) {
  const auto keep = [](const typename Batch::Key& key) { return key; };  // Arrow's memory outlives the stripe's table
  Batch batch;
  std::array<std::uint64_t, kBatch> hashes{};
  for (std::int64_t done = 0; done < piece.rows; done += kBatch) {
    if (done % (kBatch * 1024) == 0) watch.check();
    const auto count = static_cast<std::size_t>(std::min(kBatch, piece.rows - done));
    batch.read(*piece.chunk, piece.begin + done, count);
    for (std::size_t i = 0; i < count; ++i) {
      if (!batch.has(i)) continue;
      hashes[i] = hash_of(batch.keys[i]);
      local.prefetch(hashes[i]);
    }
    std::int32_t* codes = &out[static_cast<std::size_t>(piece.row + done)];
    for (std::size_t i = 0; i < count; ++i) {
      codes[i] = batch.has(i) ? local.find_or_add(batch.keys[i], hashes[i], keep) : -1;
    }
  }
}

/// A dictionary's texts are looked up once; its rows are then a matter of indices.
void encode_dictionary_piece(const ChunkPiece& piece, HashCodes<std::string_view>& local, std::span<std::int32_t> out) {
  std::vector<std::string_view> texts(static_cast<std::size_t>(piece.chunk->dictionary_size()));
  piece.chunk->dictionary_texts(texts);
  std::vector<std::int32_t> codes(texts.size(), -2);  // looked up when first met: unused entries get no code
  const auto rows = out.subspan(static_cast<std::size_t>(piece.row), static_cast<std::size_t>(piece.rows));
  piece.chunk->dictionary_indices(piece.begin, rows);
  for (std::int32_t& row : rows) {
    if (row < 0) continue;
    auto& code = codes[static_cast<std::size_t>(row)];
    if (code == -2) {
      const auto text = texts[static_cast<std::size_t>(row)];
      code = text.data() == nullptr ? -1
                                    : local.find_or_add(text, hash_of(text), [](std::string_view key) { return key; });
    }
    row = code;
  }
}

template <class Batch>
void encode_stripe(const std::vector<ChunkPiece>& pieces, HashCodes<typename Batch::Key>& local,
                   std::span<std::int32_t> out, Watch& watch) {
  for (const ChunkPiece& piece : pieces) {
    if constexpr (std::is_same_v<Batch, TextBatch>) {
      if (piece.chunk->is_dictionary()) {
        encode_dictionary_piece(piece, local, out);
        continue;
      }
    }
    encode_piece<Batch>(piece, local, out, watch);
  }
}

/// Codes for integers that lie near each other: a table with a place for each value from the lowest to the highest, in
/// place of a hash table. Codes then ascend with the values.
class NearIntegers {
 public:
  NearIntegers(const std::vector<arrow::ColumnChunk>& chunks, Watch& watch)
      : chunks_{&chunks},
        watch_{&watch},
        rows_{rows_of(chunks)},
        stripes_{std::clamp<std::int64_t>(rows_ / kLeastStripe, 1, worker_count())} {
    std::vector<Range> ranges(static_cast<std::size_t>(stripes_));
    each_key([&](std::int64_t stripe) {
      return [&range = ranges[static_cast<std::size_t>(stripe)]](std::int64_t, std::int64_t key) {
        range = {std::min(range.low, key), std::max(range.high, key)};
      };
    });
    for (const Range& range : ranges) {
      range_ = {std::min(range_.low, range.low), std::max(range_.high, range.high)};
    }
  }

  /// The table costs by the range of the values, hashing by the rows: at most twice as many places as rows.
  [[nodiscard]] bool fits() const noexcept {
    return range_.low <= range_.high && size() < static_cast<std::uint64_t>(rows_) * 2 + 1024;
  }

  /// Interns each value that occurs, in ascending order.
  template <class Intern>
  [[nodiscard]] Buffer<std::int32_t> encode(const Intern& intern) const {
    std::vector<std::vector<std::uint8_t>> seen(static_cast<std::size_t>(stripes_));
    for (auto& own : seen) own.assign(size() + 1, 0);
    each_key([&](std::int64_t stripe) {
      return [this, own = seen[static_cast<std::size_t>(stripe)].data()](std::int64_t, std::int64_t key) {
        own[place(key)] = 1;
      };
    });
    std::vector<std::int32_t> codes(size() + 1, -1);
    for (std::size_t p = 0; p < codes.size(); ++p) {
      const auto has = [p](const std::vector<std::uint8_t>& own) { return own[p] != 0; };
      if (std::ranges::none_of(seen, has)) continue;
      const auto key = static_cast<std::int64_t>(static_cast<std::uint64_t>(range_.low) + p);
      codes[p] = intern(key, hash_of(key));
    }
    Buffer<std::int32_t> out(static_cast<std::size_t>(rows_));
    const bool has_nulls = std::ranges::any_of(*chunks_, &arrow::ColumnChunk::has_nulls);
    if (has_nulls) std::ranges::fill(out.span(), -1);
    each_key([&](std::int64_t) {
      return [this, &codes, to = out.data()](std::int64_t row, std::int64_t key) { to[row] = codes[place(key)]; };
    });
    return out;
  }

 private:
  struct Range {
    std::int64_t low = std::numeric_limits<std::int64_t>::max(), high = std::numeric_limits<std::int64_t>::min();
  };

  [[nodiscard]] std::size_t place(std::int64_t key) const noexcept {
    return static_cast<std::uint64_t>(key) - static_cast<std::uint64_t>(range_.low);
  }
  [[nodiscard]] std::size_t size() const noexcept { return place(range_.high); }

  /// Calls `body_of(stripe)(row, key)` for every key there is, stripes in parallel.
  template <class BodyOf>
  void each_key(const BodyOf& body_of) const {
    for_each(stripes_, [&](std::int64_t stripe) {
      watch_->check();
      const auto body = body_of(stripe);
      const std::int64_t begin = rows_ * stripe / stripes_, end = rows_ * (stripe + 1) / stripes_;
      for (const ChunkPiece& piece : pieces_of(*chunks_, begin, end)) {
        if (const std::int64_t* plain = piece.chunk->plain_int64()) {
          for (std::int64_t i = 0; i < piece.rows; ++i) body(piece.row + i, plain[piece.begin + i]);
        } else {
          each_decoded(piece, body);
        }
      }
    });
  }
  template <class Body>
  void each_decoded(const ChunkPiece& piece, const Body& body) const {
    IntegerBatch batch;
    for (std::int64_t done = 0; done < piece.rows; done += kBatch) {
      const auto count = static_cast<std::size_t>(std::min(kBatch, piece.rows - done));
      batch.read(*piece.chunk, piece.begin + done, count);
      for (std::size_t i = 0; i < count; ++i) {
        if (batch.has(i)) body(piece.row + done + static_cast<std::int64_t>(i), batch.keys[i]);
      }
    }
  }

  const std::vector<arrow::ColumnChunk>* chunks_;
  Watch* watch_;
  std::int64_t rows_, stripes_;
  Range range_;
};

/// Throws at the first row whose text is not UTF-8.
[[noreturn]] void refuse_not_utf8(const std::vector<arrow::ColumnChunk>& chunks, const ColumnPlace& place) {
  std::int64_t before = 0;
  for (const arrow::ColumnChunk& chunk : chunks) {
    TextBatch batch;
    for (std::int64_t done = 0; done < chunk.rows(); done += kBatch) {
      const auto count = static_cast<std::size_t>(std::min(kBatch, chunk.rows() - done));
      batch.read(chunk, done, count);
      for (std::size_t i = 0; i < count; ++i) {
        if (find_not_utf8(batch.keys[i]) == std::string_view::npos) continue;
        const std::int64_t row = place.numbers(before + done + static_cast<std::int64_t>(i));
        throw DataError{
            place.table + "." + place.column + "[" + std::to_string(row) + "]: " + words_for_not_utf8(batch.keys[i]),
            place.table, place.column, row, 1};
      }
    }
    before += chunk.rows();
  }
  throw Error{"a text that is not UTF-8 was met and not found again"};
}

template <class Batch, class Intern>
Buffer<std::int32_t> encode(const std::vector<arrow::ColumnChunk>& chunks, const Intern& intern, Watch& watch) {
  const std::int64_t rows = rows_of(chunks);
  Buffer<std::int32_t> out(static_cast<std::size_t>(rows));
  const auto stripes = std::clamp<std::int64_t>(rows / kLeastStripe, 1, worker_count());
  std::vector<HashCodes<typename Batch::Key>> locals(static_cast<std::size_t>(stripes));
  const auto edge = [&](std::int64_t stripe) { return rows * stripe / stripes; };
  for_each(stripes, [&](std::int64_t stripe) {
    const auto pieces = pieces_of(chunks, edge(stripe), edge(stripe + 1));
    encode_stripe<Batch>(pieces, locals[static_cast<std::size_t>(stripe)], out.span(), watch);
  });
  std::vector<std::vector<std::int32_t>> maps(locals.size());
  for (std::size_t s = 0; s < locals.size(); ++s) {
    maps[s].resize(static_cast<std::size_t>(locals[s].size()));
    for (std::int32_t code = 0; code < locals[s].size(); ++code) {
      const auto& key = locals[s].key(code);
      maps[s][static_cast<std::size_t>(code)] = intern(key, hash_of(key));
    }
  }
  for_each(stripes, [&](std::int64_t stripe) {
    const auto& map = maps[static_cast<std::size_t>(stripe)];
    bool is_identity = true;
    for (std::size_t i = 0; i < map.size(); ++i) is_identity &= map[i] == static_cast<std::int32_t>(i);
    if (is_identity) return;
    for (std::int64_t row = edge(stripe); row < edge(stripe + 1); ++row) {
      std::int32_t& code = out[static_cast<std::size_t>(row)];
      if (code >= 0) code = map[static_cast<std::size_t>(code)];
    }
  });
  return out;
}

}  // namespace

std::int64_t rows_of(const std::vector<arrow::ColumnChunk>& chunks) noexcept {
  return std::accumulate(chunks.begin(), chunks.end(), std::int64_t{0},
                         [](std::int64_t sum, const arrow::ColumnChunk& chunk) { return sum + chunk.rows(); });
}

std::vector<ChunkPiece> pieces_of(const std::vector<arrow::ColumnChunk>& chunks, std::int64_t begin, std::int64_t end) {
  std::vector<ChunkPiece> pieces;
  std::int64_t row = 0;
  for (const arrow::ColumnChunk& chunk : chunks) {
    const std::int64_t first = std::max(begin, row);
    const std::int64_t last = std::min(end, row + chunk.rows());
    if (first < last) pieces.push_back({&chunk, first - row, first, last - first});
    row += chunk.rows();
  }
  return pieces;
}

Buffer<std::int32_t> encode_texts(const std::vector<arrow::ColumnChunk>& chunks,
                                  const std::function<std::int32_t(std::string_view, std::uint64_t)>& intern,
                                  const ColumnPlace& place, Watch& watch) {
  // Each distinct text is looked at once, rows only where one of them is wrong.
  const auto intern_good = [&](std::string_view text, std::uint64_t hash) {
    if (find_not_utf8(text) != std::string_view::npos) refuse_not_utf8(chunks, place);
    return intern(text, hash);
  };
  return encode<TextBatch>(chunks, intern_good, watch);
}

Buffer<std::int32_t> encode_integers(const std::vector<arrow::ColumnChunk>& chunks,
                                     const std::function<std::int32_t(std::int64_t, std::uint64_t)>& intern,
                                     Watch& watch) {
  const NearIntegers near{chunks, watch};
  return near.fits() ? near.encode(intern) : encode<IntegerBatch>(chunks, intern, watch);
}

}  // namespace customerhealth::ledger
