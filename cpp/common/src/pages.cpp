#include "customerhealth/common/pages.hpp"

#include <sys/mman.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

namespace customerhealth {
namespace {

constexpr std::size_t kPage = std::size_t{1} << 12, kHugePage = std::size_t{1} << 21;
/// From here on malloc maps a block and unmaps it again, and each of its pages is cleared each time.
constexpr std::size_t kLeastKept = std::size_t{1} << 18;
#if defined(__SANITIZE_ADDRESS__)
constexpr std::size_t kMostWork = 0, kMostResults = 0;  // a use after the end must be seen
#else
constexpr std::size_t kMostWork = std::size_t{128} << 20, kMostResults = std::size_t{2} << 30;
#endif

constexpr std::size_t rounded_up(std::size_t bytes, std::size_t unit) noexcept {
  return (bytes + unit - 1) / unit * unit;
}

/// How a block lies in memory.
struct Layout {
  std::size_t unit, size;

  explicit constexpr Layout(std::size_t bytes) noexcept
      : unit{bytes >= kHugePage    ? kHugePage
             : bytes >= kLeastKept ? kPage
                                   : 64},
        size{rounded_up(bytes, unit)} {}
  [[nodiscard]] constexpr bool is_huge() const noexcept { return unit == kHugePage; }
  [[nodiscard]] constexpr bool may_be_kept() const noexcept { return unit >= kPage; }
};

/// Large blocks that were given back. The kernel clears each page that it hands out, which took a third of loading's
/// time; the next load or score of the same size finds its blocks here. Without a lock: a fork may come at any time.
class Kept {
 public:
  explicit constexpr Kept(std::size_t most) noexcept : most_{most} {}

  /// A block of exactly so many bytes, or nothing.
  [[nodiscard]] void* take(std::size_t size) noexcept {
    for (Slot& slot : slots_) {
      if (slot.size.load(std::memory_order_relaxed) != size) continue;
      Block* const block = slot.block.exchange(nullptr, std::memory_order_acquire);
      if (block == nullptr) continue;
      if (block->size == size) {
        size_.fetch_sub(size, std::memory_order_relaxed);
        return block;
      }
      if (!put(block)) drop(block);  // another thread exchanged it meanwhile, and others filled every slot
    }
    return nullptr;
  }

  /// Whether it is kept. `prepare()` runs before anything is written to the block.
  template <class Prepare>
  [[nodiscard]] bool give(void* memory, std::size_t size, const Prepare& prepare) noexcept {
    if (size_.fetch_add(size, std::memory_order_relaxed) + size <= most_) {
      prepare();
      if (put(new (memory) Block{size})) return true;
    }
    size_.fetch_sub(size, std::memory_order_relaxed);
    return false;
  }

  /// Gives the system blocks of so many bytes or more, or all.
  void make_room(std::size_t wanted) noexcept {
    if (size_.load(std::memory_order_relaxed) == 0) return;
    std::size_t freed = 0;
    for (Slot& slot : slots_) {
      if (freed >= wanted) return;
      Block* const block = slot.block.exchange(nullptr, std::memory_order_acquire);
      if (block == nullptr) continue;
      freed += block->size;
      drop(block);
    }
  }

 private:
  struct Block {
    std::size_t size;
  };
  struct Slot {
    std::atomic<Block*> block = nullptr;
    std::atomic<std::size_t> size = 0;  // of the last block put here: where to look, not what is there
  };

  bool put(Block* block) noexcept {
    const std::size_t size = block->size;  // once it is in a slot, it may be another's
    for (Slot& slot : slots_) {
      if (slot.block.load(std::memory_order_relaxed) != nullptr) continue;
      Block* none = nullptr;
      if (!slot.block.compare_exchange_strong(none, block, std::memory_order_release, std::memory_order_relaxed))
        continue;
      slot.size.store(size, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  void drop(Block* block) noexcept {
    size_.fetch_sub(block->size, std::memory_order_relaxed);
    std::free(block);
  }

  std::array<Slot, 256> slots_{};
  std::size_t most_;
  std::atomic<std::size_t> size_ = 0;
};

// Never freed: threads may outlive static destruction.
constinit Kept kept_work{kMostWork};
constinit Kept kept_results{kMostResults};

}  // namespace

void* take_pages(std::size_t bytes) {
  const Layout layout{bytes};
  if (layout.may_be_kept()) {
    if (void* memory = kept_work.take(layout.size)) return memory;
  }
  if (layout.is_huge()) {
    if (void* memory = kept_results.take(layout.size)) return memory;
    kept_results.make_room(layout.size);  // what is kept does not add to what the process needs at most
  }
  void* memory = std::aligned_alloc(layout.unit, layout.size);
  if (memory == nullptr) throw std::bad_alloc{};
  if (layout.is_huge()) madvise(memory, layout.size, MADV_HUGEPAGE);  // a wish: refused, the pages are small
  return memory;
}

void give_pages(void* memory, std::size_t bytes, PagesOf of) noexcept {
  if (memory == nullptr) return;
  const Layout layout{bytes};
  const bool is_result = of == PagesOf::result && layout.is_huge();
  // The system takes them when it is short of memory. Taken or not, nobody reads what was in them.
  const auto let_go = [&] { madvise(memory, layout.size, MADV_FREE); };
  if (is_result && kept_results.give(memory, layout.size, let_go)) return;
  if (!is_result && layout.may_be_kept() && kept_work.give(memory, layout.size, [] {})) return;
  std::free(memory);
}

}  // namespace customerhealth
