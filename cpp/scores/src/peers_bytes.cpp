#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "customerhealth/common/errors.hpp"
#include "customerhealth/scores/peers.hpp"

/// Peers as bytes, little endian whatever the machine:
///   magic, version, digest, basis, levels, levels wanted,
///   as-ofs: count, each, whether over time, a byte; instants: count, each; tables: count, each how many instants, each
///   a byte; nodes: count, each level, statistic, keys: count, each, and where there are keys, whose values it has, as
///     the place of the node: of itself, or the first that compares the same. Of its own
///     at each instant of each group: count, values, count, how many peers lie at each or below, in four bytes.
/// Means and deviations follow from the values.
namespace customerhealth::scores {
namespace {

constexpr std::string_view kMagic = "customerhealth peers\n";
constexpr std::uint64_t kVersion = 3;

class Writer {
 public:
  void word(std::uint64_t value) {
    for (int i = 0; i < 64; i += 8) bytes_ += static_cast<char>((value >> i) & 0xff);
  }
  void word(std::int64_t value) { word(static_cast<std::uint64_t>(value)); }
  void half(std::uint32_t value) {
    for (int i = 0; i < 32; i += 8) bytes_ += static_cast<char>((value >> i) & 0xff);
  }
  void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
  void raw(std::string_view text) { bytes_ += text; }
  void text(std::string_view text) {
    word(std::uint64_t{text.size()});
    raw(text);
  }
  [[nodiscard]] std::string take() && { return std::move(bytes_); }

 private:
  std::string bytes_;
};

/// Reads bytes that may come from anywhere: it checks every number, and allocates no more than the bytes can fill.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_{bytes} {}

  [[noreturn]] void refuse(const std::string& message) const {
    throw DataError{"peers: these bytes cannot be read: " + message + " (at byte " + std::to_string(at_) + " of " +
                        std::to_string(bytes_.size()) + ")",
                    "", ""};
  }
  std::string_view raw(std::uint64_t size) {
    if (size > bytes_.size() - at_) refuse("they end too early");
    const std::string_view out = bytes_.substr(at_, static_cast<std::size_t>(size));
    at_ += static_cast<std::size_t>(size);
    return out;
  }
  std::uint8_t byte() { return static_cast<std::uint8_t>(raw(1)[0]); }
  std::uint64_t word() {
    const std::string_view eight = raw(8);
    std::uint64_t out = 0;
    for (std::size_t i = 0; i < 8; ++i) out |= std::uint64_t{static_cast<std::uint8_t>(eight[i])} << (8 * i);
    return out;
  }
  std::uint32_t half() {
    const std::string_view four = raw(4);
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < 4; ++i) out |= std::uint32_t{static_cast<std::uint8_t>(four[i])} << (8 * i);
    return out;
  }
  /// Reads a count of things that take at least `bytes` bytes each; the rest must be long enough for them.
  std::size_t count(std::size_t size) {
    const std::uint64_t out = word();
    if (out > (bytes_.size() - at_) / size) refuse("a count of " + std::to_string(out) + " is more than they hold");
    return static_cast<std::size_t>(out);
  }
  std::int32_t small(const char* what) {
    constexpr std::uint64_t kMost = std::numeric_limits<std::int32_t>::max();
    const std::uint64_t out = word();
    if (out > kMost)
      refuse(std::string{what} + " of " + std::to_string(out) + "; expected at most " + std::to_string(kMost));
    return static_cast<std::int32_t>(out);
  }
  std::string text() { return std::string{raw(word())}; }
  [[nodiscard]] bool done() const noexcept { return at_ == bytes_.size(); }

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

void write(const std::vector<Instant>& instants, Writer& out) {
  out.word(std::uint64_t{instants.size()});
  for (const Instant instant : instants) out.word(std::int64_t{instant.time_since_epoch().count()});
}

std::vector<Instant> read_instants(Reader& in) {
  std::vector<Instant> out;
  const std::size_t count = in.count(8);
  for (std::size_t k = 0; k < count; ++k) {
    const Instant instant{Micros{static_cast<std::int64_t>(in.word())}};
    if (is_missing(instant) || (k > 0 && !(out.back() < instant))) in.refuse("the as-ofs do not ascend");
    out.push_back(instant);
  }
  return out;
}

void write(const SortedPeers& at, Writer& out) {
  for (std::size_t g = 0; g < at.groups(); ++g) {
    const PeerGroup group = at.group(g);
    out.word(std::uint64_t{group.values.size()});
    for (const double value : group.values) out.word(std::bit_cast<std::uint64_t>(value));
    out.word(std::uint64_t{group.up_to.size()});
    for (const std::uint32_t count : group.up_to) out.half(count);
  }
}

std::vector<double> read_values(Reader& in) {
  std::vector<double> out(in.count(8));
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = std::bit_cast<double>(in.word());
    if (!std::isfinite(out[i]) || std::bit_cast<std::uint64_t>(out[i] + 0.0) != std::bit_cast<std::uint64_t>(out[i])) {
      in.refuse("a value is no finite number");
    }
    if (i > 0 && out[i] < out[i - 1]) in.refuse("the values of a group do not ascend");
  }
  return out;
}

/// Equal peers must be equal bytes, so only ascending finite values are taken, without -0.0, and with counts just where
/// they take less.
void read_group(Reader& in, SortedPeers& out) {
  const std::vector<double> values = read_values(in);
  std::vector<std::uint32_t> up_to(in.count(4));
  for (std::uint32_t& count : up_to) count = in.half();
  if (up_to.empty()) {
    out.add_group(values);
  } else {
    if (up_to.size() != values.size()) in.refuse("the counts are not those of the values");
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (i > 0 && values[i - 1] == values[i]) in.refuse("a value with its count is there twice");
      if (up_to[i] <= (i == 0 ? 0 : up_to[i - 1])) in.refuse("a value has impossibly many peers");
    }
    if (!SortedPeers::counts(values.size(), up_to.back()))
      in.refuse("values have counts that take more than they save");
    out.add_group(values, up_to);
  }
  if (out.group(out.groups() - 1).up_to.size() != up_to.size()) in.refuse("equal values have no counts");
}

void read_values(Reader& in, std::size_t instants, PeersFit& out) {
  for (std::size_t k = 0; k < instants; ++k) {
    auto sorted = std::make_shared<SortedPeers>();
    for (std::size_t g = 0; g < out.keys.size(); ++g) read_group(in, *sorted);
    out.at.emplace_back(std::move(sorted), out.statistic);
  }
}

/// The place of the first node that compares the same values; that of `node` itself, behind them, where none does.
std::size_t first_with_values_of(const PeersFit& node, std::span<const PeersFit> before) noexcept {
  const auto same = std::ranges::find_if(before, [&](const PeersFit& one) { return one.has_values_of(node); });
  return static_cast<std::size_t>(same - before.begin());
}

PeersFit read_node(Reader& in, std::span<const PeersFit> before, std::size_t instants) {
  PeersFit out;
  out.level = in.small("a level");
  const std::uint8_t statistic = in.byte();
  if (out.level < 1 || statistic > static_cast<std::uint8_t>(PeersStatistic::deviation)) {
    in.refuse("a node of an unknown kind");
  }
  out.statistic = static_cast<PeersStatistic>(statistic);
  const std::size_t keys = in.count(8);
  for (std::size_t i = 0; i < keys; ++i) {
    std::string key = in.text();
    if (i > 0 && !(out.keys.back() < key)) in.refuse("the keys of groups do not ascend");
    out.keys.push_back(std::move(key));
  }
  if (keys == 0) return out;
  const auto whose = static_cast<std::size_t>(in.small("a node"));
  if (whose > before.size()) in.refuse("a node has the values of one that comes later");
  if (whose < before.size()) {
    if (before[whose].keys != out.keys) in.refuse("a node has the values of one with other groups");
    for (const PeerValues& same : before[whose].at) out.at.emplace_back(same.sorted, out.statistic);
  } else {
    read_values(in, instants, out);
  }
  if (first_with_values_of(out, before) != whose) in.refuse("a node has values that an earlier one has too");
  return out;
}

}  // namespace

std::string Peers::to_bytes() const {
  Writer out;
  out.raw(kMagic);
  out.word(kVersion);
  out.text(digest);
  out.text(basis);
  out.word(std::int64_t{levels});
  out.word(std::int64_t{levels_wanted});
  write(as_ofs, out);
  out.byte(over_time ? 1 : 0);
  write(instants, out);
  out.word(std::uint64_t{tables.size()});
  for (const auto& table : tables) {
    out.word(std::uint64_t{table.size()});
    for (const Freshness& at : table) out.byte(static_cast<std::uint8_t>((at.visible ? 1 : 0) + (at.fresh ? 2 : 0)));
  }
  out.word(std::uint64_t{nodes.size()});
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    const PeersFit& node = nodes[n];
    out.word(std::int64_t{node.level});
    out.byte(static_cast<std::uint8_t>(node.statistic));
    out.word(std::uint64_t{node.keys.size()});
    for (const std::string& key : node.keys) out.text(key);
    if (node.keys.empty()) continue;
    const std::size_t whose = first_with_values_of(node, std::span{nodes}.first(n));
    out.word(std::uint64_t{whose});
    if (whose < n) continue;
    for (const PeerValues& at : node.at) write(*at.sorted, out);
  }
  return std::move(out).take();
}

Peers Peers::from_bytes(std::string_view bytes) {
  Reader in{bytes};
  if (!bytes.starts_with(kMagic)) in.refuse("they are not those of customerhealth's peers");
  (void)in.raw(kMagic.size());
  const std::uint64_t version = in.word();
  if (version != kVersion) {
    in.refuse("they are of version " + std::to_string(version) + "; expected " + std::to_string(kVersion));
  }
  Peers out;
  out.digest = in.text();
  out.basis = in.text();
  out.levels = in.small("levels");
  out.levels_wanted = in.small("levels");
  if (out.levels_wanted < 1 || out.levels > out.levels_wanted) in.refuse("more levels than there are");
  out.as_ofs = read_instants(in);
  const std::uint8_t over_time = in.byte();
  if (over_time > 1) in.refuse("whether they are over time is no yes or no");
  out.over_time = over_time != 0;
  out.instants = read_instants(in);
  const std::size_t instants = out.instants.size();
  if (!std::ranges::includes(out.instants, out.as_ofs)) in.refuse("an as-of is not among the instants");
  const std::size_t tables = in.count(8);
  for (std::size_t t = 0; t < tables; ++t) {
    auto& table = out.tables.emplace_back();
    const std::size_t count = in.count(1);
    if (count != 0 && count != instants) in.refuse("a table's freshness is not that of each as-of");
    for (std::size_t k = 0; k < count; ++k) {
      const std::uint8_t flags = in.byte();
      if (flags > 3 || flags == 2) in.refuse("a table cannot be fresh without a row");
      table.push_back({(flags & 1) != 0, (flags & 2) != 0});
    }
  }
  const std::size_t nodes = in.count(17);
  for (std::size_t n = 0; n < nodes; ++n) {
    out.nodes.push_back(read_node(in, out.nodes, instants));
    if (out.nodes.back().level >= out.levels && !out.nodes.back().keys.empty()) {
      in.refuse("peers of a level that is not fitted");
    }
  }
  if (!in.done()) in.refuse("something follows their end");
  return out;
}

}  // namespace customerhealth::scores
