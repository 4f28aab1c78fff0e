#include <algorithm>

#include "bits.hpp"
#include "flat_array.hpp"

namespace customerhealth::arrow {
namespace {

constexpr std::int64_t kNone = kMissingInstant.time_since_epoch().count();
static_assert(sizeof(Instant) == sizeof(std::int64_t));

constexpr std::int64_t kLast = kLastInstant.time_since_epoch().count();

/// Microseconds; kLast where they are later than any instant, kNone where they are earlier.
template <std::int64_t kMicrosPerUnit>
std::int64_t times(std::int64_t value) noexcept {
  std::int64_t micros = 0;
  if (!__builtin_mul_overflow(value, kMicrosPerUnit, &micros)) return micros;
  return value > 0 ? kLast : kNone;
}

/// The largest and the least but one of all integers are PostgreSQL's and DuckDB's infinities in every unit.
std::int64_t floor_to_micros(std::int64_t nanos) noexcept {
  if (nanos == kLast || nanos == -kLast) return nanos;
  return nanos / 1000 - (nanos % 1000 < 0 ? 1 : 0);
}

/// Converts all rows, nulls too, and says whether any of them came out as kNone.
template <class T, class ToMicros>
bool convert(const FlatArray& array, std::int64_t begin, std::span<Instant> out, ToMicros to_micros) {
  const std::byte* from = array.data + (array.offset + begin) * static_cast<std::int64_t>(sizeof(T));
  bool any_none = false;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t micros = to_micros(std::int64_t{load<T>(from, static_cast<std::int64_t>(i))});
    any_none |= micros == kNone;
    out[i] = Instant{Micros{micros}};
  }
  return any_none;
}

bool convert_timestamps(const FlatArray& array, std::int64_t begin, std::span<Instant> out) {
  switch (array.unit) {
    case NANOARROW_TIME_UNIT_SECOND:
      return convert<std::int64_t>(array, begin, out, times<1'000'000>);
    case NANOARROW_TIME_UNIT_MILLI:
      return convert<std::int64_t>(array, begin, out, times<1'000>);
    case NANOARROW_TIME_UNIT_NANO:
      return convert<std::int64_t>(array, begin, out, floor_to_micros);
    case NANOARROW_TIME_UNIT_MICRO:
      break;
  }
  return convert<std::int64_t>(array, begin, out, times<1>);
}

bool convert_any(const FlatArray& array, std::int64_t begin, std::span<Instant> out) {
  switch (array.storage) {
    case NANOARROW_TYPE_DATE32:
      return convert<std::int32_t>(array, begin, out, times<kMicrosPerDay>);
    case NANOARROW_TYPE_DATE64:
      return convert<std::int64_t>(array, begin, out, times<1'000>);
    case NANOARROW_TYPE_TIMESTAMP:
      return convert_timestamps(array, begin, out);
    default:
      throw Error{"an array that is not of instants was read as instants"};
  }
}

}  // namespace

std::int64_t decode_instants(const FlatArray& array, std::int64_t begin, std::span<Instant> out) {
  if (array.kind == SourceKind::null) {
    std::ranges::fill(out, kMissingInstant);
    return -1;
  }
  const bool any_none = convert_any(array, begin, out);
  if (array.valid != nullptr) {
    for_each_unset(array.valid, array.valid_offset + begin, std::ssize(out),
                   [&](std::int64_t i) { out[static_cast<std::size_t>(i)] = kMissingInstant; });
  }
  if (!any_none) return -1;
  for (std::size_t i = 0; i < out.size(); ++i) {
    const std::int64_t row = begin + static_cast<std::int64_t>(i);
    if (is_missing(out[i]) && array.has(row)) return row;
  }
  return -1;  // they were null
}

}  // namespace customerhealth::arrow
