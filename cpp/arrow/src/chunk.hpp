#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "customerhealth/arrow/table.hpp"
#include "flat_array.hpp"
#include "source_type.hpp"

namespace customerhealth::arrow {

/// The values of a dictionary, decoded once for all chunks that share it. Only what its kind needs is filled.
struct Dictionary {
  std::int64_t size = 0;
  bool has_nulls = false;
  std::vector<std::uint8_t> valid;
  std::vector<double> numbers;
  std::vector<Int128> decimals;
  std::vector<std::uint8_t> unfit;  // decimals: 1 where one does not fit 128 bits
  std::vector<std::int64_t> integers;
  std::vector<Truth> truths;
  std::vector<Instant> instants;
  std::vector<std::string_view> texts;
};

[[nodiscard]] Dictionary decode_dictionary(const FlatArray& values, const Place& place);

struct ColumnChunk::Impl {
  SourceType type;
  FlatArray array;  // for a dictionary: the indices
  std::shared_ptr<const Dictionary> dictionary;
  Place place;
  std::shared_ptr<const void> batch;     // whose memory is borrowed
  std::shared_ptr<const void> validity;  // a bitmap of our own, where the batch's own nulls were mixed in
  std::optional<Micros> step;            // of instants that we made, in place of their unit
};

}  // namespace customerhealth::arrow
