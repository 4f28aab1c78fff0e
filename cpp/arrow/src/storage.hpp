#pragma once

#include <cstdint>
#include <type_traits>

#include "customerhealth/common/errors.hpp"
#include "nanoarrow/nanoarrow.h"

namespace customerhealth::arrow {

/// Calls `use(std::type_identity<T>{})` with the C++ type of an integer storage type, so that loops know it.
template <class Use>
decltype(auto) with_integer_type(ArrowType storage, Use use) {
  switch (storage) {
    case NANOARROW_TYPE_INT8:
      return use(std::type_identity<std::int8_t>{});
    case NANOARROW_TYPE_UINT8:
      return use(std::type_identity<std::uint8_t>{});
    case NANOARROW_TYPE_INT16:
      return use(std::type_identity<std::int16_t>{});
    case NANOARROW_TYPE_UINT16:
      return use(std::type_identity<std::uint16_t>{});
    case NANOARROW_TYPE_INT32:
      return use(std::type_identity<std::int32_t>{});
    case NANOARROW_TYPE_UINT32:
      return use(std::type_identity<std::uint32_t>{});
    case NANOARROW_TYPE_INT64:
      return use(std::type_identity<std::int64_t>{});
    case NANOARROW_TYPE_UINT64:
      return use(std::type_identity<std::uint64_t>{});
    default:
      throw Error{"an array that is not of integers was read as integers"};
  }
}

}  // namespace customerhealth::arrow
