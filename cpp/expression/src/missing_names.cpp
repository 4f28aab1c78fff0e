#include "customerhealth/expression/missing_names.hpp"

#include "bound_node.hpp"

namespace customerhealth::expression {

std::optional<SlotIndex> MissingNames::first(std::size_t row) const { return first_of(formula_->names_, row).slot; }

MissingNames::Found MissingNames::first_of(std::span<const TextName> names, std::size_t row) const {
  for (const TextName& name : names) {
    if (name.over_parts == nullptr) {
      if (is_missing_at(name.slot, row)) return {true, name.slot};
    } else if (is_missing(values_of(*name.over_parts), row)) {
      return {true, first_of(name.inside, row).slot};
    } else if (const Found plain = first_plain(name.inside, row); plain.is_found) {
      return plain;
    }
  }
  return {};
}

MissingNames::Found MissingNames::first_plain(std::span<const TextName> names, std::size_t row) const {
  for (const TextName& name : names) {
    if (name.over_parts != nullptr) {
      if (const Found plain = first_plain(name.inside, row); plain.is_found) return plain;
    } else if (!name.is_part && is_missing_at(name.slot, row)) {
      return {true, name.slot};
    }
  }
  return {};
}

bool MissingNames::is_missing_at(SlotIndex slot, std::size_t row) const noexcept {
  return is_missing(inputs_[slot.place()], row);
}

const ColumnView& MissingNames::values_of(const BoundNode& function) const {
  const auto found = functions_.find(&function);
  if (found != functions_.end()) return found->second.view();
  return functions_.emplace(&function, expression::evaluate(function, inputs_, rows_)).first->second.view();
}

}  // namespace customerhealth::expression
