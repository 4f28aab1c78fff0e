#include "joined_keys.hpp"

#include <algorithm>
#include <cmath>
#include <memory>
#include <string>

#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/hash_codes.hpp"
#include "customerhealth/common/length.hpp"
#include "customerhealth/common/number.hpp"
#include "read_values.hpp"

namespace customerhealth::source {
namespace {

std::string digits_of(Int128 value) {
  if (value == 0) return "0";
  std::string out;
  Uint128 rest = value < 0 ? Uint128{0} - static_cast<Uint128>(value) : static_cast<Uint128>(value);
  for (; rest > 0; rest /= 10) out += static_cast<char>('0' + static_cast<int>(rest % 10));
  if (value < 0) out += '-';
  std::ranges::reverse(out);
  return out;
}

/// A decimal without the zeros that its scale adds.
std::string written(Int128 value, std::int32_t scale) {
  while (scale > 0 && value % 10 == 0) value /= 10, --scale;
  if (scale == 0) return digits_of(value);
  std::string out = digits_of(value < 0 ? -value : value);
  const auto width = static_cast<std::size_t>(scale) + 1;
  if (out.size() < width) out.insert(0, width - out.size(), '0');
  out.insert(out.size() - static_cast<std::size_t>(scale), ".");
  return (value < 0 ? "-" : "") + out;
}

/// A whole double is the integer that it is.
std::string written(double value) {
  const bool whole = std::abs(value) < 0x1p62 && std::trunc(value) == value;
  return whole ? std::to_string(static_cast<std::int64_t>(value)) : shortest(value);
}

void append_escaped(std::string& out, std::string_view text) {
  for (const char c : text) {
    if (c == ',' || c == '\\') out += '\\';
    out += c;
  }
}

/// Appends each row's value to its key; a row without one is marked.
void append(const arrow::ColumnChunk& part, std::vector<std::string>& keys, std::vector<std::uint8_t>& there) {
  const auto each = [&](const auto& has, const auto& text) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!has(i)) {
        there[i] = 0;
      } else if (there[i] != 0) {
        text(i);
      }
    }
  };
  switch (part.kind()) {
    case arrow::SourceKind::text: {
      std::vector<std::string_view> texts(keys.size());
      part.texts(0, texts);
      return each([&](std::size_t i) { return !texts[i].empty(); },  // an empty text is no key
                  [&](std::size_t i) { append_escaped(keys[i], texts[i]); });
    }
    case arrow::SourceKind::integer: {
      std::vector<std::int64_t> values(keys.size());
      std::vector<std::uint8_t> valid(keys.size());
      part.integers(0, values, valid);
      return each([&](std::size_t i) { return valid[i] != 0; },
                  [&](std::size_t i) {
                    keys[i] += part.is_unsigned() ? std::to_string(static_cast<std::uint64_t>(values[i]))
                                                  : std::to_string(values[i]);
                  });
    }
    case arrow::SourceKind::number: {
      std::vector<Int128> exact(keys.size());
      if (part.decimal_scale() && part.decimals(0, exact) < 0) {
        std::vector<std::uint8_t> valid(keys.size());
        part.validity(0, valid);
        return each([&](std::size_t i) { return valid[i] != 0; },
                    [&](std::size_t i) { keys[i] += written(exact[i], *part.decimal_scale()); });
      }
      std::vector<double> values(keys.size());
      part.numbers(0, values);
      return each([&](std::size_t i) { return values[i] == values[i]; },
                  [&](std::size_t i) { keys[i] += written(values[i]); });
    }
    case arrow::SourceKind::boolean: {
      std::vector<Truth> values(keys.size());
      part.truths(0, values);
      return each([&](std::size_t i) { return values[i] != Truth::missing; },
                  [&](std::size_t i) { keys[i] += values[i] == Truth::yes ? "true" : "false"; });
    }
    case arrow::SourceKind::instant: {
      std::vector<Instant> values(keys.size());
      static_cast<void>(part.instants(0, values));
      return each([&](std::size_t i) { return !is_missing(values[i]); },
                  [&](std::size_t i) { keys[i] += customerhealth::to_string(values[i]); });
    }
    default:
      std::ranges::fill(there, std::uint8_t{0});
  }
}

struct KeptKeys {
  std::vector<std::string> keys;
};

}  // namespace

arrow::ColumnChunk joined_keys(const std::vector<arrow::ColumnChunk>& parts) {
  auto owner = std::make_shared<KeptKeys>();
  const auto rows = static_cast<std::size_t>(parts.front().rows());
  owner->keys.resize(rows);
  std::vector<std::uint8_t> there(rows, 1);
  for (std::size_t p = 0; p < parts.size(); ++p) {
    if (p > 0) {
      for (std::string& key : owner->keys) key += ", ";
    }
    append(parts[p], owner->keys, there);
  }
  HashCodes<std::string_view> codes;
  Buffer<std::int32_t> indices(rows);
  for (std::size_t i = 0; i < rows; ++i) {
    const std::string_view key = owner->keys[i];
    indices[i] = there[i] == 0 ? -1 : codes.find_or_add(key, hash_of(key), [](std::string_view text) { return text; });
  }
  std::vector<std::string_view> texts;
  for (std::int32_t code = 0; code < codes.size(); ++code) texts.push_back(codes.key(code));
  return arrow::text_chunk(std::move(indices), std::move(texts), std::move(owner));
}

}  // namespace customerhealth::source
