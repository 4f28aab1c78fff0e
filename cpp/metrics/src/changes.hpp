#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace customerhealth::metrics {

inline void clear(std::vector<std::int32_t>& change, std::size_t as_ofs) { change.assign(as_ofs + 1, 0); }

/// Turns changes of a count from one as-of to the next into the count at each as-of.
inline void accumulate(std::span<const std::int32_t> change, std::span<double> out) noexcept {
  std::int32_t count = 0;
  for (std::size_t k = 0; k < out.size(); ++k) {
    count += change[k];
    out[k] = static_cast<double>(count);
  }
}

}  // namespace customerhealth::metrics
