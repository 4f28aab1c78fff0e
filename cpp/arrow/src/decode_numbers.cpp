#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "bits.hpp"
#include "customerhealth/common/number.hpp"
#include "decimal.hpp"
#include "flat_array.hpp"
#include "storage.hpp"

namespace customerhealth::arrow {
namespace {

constexpr double kMissing = kNan;

/// Decodes all rows without asking which are null, so that the loop has no branch; the caller overwrites what null rows
/// gave.
template <class T, class ToDouble>
void convert(const FlatArray& array, std::int64_t begin, std::span<double> out, ToDouble to_double) {
  const std::byte* from = array.data + (array.offset + begin) * static_cast<std::int64_t>(sizeof(T));
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = to_double(load<T>(from, static_cast<std::int64_t>(i)));
}

double finite_or_missing(double value) noexcept {
  return std::abs(value) <= std::numeric_limits<double>::max() ? value : kMissing;
}

/// IEEE 754 binary16; nanoarrow's own conversion loses subnormals.
double half_to_double(std::uint16_t bits) noexcept {
  const int exponent = (bits >> 10) & 0x1F;
  const double fraction = bits & 0x3FF;
  if (exponent == 0x1F) return kMissing;
  const double size = exponent == 0
                          ? fraction * 0x1p-24
                          : (1024 + fraction) * std::bit_cast<double>(std::uint64_t(exponent - 25 + 1023) << 52);
  return (bits >> 15) != 0 ? -size : size;
}

template <int kWords>
void convert_decimals(const FlatArray& array, std::int64_t begin, std::span<double> out) {
  constexpr std::int64_t kBytes = std::int64_t{kWords} * 4;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = begin + static_cast<std::int64_t>(i);
    // unlike the other conversions this one is slow enough to skip nulls
    out[i] = array.has(row)
                 ? finite_or_missing(decimal_to_double<kWords>(array.data + (array.offset + row) * kBytes, array.scale))
                 : kMissing;
  }
}

void convert_truths(const FlatArray& array, std::int64_t begin, std::span<double> out) {
  for_each_word(reinterpret_cast<const std::uint8_t*>(array.data), array.offset + begin, std::ssize(out),
                [&](std::int64_t first, std::int64_t n, std::uint64_t word) {
                  double* to = out.data() + first;
                  for (std::int64_t i = 0; i < n; ++i) to[i] = static_cast<double>((word >> i) & 1);
                });
}

void convert_floats(const FlatArray& array, std::int64_t begin, std::span<double> out) {
  switch (array.storage) {
    case NANOARROW_TYPE_DOUBLE:
      return convert<double>(array, begin, out, finite_or_missing);
    case NANOARROW_TYPE_FLOAT:
      return convert<float>(array, begin, out, [](float v) { return finite_or_missing(static_cast<double>(v)); });
    case NANOARROW_TYPE_HALF_FLOAT:
      return convert<std::uint16_t>(array, begin, out, half_to_double);
    case NANOARROW_TYPE_DECIMAL32:
      return convert_decimals<1>(array, begin, out);
    case NANOARROW_TYPE_DECIMAL64:
      return convert_decimals<2>(array, begin, out);
    case NANOARROW_TYPE_DECIMAL128:
      return convert_decimals<4>(array, begin, out);
    case NANOARROW_TYPE_DECIMAL256:
      return convert_decimals<8>(array, begin, out);
    default:
      throw Error{"an array that is not of numbers was read as numbers"};
  }
}

}  // namespace

void decode_numbers(const FlatArray& array, std::int64_t begin, std::span<double> out) {
  switch (array.kind) {
    case SourceKind::null:
      return std::fill(out.begin(), out.end(), kMissing);
    case SourceKind::boolean:
      convert_truths(array, begin, out);
      break;
    case SourceKind::integer:
      with_integer_type(array.storage, [&]<class T>(std::type_identity<T>) {
        convert<T>(array, begin, out, [](T value) { return static_cast<double>(value); });
      });
      break;
    default:
      convert_floats(array, begin, out);
  }
  if (array.valid == nullptr) return;
  for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                 [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = kMissing; });
}

}  // namespace customerhealth::arrow
