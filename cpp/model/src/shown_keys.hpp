#pragma once

#include "drafts.hpp"

namespace customerhealth::model {

/// Declares how people read a name and its numbers.
template <class T>
Object<T>& shown_keys(Object<T>& object) {
  return object.key("label", &T::label, "what people read in place of its name; default: its name")
      .key("unit", &T::unit,
           "`percent`: values are fractions, shown times 100; `days`; a currency code; any text put behind the number")
      .key("digits", &T::digits, "decimals shown; default: as many as tell the values apart");
}

}  // namespace customerhealth::model
