#include "nested_walk.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>
#include <string_view>
#include <utility>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/common/length.hpp"
#include "json_text.hpp"
#include "nanoarrow/nanoarrow.h"
#include "nesting.hpp"

namespace customerhealth::source {
namespace {

std::int64_t fixed_size(const ArrowSchema& schema) noexcept {
  const std::string_view digits = std::string_view{schema.format}.substr(3);
  std::int64_t size = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), size);
  return std::max<std::int64_t>(size, 0);
}

/// The rows of an array: a run of them, or some by their places (-1: null).
struct Cursor {
  const ArrowSchema* schema = nullptr;
  const ArrowArray* array = nullptr;
  std::int64_t skip = 0;
  std::vector<std::uint8_t> valid;  // of a run
  bool is_run = true;
  std::vector<std::int64_t> places;

  [[nodiscard]] std::int64_t rows() const noexcept { return is_run ? std::ssize(valid) : std::ssize(places); }
  [[nodiscard]] std::int64_t place(std::int64_t row) const noexcept {
    const auto i = static_cast<std::size_t>(row);
    return is_run ? (valid[i] != 0 ? skip + row : -1) : places[i];
  }
};

template <class T>
T load(const void* data, std::int64_t i) noexcept {
  T value;
  std::memcpy(&value, static_cast<const char*>(data) + i * static_cast<std::int64_t>(sizeof(T)), sizeof(T));
  return value;
}

class Descender {
 public:
  Descender(std::shared_ptr<const ArrowArray> batch, arrow::NestedReader& reader, std::int64_t first_row)
      : batch_{std::move(batch)}, reader_{reader}, first_row_{first_row} {}

  arrow::ColumnChunk run(const ArrowSchema& table, std::span<const Descent> descents, std::vector<std::int64_t>* rows) {
    Cursor at{&table, batch_.get(), 0, {}, true, {}};
    at.valid.assign(static_cast<std::size_t>(batch_->length), 1);
    for (const Descent& descent : descents) {
      at = descent.kind == Descent::Kind::each ? all_elements(std::move(at), rows) : step(std::move(at), descent);
    }
    return chunk(at);
  }

 private:
  [[nodiscard]] std::shared_ptr<const ArrowArray> kept(const ArrowArray* array) const { return {batch_, array}; }

  arrow::ColumnChunk chunk(const Cursor& at) {
    return at.is_run ? reader_.run(*at.schema, kept(at.array), at.skip, at.valid, first_row_)
                     : reader_.picked(*at.schema, kept(at.array), at.places, first_row_);
  }

  Cursor step(Cursor at, const Descent& descent) {
    check(*at.array, nesting_of(*at.schema));
    drop_nulls(at);
    switch (descent.kind) {
      case Descent::Kind::member:
        return member(std::move(at), descent.place);
      case Descent::Kind::place:
        return element(at, [&](std::int64_t begin, std::int64_t end) {
          return descent.place < end - begin ? begin + descent.place : -1;
        });
      case Descent::Kind::match:
        return matching(at, descent.match);
      case Descent::Kind::entry: {
        const ArrowSchema& entries = *at.schema->children[0];
        Cursor found = matching(
            at, {entries.children[0]->name == nullptr ? "" : entries.children[0]->name, descent.match.value}, 0);
        check(*found.array, Nesting::structs);
        drop_nulls(found);
        return member(std::move(found), 1);
      }
      case Descent::Kind::each:
        break;
    }
    return at;
  }

  // ---- checks: an array is used as it says only after these ----

  void check(const ArrowArray& array, Nesting nesting) {
    const bool is_sane = 0 <= array.length && array.length <= arrow::kMostRows && 0 <= array.offset &&
                         array.offset <= arrow::kMostRows && array.n_buffers >= 0 &&
                         (array.n_buffers == 0 || array.buffers != nullptr);
    if (!is_sane) reader_.fail(first_row_, "its length is " + std::to_string(array.length));
    if (array.null_count > 0 && (array.n_buffers < 1 || array.buffers[0] == nullptr))
      reader_.fail(first_row_, "it has nulls but no validity bitmap");
    if (array.n_children < 1 || array.children == nullptr || array.children[0] == nullptr)
      reader_.fail(first_row_, "what it holds is not there");
    const std::int64_t offsets = nesting == Nesting::views || nesting == Nesting::large_views ? 2 : 1;
    const bool has_offsets = nesting != Nesting::structs && nesting != Nesting::fixed_lists;
    if (!has_offsets || array.length == 0) return;
    if (array.n_buffers < 1 + offsets || array.buffers[1] == nullptr || array.buffers[offsets] == nullptr)
      reader_.fail(first_row_, "its offsets are not there");
  }
  const ArrowArray& child(const ArrowArray& array, std::int64_t index) {
    if (index >= array.n_children || array.children[index] == nullptr || array.children[index]->release == nullptr)
      reader_.fail(first_row_, "a member is not there");
    const ArrowArray& found = *array.children[index];
    if (found.length < 0 || found.length > arrow::kMostRows || found.offset < 0 || found.offset > arrow::kMostRows)
      reader_.fail(first_row_, "the length of a member is " + std::to_string(found.length));
    return found;
  }

  void drop_nulls(Cursor& at) {
    const ArrowArray& array = *at.array;
    const std::int64_t reach = at.is_run ? at.skip + at.rows() : 0;  // places were checked when they were found
    if (reach > array.length) reader_.fail(first_row_, "its length is " + std::to_string(array.length));
    if (array.null_count == 0 || array.n_buffers < 1 || array.buffers[0] == nullptr) return;
    const auto* bits = static_cast<const std::uint8_t*>(array.buffers[0]);
    const auto has = [&](std::int64_t i) {
      return ((bits[(array.offset + i) / 8] >> ((array.offset + i) % 8)) & 1) != 0;
    };
    if (at.is_run) {
      for (std::int64_t i = 0; i < at.rows(); ++i) {
        if (!has(at.skip + i)) at.valid[static_cast<std::size_t>(i)] = 0;
      }
    } else {
      for (std::int64_t& place : at.places) {
        if (place >= 0 && !has(place)) place = -1;
      }
    }
  }

  // ---- steps, from rows that are there ----

  Cursor member(Cursor at, std::int64_t index) {
    const ArrowArray& inner = child(*at.array, index);
    const std::int64_t offset = at.array->offset;
    at.skip += offset;
    for (std::int64_t& place : at.places) {
      if (place < 0) continue;
      place += offset;
      if (place >= inner.length) reader_.fail(first_row_, "a member is shorter than its struct");
    }
    if (at.is_run && at.skip + at.rows() > inner.length)
      reader_.fail(first_row_, "a member is shorter than its struct");
    at.schema = at.schema->children[index];
    at.array = &inner;
    return at;
  }

  /// In each row the element that `choose` gives for the places [begin, end) of its list.
  template <class Choose>
  Cursor element(const Cursor& at, const Choose& choose) {
    Cursor out{at.schema->children[0], &child(*at.array, 0), 0, {}, false, {}};
    out.places.assign(static_cast<std::size_t>(at.rows()), -1);
    visit_lists(at, [&](std::int64_t row, std::int64_t begin, std::int64_t end) {
      out.places[static_cast<std::size_t>(row)] = choose(begin, end);
    });
    return out;
  }

  /// A row for each element; `rows` takes the row that it is of.
  Cursor all_elements(Cursor at, std::vector<std::int64_t>* rows) {
    check(*at.array, nesting_of(*at.schema));
    drop_nulls(at);
    Cursor out{at.schema->children[0], &child(*at.array, 0), 0, {}, false, {}};
    bool are_neighbours = true;
    visit_lists(at, [&](std::int64_t row, std::int64_t begin, std::int64_t end) {
      are_neighbours = are_neighbours && (out.places.empty() || begin == end || begin == out.places.back() + 1);
      for (std::int64_t place = begin; place < end; ++place) out.places.push_back(place);
      if (rows != nullptr) rows->insert(rows->end(), static_cast<std::size_t>(end - begin), row);
    });
    if (are_neighbours && !out.places.empty()) {
      out.is_run = true;
      out.skip = out.places.front();
      out.valid.assign(out.places.size(), 1);
      out.places.clear();
    }
    return out;
  }

  /// Calls `visit` with each row that has a list and the places [begin, end) of its elements.
  template <class Visit>
  void visit_lists(const Cursor& at, const Visit& visit) {
    const ArrowArray& inner = child(*at.array, 0);
    const auto each = [&](const auto& range) {
      for (std::int64_t row = 0; row < at.rows(); ++row) {
        const std::int64_t place = at.place(row);
        if (place < 0) continue;
        const auto [begin, end] = range(place + at.array->offset);
        if (begin < 0 || begin > end || end > inner.length)
          reader_.fail(first_row_, "its list offsets run backwards or out of the data");
        visit(row, begin, end);
      }
    };
    const void* const* buffers = at.array->buffers;
    using Range = std::pair<std::int64_t, std::int64_t>;
    switch (nesting_of(*at.schema)) {
      case Nesting::large_lists:
        each([&](std::int64_t i) {
          return Range{load<std::int64_t>(buffers[1], i), load<std::int64_t>(buffers[1], i + 1)};
        });
        break;
      case Nesting::views:
        each([&](std::int64_t i) {
          const std::int64_t begin = load<std::int32_t>(buffers[1], i);
          return Range{begin, begin + load<std::int32_t>(buffers[2], i)};
        });
        break;
      case Nesting::large_views:
        each([&](std::int64_t i) {
          const auto begin = load<std::int64_t>(buffers[1], i), size = load<std::int64_t>(buffers[2], i);
          return 0 <= begin && begin <= inner.length && size <= inner.length ? Range{begin, begin + size}
                                                                             : Range{-1, 0};
        });
        break;
      case Nesting::fixed_lists:
        each([&, size = fixed_size(*at.schema)](std::int64_t i) {
          const bool fits = size == 0 || i < inner.length / size;
          return fits ? Range{i * size, (i + 1) * size} : Range{-1, 0};
        });
        break;
      default:
        each([&](std::int64_t i) {
          return Range{std::int64_t{load<std::int32_t>(buffers[1], i)},
                       std::int64_t{load<std::int32_t>(buffers[1], i + 1)}};
        });
    }
  }

  /// The first element of each row's list whose member (by its name, or by its place) is the value.
  Cursor matching(const Cursor& at, const Match& match, std::int64_t member_place = -1) {
    const std::vector<std::uint8_t> matches =
        matches_of(*at.schema->children[0], child(*at.array, 0), match, member_place);
    return element(at, [&](std::int64_t begin, std::int64_t end) {
      const auto from = matches.begin() + begin, to = matches.begin() + end;
      const auto found = std::find(from, to, std::uint8_t{1});
      return found == to ? std::int64_t{-1} : found - matches.begin();
    });
  }

  std::vector<std::uint8_t> matches_of(const ArrowSchema& schema, const ArrowArray& elements, const Match& match,
                                       std::int64_t member_place) {
    Cursor all{&schema, &elements, 0, {}, true, {}};
    all.valid.assign(static_cast<std::size_t>(elements.length), 1);
    if (nesting_of(schema) != Nesting::structs) return json_matches(chunk(all), match);
    check(elements, Nesting::structs);
    drop_nulls(all);
    return value_matches(
        chunk(member(std::move(all), member_place < 0 ? child_named(schema, match.key) : member_place)), match.value);
  }

  static std::vector<std::uint8_t> json_matches(const arrow::ColumnChunk& texts, const Match& match) {
    std::vector<std::string_view> views(static_cast<std::size_t>(texts.rows()));
    texts.texts(0, views);
    const std::vector<std::vector<Step>> path{{Member{match.key}}};
    const JsonPaths paths{path};
    std::vector<std::uint8_t> out(views.size());
    std::deque<std::string> kept;
    Token token;
    for (std::size_t i = 0; i < views.size(); ++i) {
      if (views[i].data() == nullptr || !paths.find(views[i], {&token, 1}, kept)) continue;
      out[i] = is_value(token, match.value) ? 1 : 0;
    }
    return out;
  }

  template <class T>
  static std::optional<T> parsed(const std::string& text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc{} && end == text.data() + text.size() ? std::optional{value} : std::nullopt;
  }

  static std::vector<std::uint8_t> value_matches(const arrow::ColumnChunk& chunk, const std::string& wanted) {
    const auto rows = static_cast<std::size_t>(chunk.rows());
    std::vector<std::uint8_t> out(rows);
    const auto mark = [&](const auto& values, const auto& value) {
      for (std::size_t i = 0; i < rows; ++i) out[i] = values[i] == value ? 1 : 0;
    };
    switch (chunk.kind()) {
      case arrow::SourceKind::text: {
        std::vector<std::string_view> values(rows);
        chunk.texts(0, values);
        for (std::size_t i = 0; i < rows; ++i) out[i] = values[i].data() != nullptr && values[i] == wanted ? 1 : 0;
        break;
      }
      case arrow::SourceKind::integer: {
        std::vector<std::int64_t> values(rows);
        std::vector<std::uint8_t> valid(rows);
        chunk.integers(0, values, valid);
        if (const auto value = parsed<std::int64_t>(wanted); value && (*value >= 0 || !chunk.is_unsigned())) {
          for (std::size_t i = 0; i < rows; ++i) out[i] = valid[i] != 0 && values[i] == *value ? 1 : 0;
        } else if (const auto large = parsed<std::uint64_t>(wanted); large && chunk.is_unsigned()) {
          for (std::size_t i = 0; i < rows; ++i)
            out[i] = valid[i] != 0 && static_cast<std::uint64_t>(values[i]) == *large ? 1 : 0;
        }
        break;
      }
      case arrow::SourceKind::number: {
        std::vector<double> values(rows);
        chunk.numbers(0, values);
        if (const auto value = parsed<double>(wanted)) mark(values, *value);
        break;
      }
      case arrow::SourceKind::boolean: {
        std::vector<Truth> values(rows);
        chunk.truths(0, values);
        if (wanted == "true" || wanted == "false") mark(values, wanted == "true" ? Truth::yes : Truth::no);
        break;
      }
      case arrow::SourceKind::instant: {
        std::vector<Instant> values(rows);
        static_cast<void>(chunk.instants(0, values));
        if (const auto value = parse_instant(wanted)) mark(values, *value);
        break;
      }
      case arrow::SourceKind::null:
      case arrow::SourceKind::unusable:
        break;
    }
    return out;
  }

  std::shared_ptr<const ArrowArray> batch_;
  arrow::NestedReader& reader_;
  std::int64_t first_row_;
};

}  // namespace

arrow::ColumnChunk descend(const ArrowSchema& table, const std::shared_ptr<const ArrowArray>& batch,
                           std::span<const Descent> descents, arrow::NestedReader& reader, std::int64_t first_row,
                           std::vector<std::int64_t>* rows) {
  return Descender{batch, reader, first_row}.run(table, descents, rows);
}

}  // namespace customerhealth::source
