#include "stretch.hpp"

#include <algorithm>
#include <functional>
#include <iterator>
#include <utility>

namespace customerhealth::engine {
namespace {

template <class T>
std::vector<T> from(const std::vector<T>& values, std::size_t place) {
  return values.empty() ? std::vector<T>{}
                        : std::vector<T>(values.begin() + static_cast<std::ptrdiff_t>(place), values.end());
}

}  // namespace

std::size_t count_after(std::span<const Instant> instants, Instant first) noexcept {
  if (first == kFirstInstant) return instants.size();
  return static_cast<std::size_t>(instants.end() - std::ranges::upper_bound(instants, first));
}

Stretches::Stretches(Instants whole, std::vector<std::vector<std::uint8_t>> stale, std::vector<std::int32_t> places,
                     std::span<const metrics::TablePlan> plans)
    : whole_{std::move(whole)}, stale_{std::move(stale)}, places_{std::move(places)}, plans_{plans} {
  for (std::size_t length = whole_.all.size(); length > 0; length -= std::max<std::size_t>(1, length / 8)) {
    lengths_.push_back(length);
  }
  // Accounts that came after all that trends look back to need no instant but the as-ofs.
  if (whole_.asked.empty()) return;
  const std::size_t asked = whole_.all.size() - whole_.asked.front().begin;
  const auto shorter = std::ranges::lower_bound(lengths_, asked, std::greater{});
  if (shorter == lengths_.end() || *shorter != asked) lengths_.insert(shorter, asked);
}

std::size_t Stretches::length_after(Instant first) const noexcept {
  const std::size_t needed = std::max<std::size_t>(1, count_after(whole_.all, first));
  const auto shorter = std::ranges::lower_bound(lengths_, needed, std::greater{});
  return shorter != lengths_.end() && *shorter == needed ? *shorter : *std::prev(shorter);
}

const Stretch& Stretches::of_length(std::size_t length) {
  const auto [found, is_new] = made_.try_emplace(length);
  Stretch& stretch = found->second;
  if (!is_new) return stretch;
  const std::size_t place = whole_.all.size() - length;
  stretch.instants = instants_from(whole_, place);
  for (const InstantRun& run : whole_.asked) {
    stretch.asked_before += std::min(run.count, place > run.begin ? place - run.begin : 0);
  }
  for (const auto& table : stale_) stretch.stale.push_back(from(table, place));
  stretch.places = from(places_, place);
  for (std::size_t t = 0; t < plans_.size(); ++t) {
    stretch.grids.emplace_back(plans_[t], stretch.instants.all, stretch.stale[t]);
  }
  return stretch;
}

}  // namespace customerhealth::engine
