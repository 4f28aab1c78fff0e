#pragma once

#include <sys/mman.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

namespace customerhealth {

/// A column's memory: not initialised (each row is written once anyway), and on huge pages where it is large. Writing
/// ten million rows in account order touches pages at random: huge pages were worth a third of the partition's time.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  Buffer() noexcept = default;
  explicit Buffer(std::size_t size) : data_{allocate(size)}, size_{size} {}

  [[nodiscard]] T* data() noexcept { return data_.get(); }
  [[nodiscard]] const T* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept {
    assert(i < size_);
    return data_.get()[i];
  }
  [[nodiscard]] const T& operator[](std::size_t i) const noexcept {
    assert(i < size_);
    return data_.get()[i];
  }
  [[nodiscard]] std::span<T> span() noexcept { return {data_.get(), size_}; }
  [[nodiscard]] std::span<const T> span() const noexcept { return {data_.get(), size_}; }
  void shrink(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  struct Free {
    void operator()(T* memory) const noexcept { std::free(memory); }
  };

  static T* allocate(std::size_t size) {
    if (size == 0) return nullptr;
    if (size > SIZE_MAX / sizeof(T) / 2) throw std::bad_alloc{};
    const std::size_t bytes = size * sizeof(T);
    const bool huge = bytes >= 2 * kHugePage;
    const std::size_t alignment = huge ? kHugePage : 64;
    void* memory = std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
    if (memory == nullptr) throw std::bad_alloc{};
    if (huge) madvise(memory, bytes, MADV_HUGEPAGE);  // a wish: refused, the pages are small
    return static_cast<T*>(memory);
  }

  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace customerhealth
