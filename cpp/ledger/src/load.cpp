#include "load.hpp"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <numeric>
#include <optional>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/ledger/order_key.hpp"
#include "customerhealth/ledger/table_data.hpp"
#include "customerhealth/source/type_of.hpp"
#include "encode.hpp"
#include "partition.hpp"
#include "row_checks.hpp"
#include "sources.hpp"
#include "whole_numbers.hpp"

namespace customerhealth::ledger {
namespace {

/// The group of each row, for the partition: the account's code, or, when the rows are fewer than a quarter of the
/// portfolio's accounts (an append), the account's place among those that occur, so that the cost goes by the rows.
struct Groups {
  Buffer<std::int32_t> of_row;
  std::vector<AccountCode> accounts;  // empty: the group is the account
  std::int32_t count = 0;
};

Groups group(Buffer<std::int32_t>&& accounts, std::int32_t account_count) {
  Groups groups{std::move(accounts), {}, account_count};
  if (groups.of_row.size() * 4 >= static_cast<std::size_t>(account_count)) return groups;
  std::vector<std::int32_t> present;
  std::ranges::copy_if(groups.of_row.span(), std::back_inserter(present), [](std::int32_t code) { return code >= 0; });
  std::ranges::sort(present);
  present.erase(std::ranges::unique(present).begin(), present.end());
  for (std::int32_t& code : groups.of_row.span()) {
    if (code >= 0) code = static_cast<std::int32_t>(std::ranges::lower_bound(present, code) - present.begin());
  }
  for (const std::int32_t code : present) groups.accounts.emplace_back(code);
  groups.count = static_cast<std::int32_t>(present.size());
  return groups;
}

std::int64_t first_beyond_128_bits(const std::vector<arrow::ColumnChunk>& chunks) {
  std::int64_t before = 0;
  for (const arrow::ColumnChunk& chunk : chunks) {
    std::vector<Int128> decimals(static_cast<std::size_t>(chunk.rows()));
    if (const std::int64_t row = chunk.decimals(0, decimals); row >= 0) return before + row;
    before += chunk.rows();
  }
  return -1;
}

DecimalBuffer decimals_of(Buffer<Int128>&& exact, Buffer<double>&& numbers, std::int32_t scale) {
  DecimalBuffer out{std::move(numbers), {}, {}, scale};
  if (!std::ranges::all_of(exact.span(), [](Int128 value) { return static_cast<std::int64_t>(value) == value; })) {
    out.wide = std::move(exact);
    return out;
  }
  out.scaled = Buffer<std::int64_t>(exact.size());
  for (std::size_t i = 0; i < exact.size(); ++i) out.scaled[i] = static_cast<std::int64_t>(exact[i]);
  return out;
}

class SegmentBuilder {
 public:
  SegmentBuilder(Loading&& loading, std::int32_t account_count, TextDictionary& texts, Watch& watch)
      : loading_{std::move(loading)},
        spec_{*loading_.spec},
        texts_{&texts},
        watch_{&watch},
        found_{check_rows(loading_, watch)},
        groups_{group(std::move(loading_.accounts), account_count)},
        partition_{groups_.of_row.span(), groups_.count, watch} {}

  Loaded build() && {
    Loaded loaded;
    Segment& segment = loaded.segment;
    segment.columns.resize(spec_.columns.size());
    const StoredColumn order = spec_.order ? column(*spec_.order) : StoredColumn{};  // as the rows arrived
    if (spec_.order && !spec_.time) find_order(order, {});
    if (spec_.time) {
      Buffer<Instant> times = partition_.apply(instants(*spec_.time));
      if (spec_.order)
        find_order(order, times.span());
      else
        find_order(times);
      segment.columns[static_cast<std::size_t>(*spec_.time)] = arrange(std::move(times));
    }
    for (std::int32_t c = 0; c < static_cast<std::int32_t>(spec_.columns.size()); ++c) {
      if (c == spec_.time || (c == spec_.account && !loading_.reads_account_column)) continue;
      watch_->check();
      segment.columns[static_cast<std::size_t>(c)] = column(c);
    }
    for (const StoredColumn& stored : segment.columns) loaded.types.push_back(type_of(view_of(stored)));
    for (std::int32_t c = 0; c < static_cast<std::int32_t>(spec_.columns.size()); ++c) {
      loaded.declared.push_back(declared(c));
    }
    segment.first_rows = first_rows();
    if (keeps_places(spec_)) segment.given = places(loading_.numbers);
    if (keeps_serials(spec_)) segment.serial = places(source::RowNumbers{loading_.rows_before});
    segment.begins = partition_.begins();
    segment.accounts = std::move(groups_.accounts);
    segment.arrival = spec_.order ? std::move(ranks_) : std::move(order_);
    loaded.found = std::move(found_);
    return loaded;
  }

 private:
  [[nodiscard]] Type declared(std::int32_t c) const {
    if (c == spec_.time || c == spec_.end || c == spec_.known) return Type::instant;
    if (c == spec_.deleted) return Type::boolean;
    const arrow::SourceKind kind = loading_.table->kind(loading_.columns[static_cast<std::size_t>(c)]);
    if (c == spec_.order && kind == arrow::SourceKind::text) return Type::instant;
    return source::type_of(kind);
  }

  [[nodiscard]] const std::vector<arrow::ColumnChunk>& chunks(std::int32_t c) const {
    return loading_.table->chunks(loading_.columns[static_cast<std::size_t>(c)]);
  }
  [[nodiscard]] Partition::Source<Instant> instants(std::int32_t c) const {
    return instant_source(chunks(c), spec_, c, loading_.numbers, loading_.end_is);
  }

  /// Sets `order_`: for the i-th row in time of an account, its place among the account's rows as they arrived. Stays
  /// empty when the rows of every account arrived in the order of time.
  void find_order(const Buffer<Instant>& times) {
    const auto& begins = partition_.begins();
    const auto run = [&](std::int64_t g) {
      return times.span().subspan(
          static_cast<std::size_t>(begins[static_cast<std::size_t>(g)]),
          static_cast<std::size_t>(begins[static_cast<std::size_t>(g) + 1] - begins[static_cast<std::size_t>(g)]));
    };
    std::atomic<bool> ascend = true;
    each_group([&](std::int64_t g) {
      if (!std::ranges::is_sorted(run(g))) ascend.store(false, std::memory_order_relaxed);
    });
    if (ascend) return;
    order_ = Buffer<std::uint32_t>(times.size());
    each_group([&](std::int64_t g) {
      const auto own = run(g);
      const auto order =
          order_.span().subspan(static_cast<std::size_t>(begins[static_cast<std::size_t>(g)]), own.size());
      std::iota(order.begin(), order.end(), 0U);
      if (std::ranges::is_sorted(own)) return;
      std::ranges::stable_sort(order, {}, [&](std::uint32_t place) { return own[place]; });
    });
  }

  /// Likewise where a column says what is later among rows that tie: also sets `ranks_`, for the i-th row in time of an
  /// account its place by that column, ties in order of arrival. `times` is empty where the table has none.
  void find_order(const StoredColumn& order, std::span<const Instant> times) {
    const auto& begins = partition_.begins();
    order_ = Buffer<std::uint32_t>(static_cast<std::size_t>(partition_.rows()));
    ranks_ = Buffer<std::uint32_t>(order_.size());
    each_group([&](std::int64_t g) {
      const auto begin = static_cast<std::size_t>(begins[static_cast<std::size_t>(g)]);
      const auto places =
          order_.span().subspan(begin, static_cast<std::size_t>(begins[static_cast<std::size_t>(g) + 1]) - begin);
      std::iota(places.begin(), places.end(), 0U);
      const auto earlier = [&](std::uint32_t a, std::uint32_t b) {
        return order_key(order, begin + a) < order_key(order, begin + b);
      };
      std::ranges::stable_sort(places, earlier);
      std::vector<std::uint32_t> rank_of(places.size());
      for (std::uint32_t rank = 0; rank < places.size(); ++rank) rank_of[places[rank]] = rank;
      if (!times.empty())
        std::ranges::stable_sort(places, {}, [&](std::uint32_t place) { return times[begin + place]; });
      for (std::size_t i = 0; i < places.size(); ++i) ranks_[begin + i] = rank_of[places[i]];
    });
  }

  /// Calls `body` for each group, many to a task.
  template <class Body>
  void each_group(const Body& body) const {
    constexpr std::int64_t kGroups = 256;
    const std::int64_t tasks = (groups_.count + kGroups - 1) / kGroups;
    for_each(tasks, [&](std::int64_t task) {
      watch_->check();
      for (std::int64_t g = task * kGroups; g < std::min<std::int64_t>(groups_.count, (task + 1) * kGroups); ++g)
        body(g);
    });
  }

  /// Brings each account's rows from the order of arrival into that of time.
  template <class T>
  Buffer<T> arrange(Buffer<T>&& values) const {
    if (order_.empty()) return std::move(values);
    const auto& begins = partition_.begins();
    Buffer<T> out(values.size());
    each_group([&](std::int64_t g) {
      const auto begin = static_cast<std::size_t>(begins[static_cast<std::size_t>(g)]);
      const auto end = static_cast<std::size_t>(begins[static_cast<std::size_t>(g) + 1]);
      for (std::size_t i = begin; i < end; ++i) out[i] = values[begin + order_[i]];
    });
    return out;
  }

  template <class T>
  Buffer<T> take(const Partition::Source<T>& source) const {
    return arrange(partition_.template apply<T>(source));
  }

  StoredColumn column(std::int32_t c) const {
    const arrow::SourceKind kind = loading_.table->kind(loading_.columns[static_cast<std::size_t>(c)]);
    if (c == spec_.order && kind == arrow::SourceKind::text) return or_missing(take<Instant>(instants(c)));
    if (c == spec_.end || c == spec_.known) return or_missing(take<Instant>(instants(c)));
    if (c == spec_.deleted) {
      const std::string& name = spec_.columns[static_cast<std::size_t>(c)];
      return or_missing(take<Truth>(deleted_source(chunks(c), spec_.name, name, loading_.numbers)));
    }
    switch (kind) {
      case arrow::SourceKind::boolean:
        return or_missing(take<Truth>(truth_source(chunks(c))));
      case arrow::SourceKind::integer:
        return integers(c);
      case arrow::SourceKind::number:
        return numbers(c);
      case arrow::SourceKind::text:
        return texts(c);
      case arrow::SourceKind::instant:
        return or_missing(take<Instant>(instants(c)));
      default:
        return MissingView{static_cast<std::size_t>(partition_.rows())};
    }
  }

  StoredColumn numbers(std::int32_t c) const {
    if (!chunks(c).empty() && chunks(c)[0].decimal_scale()) {
      if (auto decimals = exact_decimals(c, *chunks(c)[0].decimal_scale())) return std::move(*decimals);
    }
    return or_missing(take<double>(number_source(chunks(c))));
  }

  /// Nothing where some do not fit 128 bits.
  std::optional<StoredColumn> exact_decimals(std::int32_t c, std::int32_t scale) const {
    std::atomic<bool> fits = true;
    Buffer<Int128> exact = take<Int128>(decimal_source(chunks(c), fits));
    if (!fits) {
      if (scale == 0 && loading_.identities[static_cast<std::size_t>(c)] != 0) fail_beyond_128_bits(c);
      return std::nullopt;
    }
    Buffer<std::uint8_t> valid = take<std::uint8_t>(validity_source(chunks(c)));
    if (std::ranges::none_of(valid.span(), [](std::uint8_t has) { return has != 0; })) {
      return MissingView{exact.size()};
    }
    if (scale == 0) return whole_numbers(exact.span(), std::move(valid), true);
    return decimals_of(std::move(exact), take<double>(number_source(chunks(c))), scale);
  }

  [[noreturn]] void fail_beyond_128_bits(std::int32_t c) const {
    const auto& name = spec_.columns[static_cast<std::size_t>(c)];
    const std::int64_t row = loading_.numbers(first_beyond_128_bits(chunks(c)));
    throw DataError{spec_.name + "." + name + "[" + std::to_string(row) +
                        "]: integers that tell things apart fit 128 bits; give longer ones as texts",
                    spec_.name, name, row, 1};
  }

  StoredColumn integers(std::int32_t c) const {
    IntegerBuffer stored{take<std::int64_t>(integer_source(chunks(c))), {}, false, false, {}};
    if (std::ranges::any_of(chunks(c), [](const arrow::ColumnChunk& chunk) { return chunk.has_nulls(); })) {
      stored.valid = take<std::uint8_t>(validity_source(chunks(c)));
      if (std::ranges::none_of(stored.valid.span(), [](std::uint8_t has) { return has != 0; })) {
        return MissingView{stored.values.size()};
      }
    }
    if (loading_.table->is_unsigned(loading_.columns[static_cast<std::size_t>(c)])) {
      const IntegerView view{stored.values.span(), stored.valid.span(), false};
      for (std::size_t i = 0; i < stored.values.size(); ++i) stored.is_unsigned |= view.has(i) && stored.values[i] < 0;
    }
    return stored;
  }

  StoredColumn texts(std::int32_t c) const {
    const bool is_key = c == spec_.key;  // an empty text is none
    const auto intern = [&](std::string_view text, std::uint64_t hash) {
      return is_key && text.empty() ? TextCode{}.get() : texts_->intern(text, hash).get();
    };
    const Buffer<std::int32_t> codes = encode_texts(
        chunks(c), intern, {spec_.name, spec_.columns[static_cast<std::size_t>(c)], loading_.numbers}, *watch_);
    return or_missing(take<TextCode>([&](std::int64_t begin, std::span<TextCode> scratch) {
      for (std::size_t i = 0; i < scratch.size(); ++i)
        scratch[i] = TextCode{codes[static_cast<std::size_t>(begin) + i]};
      return static_cast<const TextCode*>(scratch.data());
    }));
  }

  /// A column of nothing but nulls fits any type.
  template <class T>
  static StoredColumn or_missing(Buffer<T>&& values) {
    const ColumnView view = std::span<const T>{values.span()};
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (!is_missing(view, i)) return std::move(values);
    }
    return MissingView{values.size()};
  }

  [[nodiscard]] Buffer<std::int64_t> places(const source::RowNumbers& numbers) const {
    return take<std::int64_t>([numbers](std::int64_t begin, std::span<std::int64_t> scratch) {
      for (std::size_t i = 0; i < scratch.size(); ++i) scratch[i] = numbers(begin + static_cast<std::int64_t>(i));
      return static_cast<const std::int64_t*>(scratch.data());
    });
  }

  [[nodiscard]] std::vector<std::int64_t> first_rows() const {
    std::vector<std::int64_t> first = partition_.first_rows();
    for (std::int64_t& row : first) row = row < 0 ? row : loading_.numbers(row);
    return first;
  }

  Loading loading_;
  const model::TableSpec& spec_;
  TextDictionary* texts_;
  Watch* watch_;
  RowsFound found_;
  Groups groups_;
  Partition partition_;
  Buffer<std::uint32_t> order_, ranks_;
};

}  // namespace

Loaded load(Loading loading, std::int32_t account_count, TextDictionary& texts, Watch& watch) {
  return SegmentBuilder{std::move(loading), account_count, texts, watch}.build();
}

}  // namespace customerhealth::ledger
