#pragma once

#include <cassert>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <span>
#include <type_traits>
#include <utility>

#include "customerhealth/common/pages.hpp"

namespace customerhealth {

/// A column's memory: not initialised (each row is written once anyway), and on huge pages where it is large. Writing
/// ten million rows in account order touches pages at random: huge pages were worth a third of the partition's time.
template <class T>
class Buffer {
  static_assert(std::is_trivially_copyable_v<T> && std::is_trivially_destructible_v<T>);

 public:
  Buffer() noexcept = default;
  explicit Buffer(std::size_t size, PagesOf of = PagesOf::work) : data_{allocate(size, of)}, size_{size} {}
  /// Memory that `owner` keeps, such as a file that is mapped: it is read and never written.
  [[nodiscard]] static Buffer borrowed(const T* data, std::size_t size, std::shared_ptr<const void> owner) {
    Buffer out;
    if (size == 0) return out;
    out.data_ = {const_cast<T*>(data), Free{0, PagesOf::work, std::move(owner)}};
    out.size_ = size;
    return out;
  }

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
  struct Free {
    std::size_t bytes = 0;
    PagesOf of = PagesOf::work;
    std::shared_ptr<const void> owner = nullptr;  // of borrowed memory
    void operator()(T* memory) const noexcept {
      if (owner == nullptr) give_pages(memory, bytes, of);
    }
  };

  static std::unique_ptr<T[], Free> allocate(std::size_t size, PagesOf of) {
    if (size == 0) return nullptr;
    if (size > SIZE_MAX / sizeof(T) / 2) throw std::bad_alloc{};
    const std::size_t bytes = size * sizeof(T);
    return {static_cast<T*>(take_pages(bytes)), Free{bytes, of, nullptr}};
  }

  std::unique_ptr<T[], Free> data_;
  std::size_t size_ = 0;
};

}  // namespace customerhealth
