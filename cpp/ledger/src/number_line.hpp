#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/model/model.hpp"
#include "load.hpp"

namespace customerhealth::ledger {

/// Beside TableSpec::columns: 1 where the column's values tell things apart (`key`, `by`, `count_distinct`, ...).
[[nodiscard]] std::vector<std::uint8_t> identities_of(const model::Model& model, std::size_t table);

/// Brings a column that arrives and those loaded before it to one type that compares both exactly: integers, decimals
/// of scale 0 and whole floats up to 2^53 are integers. Throws DataError with the row where there is none: a float
/// beyond 2^53 among integers that tell things apart, one that is no whole number beside integers that no double tells
/// apart.
void settle_numbers(const model::TableSpec& spec, std::size_t column, const NumberRows& rows, TableData& data,
                    Segment& arriving);

}  // namespace customerhealth::ledger
