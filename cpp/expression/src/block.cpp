#include "block.hpp"

#include <cstdint>

namespace customerhealth::expression {
namespace {

template <class Integer>
void convert_values(const IntegerView& integers, std::span<double> out) {
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<double>(static_cast<Integer>(integers.values[i]));
  }
}

}  // namespace

void convert(const IntegerView& integers, std::span<double> out) {
  if (!integers.wide.empty()) {
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = nearest_double(integers.exact(i));
  } else if (integers.is_unsigned) {
    convert_values<std::uint64_t>(integers, out);
  } else {
    convert_values<std::int64_t>(integers, out);
  }
  if (integers.valid.empty()) return;
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = integers.valid[i] != 0 ? out[i] : kMissing<double>;
}

Value Block::input(SlotIndex slot) const { return Value{slice(inputs_[slot.place()], begin_, rows_), false}; }

}  // namespace customerhealth::expression
