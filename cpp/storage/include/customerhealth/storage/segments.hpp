#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "customerhealth/ledger/segment.hpp"
#include "customerhealth/storage/arrays.hpp"

/// The segments of a ledger as columns of files: `rows` has a line a row, `runs` one an account.
namespace customerhealth::storage {

/// What the columns alone do not say.
struct StoredKind {
  std::string kind;  // missing, number, integer, decimal, truth, text, instant
  bool is_unsigned = false, is_decimal = false;
  std::int32_t scale = 0;
};

struct SegmentArrays {
  std::vector<StoredKind> kinds;  // beside TableSpec::columns
  std::vector<NamedArray> rows, runs;
};

/// Of the segment's own memory; it must outlive them.
[[nodiscard]] SegmentArrays arrays_of(const ledger::Segment& segment);

/// Borrows all that lies in memory as it is needed. Throws DataError where the arrays are no segment; what the values
/// mean is checked when the whole ledger is there.
[[nodiscard]] ledger::Segment read_segment(const std::vector<StoredKind>& kinds, const Arrays& rows,
                                           const Arrays& runs);

}  // namespace customerhealth::storage
