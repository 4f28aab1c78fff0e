#include "stripe.hpp"

#include <algorithm>
#include <memory>
#include <utility>

#include "customerhealth/arrow/made_chunks.hpp"
#include "customerhealth/common/length.hpp"
#include "instants.hpp"
#include "joined_keys.hpp"
#include "read_values.hpp"

namespace customerhealth::source {
namespace {

/// The texts of a stripe, those that formulas make, and the batches that they lie in.
struct Memory {
  StripeTexts texts;
  std::optional<TextOverlay> made;
  std::vector<arrow::ColumnChunk> chunks;
};

class StripeMaker {
 public:
  StripeMaker(const TablePlan& plan, std::vector<arrow::ColumnChunk> chunks, std::int64_t rows)
      : plan_{plan},
        source_{plan.spec->source},
        memory_{std::make_shared<Memory>()},
        rows_{static_cast<std::size_t>(rows)} {
    memory_->chunks = std::move(chunks);
  }

  Stripe make() && {
    Stripe out;
    become_instants(out);
    read();
    evaluate();
    choose(out);
    keep_first_bad(out);
    count_odd(out);
    for (const std::int32_t origin : plan_.origins) {
      out.columns.push_back(origin == kKeyOfParts ? key_chunk(out) : chunk_of(origin, out));
    }
    if (plan_.ends_by_days) {
      arrow::ColumnChunk& end = out.columns[static_cast<std::size_t>(*plan_.spec->end)];
      if (end.kind() == arrow::SourceKind::instant) end = after_days(end, *source_.zone);
    }
    return out;
  }

 private:
  [[nodiscard]] arrow::ColumnChunk key_chunk(const Stripe& out) const {
    std::vector<arrow::ColumnChunk> parts;
    for (const std::int32_t origin : plan_.key_origins) parts.push_back(chunk_of(origin, out));
    return joined_keys(parts);
  }

  void become_instants(Stripe& out) {
    out.fitting.resize(source_.columns.size());
    standings_.resize(source_.columns.size());
    for (std::size_t c = 0; c < source_.columns.size(); ++c) {
      const auto& format = plan_.formats[c];
      arrow::ColumnChunk& chunk = memory_->chunks[c];
      if (!format || chunk.kind() == arrow::SourceKind::null) continue;
      Converted converted = convert(chunk, *format);
      out.fitting[c] = converted.fitting;
      standings_[c] = std::move(converted.standings);
      for (const std::int64_t row : converted.bad) {
        bad_.push_back({row, source_.columns[c], words_for(chunk, row, *format, false),
                        bad_.empty() ? words_for(chunk, row, *format, true) : ""});
      }
      chunk = arrow::instant_chunk(std::move(converted.values), converted.step);
    }
  }

  void count_odd(Stripe& out) const {
    for (std::size_t c = 0; c < standings_.size(); ++c) {
      for (std::size_t row = 0; row < standings_[c].size(); ++row) {
        if (standings_[c][row] == Zone::Standing::once) continue;
        if (!exists(out, static_cast<std::int64_t>(row))) continue;
        Odd& odd = standings_[c][row] == Zone::Standing::twice ? out.twice : out.never;
        ++odd.rows;
        const auto place = static_cast<std::int64_t>(row);
        if (odd.first >= 0 && odd.first <= place) continue;
        Instant time = kMissingInstant;
        static_cast<void>(memory_->chunks[c].instants(place, {&time, 1}));
        odd.first = place;
        odd.example = source_.columns[c] + " " + customerhealth::to_string(time);
      }
    }
  }

  void read() {
    for (std::size_t c = 0; c < source_.columns.size(); ++c) {
      if (plan_.used[c] == 0 || plan_.types[c] == Type::any) {
        values_.emplace_back(ColumnView{MissingView{rows_}});
        continue;
      }
      std::optional<BadCell> bad;
      values_.push_back(read_values(memory_->chunks[c], memory_->texts, bad));
      if (!bad) continue;
      bad->column = source_.columns[c];
      bad_.push_back(*std::move(bad));
    }
  }

  void evaluate() {
    memory_->made.emplace(memory_->texts);
    std::vector<Problem> none;  // the plan has bound the formulas to these types
    bound_ = model::bind_source(*plan_.spec, plan_.types, *memory_->made, none);
    for (const Column& column : values_) inputs_.push_back(column.view());
    for (const expression::BoundExpression& derived : bound_.derived) {
      values_.push_back(derived.evaluate(inputs_, rows_));
      inputs_.push_back(values_.back().view());
    }
  }

  void choose(Stripe& out) const {
    if (!bound_.where) return;
    const Column truths = bound_.where->evaluate(inputs_, rows_);
    Buffer<std::int64_t> kept(rows_);
    std::size_t count = 0;
    if (const auto* values = std::get_if<std::span<const Truth>>(&truths.view())) {
      for (std::size_t i = 0; i < rows_; ++i) {
        kept[count] = static_cast<std::int64_t>(i);
        count += (*values)[i] == Truth::yes ? 1 : 0;
      }
    }
    kept.shrink(count);
    if (count < rows_) out.kept = std::move(kept);
  }

  void keep_first_bad(Stripe& out) const {
    for (const BadCell& bad : bad_) {
      if (exists(out, bad.row) && (!out.bad || bad.row < out.bad->row)) out.bad = bad;
    }
  }

  /// Whether `where` leaves the row.
  [[nodiscard]] static bool exists(const Stripe& out, std::int64_t row) {
    return !out.kept || std::ranges::binary_search(out.kept->span(), row);
  }

  [[nodiscard]] arrow::ColumnChunk chunk_of(std::int32_t origin, const Stripe& out) const {
    if (origin < 0) {
      return made_chunk(inputs_[source_.columns.size() + static_cast<std::size_t>(-1 - origin)], out);
    }
    const auto column = static_cast<std::size_t>(origin);
    if (std::holds_alternative<std::span<const TextCode>>(inputs_[column])) return made_chunk(inputs_[column], out);
    const arrow::ColumnChunk& chunk = memory_->chunks[column];
    return out.kept ? chunk.take(out.kept->span()) : chunk;
  }

  /// Those of the values that `where` leaves.
  template <class T>
  Buffer<T> kept_of(std::span<const T> values, const Stripe& out) const {
    if (!out.kept) {
      Buffer<T> all(values.size());
      std::ranges::copy(values, all.data());
      return all;
    }
    Buffer<T> some(out.kept->size());
    for (std::size_t i = 0; i < some.size(); ++i) some[i] = values[static_cast<std::size_t>((*out.kept)[i])];
    return some;
  }

  [[nodiscard]] arrow::ColumnChunk made_chunk(const ColumnView& view, const Stripe& out) const {
    if (const auto* numbers = std::get_if<std::span<const double>>(&view)) {
      return arrow::number_chunk(kept_of(*numbers, out));
    }
    if (const auto* truths = std::get_if<std::span<const Truth>>(&view)) {
      return arrow::truth_chunk(kept_of(*truths, out).span());
    }
    if (const auto* instants = std::get_if<std::span<const Instant>>(&view)) {
      return arrow::instant_chunk(kept_of(*instants, out));
    }
    if (const auto* codes = std::get_if<std::span<const TextCode>>(&view)) return texts_chunk(kept_of(*codes, out));
    return arrow::null_chunk(static_cast<std::int64_t>(out.kept ? out.kept->size() : rows_));
  }

  /// The texts that these rows have, as a dictionary of their own.
  [[nodiscard]] arrow::ColumnChunk texts_chunk(const Buffer<TextCode>& codes) const {
    constexpr std::int32_t kUnseen = -1;
    std::vector<std::int32_t> places(static_cast<std::size_t>(memory_->made->size()), kUnseen);
    std::vector<std::string_view> texts;
    Buffer<std::int32_t> indices(codes.size());
    for (std::size_t i = 0; i < codes.size(); ++i) {
      indices[i] = -1;
      if (codes[i].is_missing()) continue;
      std::int32_t& place = places[static_cast<std::size_t>(codes[i].get())];
      if (place == kUnseen) {
        place = static_cast<std::int32_t>(texts.size());
        texts.push_back(memory_->made->text(codes[i]));
      }
      indices[i] = place;
    }
    return arrow::text_chunk(std::move(indices), std::move(texts), memory_);
  }

  const TablePlan& plan_;
  const model::SourceSpec& source_;
  std::shared_ptr<Memory> memory_;
  std::size_t rows_;
  std::vector<Column> values_;  // of the source's columns, then of the derived ones
  std::vector<ColumnView> inputs_;
  model::BoundSource bound_;
  std::vector<BadCell> bad_;
  std::vector<std::vector<Zone::Standing>> standings_;  // beside the source's columns
};

}  // namespace

Stripe make_stripe(const TablePlan& plan, std::vector<arrow::ColumnChunk> chunks, std::int64_t rows) {
  return StripeMaker{plan, std::move(chunks), rows}.make();
}

}  // namespace customerhealth::source
