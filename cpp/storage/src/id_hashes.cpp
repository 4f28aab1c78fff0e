#include "customerhealth/storage/id_hashes.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <limits>

namespace customerhealth::storage {

std::vector<std::uint64_t> id_hashes(std::span<const std::int64_t> numbers) {
  std::vector<std::uint64_t> out(numbers.size());
  std::array<char, std::numeric_limits<std::int64_t>::digits10 + 2> digits{};  // the sign and one digit more
  std::ranges::transform(numbers, out.begin(), [&](std::int64_t number) {
    const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
    return id_hash({digits.data(), static_cast<std::size_t>(end - digits.data())});
  });
  return out;
}

std::vector<std::uint64_t> id_hashes(std::span<const std::int64_t> offsets, std::string_view bytes) {
  std::vector<std::uint64_t> out(offsets.size() - 1);
  for (std::size_t place = 0; place < out.size(); ++place) {
    const auto begin = static_cast<std::size_t>(offsets[place]), end = static_cast<std::size_t>(offsets[place + 1]);
    out[place] = id_hash(bytes.substr(begin, end - begin));
  }
  return out;
}

}  // namespace customerhealth::storage
