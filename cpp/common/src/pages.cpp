#include "customerhealth/common/pages.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace customerhealth {
namespace {

constexpr std::size_t kHugePage = std::size_t{1} << 21;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMostKept = 0;  // a use after the end must be seen
#else
constexpr std::size_t kMostKept = std::size_t{128} << 20;
#endif

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

/// Large blocks that were given back. The kernel clears each page that it hands out, which took a third of loading's
/// time; the next load or score of the same size finds its blocks here. Without a lock: a fork may come at any time.
class Kept {
 public:
  /// A block of exactly so many bytes, or nothing.
  [[nodiscard]] void* take(std::size_t bytes) noexcept {
    for (auto& slot : slots_) {
      Block* block = slot.exchange(nullptr, std::memory_order_acquire);
      if (block == nullptr) continue;
      if (block->bytes == bytes) {
        bytes_.fetch_sub(bytes, std::memory_order_relaxed);
        return block;
      }
      if (!put(block)) drop(block);  // other threads filled every slot meanwhile
    }
    return nullptr;
  }

  [[nodiscard]] bool give(void* memory, std::size_t bytes) noexcept {
    if (bytes_.fetch_add(bytes, std::memory_order_relaxed) + bytes <= kMostKept && put(new (memory) Block{bytes})) {
      return true;
    }
    bytes_.fetch_sub(bytes, std::memory_order_relaxed);
    return false;
  }

 private:
  struct Block {
    std::size_t bytes;
  };

  bool put(Block* block) noexcept {
    for (auto& slot : slots_) {
      Block* none = nullptr;
      if (slot.compare_exchange_strong(none, block, std::memory_order_release, std::memory_order_relaxed)) return true;
    }
    return false;
  }

  void drop(Block* block) noexcept {
    bytes_.fetch_sub(block->bytes, std::memory_order_relaxed);
    std::free(block);
  }

  std::array<std::atomic<Block*>, 128> slots_{};
  std::atomic<std::size_t> bytes_ = 0;
};

constinit Kept kept;  // never freed: threads may outlive static destruction

}  // namespace

void* take_pages(std::size_t bytes) {
  const bool huge = bytes >= kHugePage;
  const std::size_t unit = huge ? kHugePage : 64, size = rounded_up(bytes, unit);
  if (huge) {
    if (void* memory = kept.take(size)) return memory;
  }
  void* memory = std::aligned_alloc(unit, size);
  if (memory == nullptr) throw std::bad_alloc{};
  if (huge) madvise(memory, size, MADV_HUGEPAGE);  // a wish: refused, the pages are small
  return memory;
}

void give_pages(void* memory, std::size_t bytes) noexcept {
  if (memory == nullptr) return;
  if (bytes >= kHugePage && kept.give(memory, rounded_up(bytes, kHugePage))) return;
  std::free(memory);
}

}  // namespace customerhealth
