#pragma once

#include <sys/mman.h>

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <new>
#include <type_traits>

namespace customerhealth {

/// Memory that begins as zeros. Where it is large the system hands it out so, and a column of which few values are not
/// 0 is written at those alone: of such columns writing the zeros again was half the time.
template <class T>
class ZeroBuffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  explicit ZeroBuffer(std::size_t size) : memory_{allocate(size)}, size_{size} {}

  [[nodiscard]] T* data() noexcept { return static_cast<T*>(memory_.get_deleter().begin); }
  [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(memory_.get_deleter().begin); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] T& operator[](std::size_t i) noexcept {
    assert(i < size_);
    return data()[i];
  }
  void shrink(std::size_t size) noexcept { size_ = size < size_ ? size : size_; }

 private:
  static constexpr std::size_t kHugePage = std::size_t{1} << 21;
  struct Free {
    std::size_t mapped = 0;  // bytes; 0: from calloc
    void* begin = nullptr;   // on a page's edge within what is mapped
    void operator()(void* memory) const noexcept {
      if (mapped > 0)
        munmap(memory, mapped);
      else
        std::free(memory);
    }
  };
  using Memory = std::unique_ptr<void, Free>;

  static Memory allocate(std::size_t size) {
    if (size == 0) return {};
    if (size > SIZE_MAX / sizeof(T) / 2) throw std::bad_alloc{};
    const std::size_t bytes = size * sizeof(T);
    if (bytes < 2 * kHugePage) {
      void* memory = std::calloc(size, sizeof(T));
      if (memory == nullptr) throw std::bad_alloc{};
      return Memory{memory, Free{0, memory}};
    }
    const std::size_t mapped = bytes + kHugePage;
    void* memory = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc{};
    void* begin = memory;
    std::size_t space = mapped;
    std::align(kHugePage, bytes, begin, space);
    madvise(begin, bytes, MADV_HUGEPAGE);  // a wish: refused, the pages are small
    return Memory{memory, Free{mapped, begin}};
  }

  Memory memory_;
  std::size_t size_ = 0;
};

}  // namespace customerhealth
