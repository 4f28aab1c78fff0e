#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

#include "customerhealth/arrow/nested.hpp"

namespace customerhealth::arrow {
namespace {

/// The memory of a result; of the vectors those of its kind are filled.
struct Gathered {
  std::vector<double> numbers;
  std::vector<std::int64_t> integers;
  std::vector<Int128> decimals;
  std::vector<std::uint8_t> truths, bits;
  std::string bytes;
};

class ResultGatherer {
 public:
  ResultGatherer(const ArrowTable& table, std::size_t column)
      : chunks_{table.chunks(column)}, rows_{static_cast<std::size_t>(table.rows())}, valid_(rows_) {
    result_.name = table.column_names()[column];
    each([this](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
      chunk.validity(0, std::span{valid_}.subspan(row, rows));
    });
  }

  ResultColumn run(SourceKind kind, bool is_unsigned) && {
    switch (kind) {
      case SourceKind::boolean:
        truths();
        break;
      case SourceKind::integer:
        integers(is_unsigned);
        break;
      case SourceKind::number:
        numbers();
        break;
      case SourceKind::text:
        texts();
        break;
      case SourceKind::instant:
        instants();
        break;
      default:
        set(ResultColumn::Kind::number, own_->numbers, std::vector<double>(rows_));
    }
    own_->bits = make_bitmap(rows_, [this](std::size_t i) { return valid_[i] != 0; });
    result_.null_count = std::ranges::count(valid_, std::uint8_t{0});
    if (result_.null_count > 0) result_.valid = own_->bits.data();
    result_.owner = own_;
    return std::move(result_);
  }

 private:
  template <class Use>
  void each(const Use& use) const {
    std::size_t row = 0;
    for (const ColumnChunk& chunk : chunks_) {
      use(chunk, row, static_cast<std::size_t>(chunk.rows()));
      row += static_cast<std::size_t>(chunk.rows());
    }
  }
  template <class T>
  void set(ResultColumn::Kind kind, std::vector<T>& to, std::vector<T> values) {
    to = std::move(values);
    result_.kind = kind;
    result_.data = to.data();
  }

  void truths() {
    std::vector<Truth> values(rows_);
    each([&](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
      chunk.truths(0, std::span{values}.subspan(row, rows));
    });
    set(ResultColumn::Kind::boolean, own_->truths,
        make_bitmap(rows_, [&](std::size_t i) { return values[i] == Truth::yes; }));
  }

  void integers(bool is_unsigned) {
    std::vector<std::int64_t> values(rows_);
    std::vector<std::uint8_t> there(rows_);
    each([&](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
      chunk.integers(0, std::span{values}.subspan(row, rows), std::span{there}.subspan(row, rows));
    });
    if (is_unsigned && std::ranges::any_of(values, [](std::int64_t value) { return value < 0; })) {
      std::vector<Int128> wide;
      for (const std::int64_t value : values) wide.push_back(static_cast<Int128>(static_cast<std::uint64_t>(value)));
      return set(ResultColumn::Kind::decimal, own_->decimals, std::move(wide));
    }
    set(ResultColumn::Kind::integer, own_->integers, std::move(values));
  }

  void numbers() {
    if (!chunks_.empty() && chunks_.front().decimal_scale()) {
      std::vector<Int128> values(rows_);
      bool fits = true;
      each([&](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
        fits = chunk.decimals(0, std::span{values}.subspan(row, rows)) < 0 && fits;
      });
      result_.scale = *chunks_.front().decimal_scale();
      if (fits) return set(ResultColumn::Kind::decimal, own_->decimals, std::move(values));
    }
    std::vector<double> values(rows_);
    each([&](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
      chunk.numbers(0, std::span{values}.subspan(row, rows));
    });
    for (std::size_t i = 0; i < rows_; ++i) valid_[i] = values[i] == values[i] ? 1 : 0;
    set(ResultColumn::Kind::number, own_->numbers, std::move(values));
  }

  void texts() {
    std::vector<std::int64_t> offsets{0};
    offsets.reserve(rows_ + 1);
    each([&](const ColumnChunk& chunk, std::size_t, std::size_t rows) {
      std::vector<std::string_view> views(rows);
      chunk.texts(0, views);
      for (const std::string_view view : views) {
        own_->bytes += view;
        offsets.push_back(std::ssize(own_->bytes));
      }
    });
    own_->integers = std::move(offsets);
    result_.kind = ResultColumn::Kind::text;
    result_.large_offsets = true;
    result_.offsets = own_->integers.data();
    result_.data = own_->bytes.data();
  }

  void instants() {
    std::vector<Instant> values(rows_);
    each([&](const ColumnChunk& chunk, std::size_t row, std::size_t rows) {
      static_cast<void>(chunk.instants(0, std::span{values}.subspan(row, rows)));
    });
    std::vector<std::int64_t> micros;
    for (const Instant value : values) micros.push_back(micros_since_epoch(value));
    set(ResultColumn::Kind::instant, own_->integers, std::move(micros));
  }

  const std::vector<ColumnChunk>& chunks_;
  std::size_t rows_;
  std::vector<std::uint8_t> valid_;
  std::shared_ptr<Gathered> own_ = std::make_shared<Gathered>();
  ResultColumn result_;
};

}  // namespace

ResultColumn result_of(const ArrowTable& table, std::size_t column) {
  return ResultGatherer{table, column}.run(table.kind(column), table.is_unsigned(column));
}

}  // namespace customerhealth::arrow
