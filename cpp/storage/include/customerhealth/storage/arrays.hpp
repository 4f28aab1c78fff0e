#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "customerhealth/common/instant.hpp"
#include "customerhealth/common/int128.hpp"

struct ArrowArray;
struct ArrowSchema;

namespace customerhealth::storage {

/// What the values of an array are.
enum class ArrayType : std::uint8_t { number, int64, instant, int32, uint32, byte, int128, text };
/// As Arrow's C data interface writes it.
[[nodiscard]] std::string_view format_of(ArrayType type) noexcept;

/// An array that is to be saved: memory that its owner keeps. Texts are another's matter.
struct NamedArray {
  std::string name;
  ArrayType type = ArrayType::number;
  const void* data = nullptr;
  std::size_t size = 0;  // values
};

/// The columns of one file, all of one length, as they lie in memory or are mapped into it. They may come from
/// anywhere: each is checked when it is asked for. Nothing is copied.
class Arrays {
 public:
  Arrays() = default;
  /// Takes both over. `file` is the name for messages. Throws DataError.
  Arrays(ArrowSchema& schema, ArrowArray& array, std::string file);

  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] bool has(const std::string& name) const { return columns_.contains(name); }
  /// Throws DataError where there is no such column, or one of another type.
  template <class T>
  [[nodiscard]] std::span<const T> get(const std::string& name, ArrayType type) const {
    static_assert(std::is_trivially_copyable_v<T>);
    return {static_cast<const T*>(find(name, type, alignof(T))), rows_};
  }
  /// A column of texts, each of them UTF-8 as far as its writer kept to the format.
  [[nodiscard]] std::vector<std::string_view> texts(const std::string& name) const;
  /// What keeps the memory.
  [[nodiscard]] const std::shared_ptr<const void>& owner() const noexcept { return owner_; }
  [[noreturn]] void refuse(const std::string& what) const;

 private:
  struct Column {
    std::string format;
    const void* data = nullptr;
    const std::int64_t* offsets = nullptr;
  };
  [[nodiscard]] const void* find(const std::string& name, ArrayType type, std::size_t alignment) const;

  std::string file_;
  std::size_t rows_ = 0;
  std::map<std::string, Column> columns_;
  std::shared_ptr<const void> owner_;
};

}  // namespace customerhealth::storage
