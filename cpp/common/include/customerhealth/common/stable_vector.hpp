#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <memory>

namespace customerhealth {

/// A vector whose elements never move, so that a reader may hold on to those there were when it began while one writer
/// adds more. Chunks double in size.
template <class T>
class StableVector {
 public:
  [[nodiscard]] std::int32_t size() const noexcept { return size_; }
  [[nodiscard]] const T& operator[](std::int32_t index) const noexcept {
    const auto [chunk, place] = locate(index);
    return chunks_[chunk][place];
  }
  void push_back(const T& value) {
    const auto [chunk, place] = locate(size_);
    if (!chunks_[chunk]) chunks_[chunk] = std::make_unique<T[]>(std::size_t{kFirst} << chunk);
    chunks_[chunk][place] = value;
    ++size_;
  }

 private:
  static constexpr std::uint32_t kFirst = 1024;
  struct Place {
    std::size_t chunk, place;
  };
  static Place locate(std::int32_t index) noexcept {
    const auto shifted = static_cast<std::uint32_t>(index) + kFirst;
    const auto chunk = static_cast<std::size_t>(std::bit_width(shifted / kFirst)) - 1;
    return {chunk, shifted - (std::size_t{kFirst} << chunk)};
  }

  std::array<std::unique_ptr<T[]>, 22> chunks_;  // 1024 · (2^22 − 1): more than int32 codes there are
  std::int32_t size_ = 0;
};

}  // namespace customerhealth
