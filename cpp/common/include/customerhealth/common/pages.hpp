#pragma once

#include <cstddef>

namespace customerhealth {

/// Memory for `bytes`, not initialised: a multiple of huge pages where it is large. Throws std::bad_alloc.
[[nodiscard]] void* take_pages(std::size_t bytes);
/// Gives back what take_pages gave for as many bytes. Some large blocks are kept for the next taker.
void give_pages(void* memory, std::size_t bytes) noexcept;

}  // namespace customerhealth
