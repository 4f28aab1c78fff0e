#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/storage/segments.hpp"
#include "nanoarrow/nanoarrow.hpp"

namespace customerhealth::storage {
namespace {

template <class T>
Buffer<T> buffer(const std::vector<T>& values) {
  Buffer<T> out(values.size());
  std::ranges::copy(values, out.data());
  return out;
}

ledger::Segment segment_of_three() {
  ledger::Segment out;
  out.columns.emplace_back(buffer<double>({1.5, 2.5, -0.0}));
  out.columns.emplace_back(buffer<Instant>({Instant{Micros{5}}, Instant{Micros{6}}, Instant{Micros{1}}}));
  out.columns.emplace_back(MissingView{3});
  out.columns.emplace_back(
      ledger::DecimalBuffer{buffer<double>({0.1, 0.2, 0.3}), buffer<std::int64_t>({1, 2, 3}), {}, 1});
  out.begins = {0, 2, 3};
  out.first_rows = {0, 2};
  return out;
}

/// The arrays as a batch that somebody hands over.
Arrays batch_of(const std::vector<NamedArray>& arrays, std::int64_t rows) {
  nanoarrow::UniqueSchema schema;
  nanoarrow::UniqueArray array;
  ArrowSchemaInit(schema.get());
  EXPECT_EQ(ArrowSchemaSetTypeStruct(schema.get(), static_cast<std::int64_t>(arrays.size())), NANOARROW_OK);
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    EXPECT_EQ(ArrowSchemaSetFormat(schema->children[i], std::string{format_of(arrays[i].type)}.c_str()), NANOARROW_OK);
    EXPECT_EQ(ArrowSchemaSetName(schema->children[i], arrays[i].name.c_str()), NANOARROW_OK);
  }
  EXPECT_EQ(ArrowArrayInitFromSchema(array.get(), schema.get(), nullptr), NANOARROW_OK);
  array->length = rows;
  for (std::size_t i = 0; i < arrays.size(); ++i) {
    ArrowArray* child = array->children[i];
    const std::size_t width = arrays[i].type == ArrayType::byte ? 1 : arrays[i].type == ArrayType::uint32 ? 4 : 8;
    const auto bytes = static_cast<std::int64_t>(arrays[i].size * width);
    EXPECT_EQ(ArrowBufferAppend(ArrowArrayBuffer(child, 1), arrays[i].data, bytes), NANOARROW_OK);
    child->length = rows;
  }
  EXPECT_EQ(ArrowArrayFinishBuildingDefault(array.get(), nullptr), NANOARROW_OK);
  return Arrays{*schema.get(), *array.get(), "file"};
}

TEST(Segments, come_back_as_they_were) {
  const ledger::Segment before = segment_of_three();
  const SegmentArrays arrays = arrays_of(before);
  const ledger::Segment after = read_segment(arrays.kinds, batch_of(arrays.rows, 3), batch_of(arrays.runs, 2));
  EXPECT_EQ(after.begins, before.begins);
  EXPECT_EQ(after.first_rows, before.first_rows);
  EXPECT_EQ(after.rows(), 3);
  ASSERT_EQ(after.columns.size(), 4U);
  const auto& numbers = std::get<Buffer<double>>(after.columns[0]);
  EXPECT_EQ(std::memcmp(numbers.data(), std::get<Buffer<double>>(before.columns[0]).data(), 24), 0);
  EXPECT_EQ(std::get<Buffer<Instant>>(after.columns[1])[2], Instant{Micros{1}});
  EXPECT_TRUE(std::holds_alternative<MissingView>(after.columns[2]));
  EXPECT_EQ(std::get<ledger::DecimalBuffer>(after.columns[3]).exact(2), 3);
}

TEST(Segments, of_other_columns_or_types_are_refused) {
  const ledger::Segment segment = segment_of_three();
  SegmentArrays arrays = arrays_of(segment);
  arrays.kinds[2] = {"number"};
  EXPECT_THROW((void)read_segment(arrays.kinds, batch_of(arrays.rows, 3), batch_of(arrays.runs, 2)), DataError);
  arrays.kinds[2] = {"missing"};
  arrays.kinds[0] = {"instant"};
  EXPECT_THROW((void)read_segment(arrays.kinds, batch_of(arrays.rows, 3), batch_of(arrays.runs, 2)), DataError);
  arrays.kinds[0] = {"what"};
  EXPECT_THROW((void)read_segment(arrays.kinds, batch_of(arrays.rows, 3), batch_of(arrays.runs, 2)), DataError);
}

}  // namespace
}  // namespace customerhealth::storage
