#pragma once

#include <cstddef>
#include <cstdint>

namespace customerhealth {

/// What pages are for, which says how many are kept of those that are given back.
enum class PagesOf : std::uint8_t {
  work,    // 128 MiB at most
  result,  // 2 GiB at most, which the system may take at any time, and which make room for whatever else is taken
};

/// Memory for `bytes`, not initialised: a multiple of huge pages where it is large. Throws std::bad_alloc.
[[nodiscard]] void* take_pages(std::size_t bytes);
/// Gives back what take_pages gave for as many bytes. Some large blocks are kept for the next taker.
void give_pages(void* memory, std::size_t bytes, PagesOf of = PagesOf::work) noexcept;

}  // namespace customerhealth
