#include "customerhealth/clv/rows.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/math.hpp"
#include "customerhealth/common/number.hpp"

namespace customerhealth::clv {
namespace {

bool is_amount(double x) noexcept { return x >= 0.0 && x < kInfinity; }
bool is_count(double x) noexcept { return is_amount(x) && math::floor(x) == x; }

[[noreturn]] void fail(const std::string& column, std::int64_t row, const std::string& expected, double got) {
  throw DataError{column + "[" + std::to_string(row) + "]: expected " + expected + ", got " + shortest(got), "", column,
                  row, 1};
}

/// Nothing, or what was expected of the row, in which column.
struct Complaint {
  const char* column = nullptr;
  const char* expected = nullptr;
  double got = 0.0;
};

Complaint complaint(const Inputs& in, std::size_t row) noexcept {
  if (in.frequency && !is_count((*in.frequency)[row]))
    return {"frequency", "a whole number of repeat purchases, 0 or more", (*in.frequency)[row]};
  const auto length = [&](const std::optional<Input>& values, const char* name) -> Complaint {
    if (!values) return {};
    if (in.whole_times && !is_count((*values)[row])) return {name, "a whole number, 0 or more", (*values)[row]};
    return is_amount((*values)[row]) ? Complaint{} : Complaint{name, "a finite number, 0 or more", (*values)[row]};
  };
  for (const auto& found : {length(in.recency, "recency"), length(in.age, "T"), length(in.time, "t")}) {
    if (found.column != nullptr) return found;
  }
  if (in.recency && in.age && (*in.recency)[row] > (*in.age)[row])
    return {"recency", "at most T, the age at the end of observation", (*in.recency)[row]};
  if (in.recency && in.frequency) {
    const double x = (*in.frequency)[row], last = (*in.recency)[row];
    if (x == 0.0 && last != 0.0) return {"recency", "0, as the frequency is 0", last};
    if (in.whole_times && x > last) return {"recency", "at least the frequency: one purchase an opportunity", last};
  }
  if (in.spend && !is_amount((*in.spend)[row]))
    return {"monetary_value", "a finite number, 0 or more", (*in.spend)[row]};
  if (in.spend && in.frequency && (*in.frequency)[row] > 0.0 && !((*in.spend)[row] > 0.0))
    return {"monetary_value", "above 0, as there are repeat purchases", (*in.spend)[row]};
  if (in.weight && !is_amount((*in.weight)[row])) return {"weights", "a finite number, 0 or more", (*in.weight)[row]};
  if (in.count && !is_count((*in.count)[row])) return {"n", "a whole number of purchases, 0 or more", (*in.count)[row]};
  return {};
}

/// Whether rows [begin, end) pass every check, for the usual columns only (else false, and each row is checked by
/// itself). The loop has no branch, since it runs over every row of every call.
bool all_fit(const Inputs& in, std::size_t begin, std::size_t end) noexcept {
  if (!in.frequency || !in.recency || !in.age || in.spend || in.weight || in.count || in.whole_times) return false;
  const Input x = *in.frequency, last = *in.recency, age = *in.age;
  const Input time = in.time.value_or(age);
  const double most = std::numeric_limits<double>::max();
  bool fit = true;
  for (std::size_t row = begin; row < end; ++row) {
    // Converting x to an integer, in the second loop, is defined only below 2^31. A larger frequency makes this false,
    // and the check of single rows decides.
    fit &= (x[row] >= 0.0) & (x[row] < 0x1p31) & (last[row] >= 0.0) & (last[row] <= age[row]) & (age[row] <= most) &
           (time[row] >= 0.0) & (time[row] <= most) & ((x[row] > 0.0) | (last[row] == 0.0));
  }
  if (!fit) return false;
  for (std::size_t row = begin; row < end; ++row) {
    fit &= static_cast<double>(static_cast<std::int32_t>(x[row])) == x[row];
  }
  return fit;
}

}  // namespace

std::int64_t Inputs::rows() const {
  std::int64_t rows = -1;
  const char* first = nullptr;
  const std::pair<const char*, const std::optional<Input>*> columns[] = {
      {"frequency", &frequency}, {"recency", &recency}, {"T", &age},  {"monetary_value", &spend},
      {"weights", &weight},      {"t", &time},          {"n", &count}};
  for (const auto& [name, values] : columns) {
    if (!*values || (*values)->size() == 1) continue;
    if (rows < 0) {
      rows = (*values)->size();
      first = name;
    } else if (rows != (*values)->size()) {
      throw DataError{std::string{name} + ": " + std::to_string((*values)->size()) + " rows where " + first + " has " +
                          std::to_string(rows),
                      "", name};
    }
  }
  return rows < 0 ? 1 : rows;
}

std::int64_t Inputs::first_bad(std::int64_t begin, std::int64_t end) const noexcept {
  if (all_fit(*this, static_cast<std::size_t>(begin), static_cast<std::size_t>(end))) return -1;
  for (std::int64_t row = begin; row < end; ++row) {
    if (complaint(*this, static_cast<std::size_t>(row)).column != nullptr) return row;
  }
  return -1;
}

void Inputs::refuse(std::int64_t row) const {
  const Complaint found = complaint(*this, static_cast<std::size_t>(row));
  fail(found.column, row, found.expected, found.got);
}

void Inputs::check() const {
  if (const std::int64_t row = first_bad(0, rows()); row >= 0) refuse(row);
}

void each_block(const Inputs& inputs, std::int64_t rows, const Watch& watch,
                const std::function<void(std::int64_t, std::int64_t)>& body) {
  std::atomic<std::int64_t> bad{rows};
  for_each((rows + kCustomersPerBlock - 1) / kCustomersPerBlock, [&](std::int64_t block) {
    watch.check();
    const std::int64_t begin = block * kCustomersPerBlock, end = std::min(begin + kCustomersPerBlock, rows);
    const std::int64_t row = inputs.first_bad(begin, end);
    if (row < 0) return body(begin, end);
    std::int64_t least = bad.load();
    while (row < least && !bad.compare_exchange_weak(least, row)) {
    }
  });
  if (bad.load() < rows) inputs.refuse(bad.load());
}

}  // namespace customerhealth::clv
