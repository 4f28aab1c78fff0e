#include "customerhealth/records/delimited_marks.hpp"

#include <algorithm>
#include <cstddef>

namespace customerhealth::records {
namespace {

// Counts of one byte each are added up in vector registers: 8 times as fast as counts of eight bytes.
constexpr std::size_t kStep = 255;

bool is_x(char byte) { return byte == 'x' || byte == 'X'; }

}  // namespace

DelimitedMarks marks_of(std::string_view block, char before) {
  DelimitedMarks out;
  if (block.empty()) return out;
  out.hex = before == '0' && is_x(block.front());
  out.quotes = block.front() == '"' ? 1 : 0;
  const char* const bytes = block.data();
  for (std::size_t begin = 1; begin < block.size(); begin += kStep) {
    const std::size_t end = std::min(begin + kStep, block.size());
    std::uint8_t quotes = 0, hex = 0;
    for (std::size_t i = begin; i < end; ++i) {
      quotes = static_cast<std::uint8_t>(quotes + (bytes[i] == '"' ? 1 : 0));
      hex = static_cast<std::uint8_t>(hex | ((is_x(bytes[i]) ? 1 : 0) & (bytes[i - 1] == '0' ? 1 : 0)));
    }
    out.quotes += quotes;
    out.hex |= hex != 0;
  }
  return out;
}

}  // namespace customerhealth::records
