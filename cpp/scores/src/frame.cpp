#include "customerhealth/scores/frame.hpp"

namespace customerhealth::scores {

Reason reason_of(SlotIndex slot, const Frame& frame, std::size_t row) noexcept {
  const Reason reason = frame.reason(slot, row);
  return reason == Reason::none ? Reason::undefined : reason;
}

Reason MissingReasons::operator[](std::size_t row) const {
  const auto slot = names_.first(row);
  return slot ? reason_of(*slot, *frame_, row) : Reason::undefined;
}

Frame slice(const Frame& frame, std::size_t begin, std::size_t count) {
  Frame out = {.rows = count, .columns = {}, .reasons = {}, .peers = frame.peers, .texts = frame.texts};
  if (!frame.instants.empty()) out.instants = frame.instants.subspan(begin, count);
  for (const ColumnView& column : frame.columns) out.columns.push_back(slice(column, begin, count));
  for (const auto& reasons : frame.reasons) {
    out.reasons.push_back(reasons.empty() ? reasons : reasons.subspan(begin, count));
  }
  for (const auto& standings : frame.standings) {
    out.standings.push_back(standings.empty() ? standings : standings.subspan(begin, count));
  }
  return out;
}

}  // namespace customerhealth::scores
