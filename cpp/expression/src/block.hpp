#pragma once

#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <optional>
#include <span>
#include <tuple>
#include <type_traits>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "bound_node.hpp"
#include "customerhealth/common/column.hpp"
#include "customerhealth/common/number.hpp"

/// The evaluator's columns: a formula is worked out in blocks of rows that stay in the cache, each node turning whole
/// blocks into a block.
namespace customerhealth::expression {

/// Long enough that the calls between nodes cost nothing, short enough that a dozen intermediate blocks sit in L2.
inline constexpr std::size_t kBlockRows = 2048;

template <class T>
inline constexpr T kMissing{};  // TextCode: -1
template <>
inline constexpr double kMissing<double> = kNan;
template <>
inline constexpr Truth kMissing<Truth> = Truth::missing;
template <>
inline constexpr Instant kMissing<Instant> = kMissingInstant;

[[nodiscard]] inline bool is_absent(double value) noexcept { return value != value; }
[[nodiscard]] inline bool is_absent(Truth value) noexcept { return value == Truth::missing; }
[[nodiscard]] inline bool is_absent(TextCode value) noexcept { return value.is_missing(); }
[[nodiscard]] inline bool is_absent(Instant value) noexcept { return is_missing(value); }

/// Overflow and undefined results are missing.
[[nodiscard]] inline double finite(double value) noexcept {
  return std::abs(value) <= std::numeric_limits<double>::max() ? value : kMissing<double>;
}

/// Integers as numbers, NaN where null.
void convert(const IntegerView& integers, std::span<double> out);

/// Memory of blocks that are done with, for the next ones.
template <class T>
class Pool {
 public:
  explicit Pool(std::size_t rows) : rows_{rows} {}
  [[nodiscard]] std::vector<T> take() {
    if (free_.empty()) return std::vector<T>(rows_);
    std::vector<T> memory = std::move(free_.back());
    free_.pop_back();
    return memory;
  }
  void give(std::vector<T> memory) { free_.push_back(std::move(memory)); }

 private:
  std::size_t rows_;
  std::vector<std::vector<T>> free_;
};

/// A block's memory, lent by a pool.
template <class T>
class Lease {
 public:
  explicit Lease(Pool<T>& pool) : pool_{&pool}, memory_{pool.take()} {}
  Lease(Lease&& other) noexcept : pool_{std::exchange(other.pool_, nullptr)}, memory_{std::move(other.memory_)} {}
  Lease& operator=(Lease&& other) noexcept {
    std::swap(pool_, other.pool_);
    std::swap(memory_, other.memory_);
    return *this;
  }
  Lease(const Lease&) = delete;
  Lease& operator=(const Lease&) = delete;
  ~Lease() {
    if (pool_ != nullptr) pool_->give(std::move(memory_));
  }

  [[nodiscard]] T* data() noexcept { return memory_.data(); }
  [[nodiscard]] const T* data() const noexcept { return memory_.data(); }

 private:
  Pool<T>* pool_;
  std::vector<T> memory_;
};

/// What a node gives for a block: a column, or one value that stands for every row.
class Value {
 public:
  Value(ColumnView borrowed, bool constant)
      : view_{borrowed}, constant_{constant || std::holds_alternative<MissingView>(borrowed)} {}
  template <class T>
  Value(Lease<T> lease, std::size_t rows, bool constant)
      : view_{std::span<const T>{lease.data(), rows}}, constant_{constant}, lease_{std::move(lease)} {}

  [[nodiscard]] static Value missing() { return Value{MissingView{1}, true}; }
  /// The same values for as long as this one lives.
  [[nodiscard]] Value borrowed() const { return Value{view_, constant_}; }

  [[nodiscard]] const ColumnView& view() const noexcept { return view_; }
  [[nodiscard]] bool is_constant() const noexcept { return constant_; }
  [[nodiscard]] const IntegerView* integers() const noexcept { return std::get_if<IntegerView>(&view_); }

 private:
  ColumnView view_;
  bool constant_;
  std::variant<std::monostate, Lease<double>, Lease<Truth>, Lease<TextCode>, Lease<Instant>> lease_;
};

/// The rows that are being worked on.
class Block {
 public:
  Block(std::span<const ColumnView> inputs, std::size_t most_rows)
      : inputs_{inputs},
        pools_{Pool<double>{most_rows}, Pool<Truth>{most_rows}, Pool<TextCode>{most_rows}, Pool<Instant>{most_rows}} {}

  void move_to(std::size_t begin, std::size_t rows) noexcept {
    begin_ = begin;
    rows_ = rows;
  }
  [[nodiscard]] std::size_t rows() const noexcept { return rows_; }
  [[nodiscard]] Value input(SlotIndex slot) const;
  template <class T>
  [[nodiscard]] Lease<T> take() {
    return Lease<T>{std::get<Pool<T>>(pools_)};
  }

  /// Which part of a split metric `m.*` now means.
  std::size_t part = 0;
  /// Aggregates inside an aggregate: the same for every part, so worked out once.
  std::unordered_map<const BoundNode*, Value>* closed = nullptr;

 private:
  std::span<const ColumnView> inputs_;
  std::tuple<Pool<double>, Pool<Truth>, Pool<TextCode>, Pool<Instant>> pools_;
  std::size_t begin_ = 0, rows_ = 0;
};

/// A value as a kernel reads it.
template <class T>
struct Operand {
  const T* data;  // one value when constant
  bool constant;
  std::optional<Lease<T>> converted = std::nullopt;  // integers read as numbers

  [[nodiscard]] T operator[](std::size_t row) const noexcept { return data[constant ? 0 : row]; }
};

template <class T>
[[nodiscard]] Operand<T> operand(const Value& value, Block& block) {
  if constexpr (std::is_same_v<T, double>) {
    if (const IntegerView* integers = value.integers()) {
      Lease<double> lease = block.take<double>();
      const std::size_t rows = value.is_constant() ? 1 : block.rows();
      convert(*integers, {lease.data(), rows});
      const double* data = lease.data();
      return {data, value.is_constant(), std::move(lease)};
    }
  }
  if (const auto* values = std::get_if<std::span<const T>>(&value.view())) {
    return {values->data(), value.is_constant()};
  }
  assert(std::holds_alternative<MissingView>(value.view()));
  return {&kMissing<T>, true};  // MissingView
}

/// `f` of every row; of one where all operands are constant.
template <class Out, class A, class F>
[[nodiscard]] Value map(Block& block, const Operand<A>& a, F f) {
  const std::size_t rows = a.constant ? 1 : block.rows();
  Lease<Out> lease = block.take<Out>();
  Out* const out = lease.data();
  for (std::size_t i = 0; i < rows; ++i) out[i] = f(a.data[i]);
  return Value{std::move(lease), rows, a.constant};
}

template <class Out, class A, class B, class F>
[[nodiscard]] Value map(Block& block, const Operand<A>& a, const Operand<B>& b, F f) {
  const bool constant = a.constant && b.constant;
  const std::size_t rows = constant ? 1 : block.rows();
  Lease<Out> lease = block.take<Out>();
  Out* const out = lease.data();
  if (a.constant == b.constant) {
    for (std::size_t i = 0; i < rows; ++i) out[i] = f(a.data[i], b.data[i]);
  } else if (a.constant) {
    const A x = *a.data;
    for (std::size_t i = 0; i < rows; ++i) out[i] = f(x, b.data[i]);
  } else {
    const B y = *b.data;
    for (std::size_t i = 0; i < rows; ++i) out[i] = f(a.data[i], y);
  }
  return Value{std::move(lease), rows, constant};
}

/// `f(operand)` for the column type that `type` has; missing where it has none yet.
template <class F>
[[nodiscard]] Value for_type(Type type, F f) {
  switch (type) {
    case Type::number:
      return f(double{});
    case Type::boolean:
      return f(Truth{});
    case Type::text:
      return f(TextCode{});
    case Type::instant:
      return f(Instant{});
    case Type::any:
      break;
  }
  return Value::missing();
}

}  // namespace customerhealth::expression
