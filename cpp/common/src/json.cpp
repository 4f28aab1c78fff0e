#include "customerhealth/common/json.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "customerhealth/common/number.hpp"

namespace customerhealth {
namespace {

constexpr std::size_t kMostShown = 60;  // bytes of a text in a message

void append_escaped(std::string& out, char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  constexpr std::array<std::pair<char, char>, 7> kShort{
      {{'"', '"'}, {'\\', '\\'}, {'\b', 'b'}, {'\f', 'f'}, {'\n', 'n'}, {'\r', 'r'}, {'\t', 't'}}};
  for (const auto& [raw, letter] : kShort) {
    if (c == raw) {
      (out += '\\') += letter;
      return;
    }
  }
  const auto byte = static_cast<unsigned char>(c);
  if (byte >= 0x20U) {
    out += c;
    return;
  }
  out += "\\u00";
  (out += kHex[byte >> 4U]) += kHex[byte & 0xFU];
}

std::string scalar_text(const Json& json) {
  if (json.is_null()) return "null";
  if (const bool* truth = json.boolean()) return *truth ? "true" : "false";
  if (const auto* integer = std::get_if<std::int64_t>(&json.value)) return std::to_string(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&json.value)) return std::to_string(*integer);
  if (const auto* real = std::get_if<double>(&json.value)) return shortest(*real);
  return json_quoted(*json.text());
}

class Writer {
 public:
  explicit Writer(const CanonicalNotes* notes, const Watch* watch = nullptr)  // no notes: for people
      : notes_{notes}, watch_{watch} {}

  void write(const Json& json) {
    if (watch_ != nullptr) watch_->check();
    if (const auto* list = json.list()) return write_list(*list);
    if (const auto* object = json.object())
      return write_object(*object, notes_ != nullptr && !notes_->ordered.contains(&json));
    out_ += scalar_text(json);
  }
  [[nodiscard]] std::string take() { return std::move(out_); }

 private:
  void write_list(const Json::List& list) {
    out_ += '[';
    ++depth_;
    for (std::size_t i = 0; i < list.size(); ++i) {
      between(i);
      write(list[i]);
    }
    close(list.empty(), ']');
  }

  void write_object(const Json::Object& object, bool sorted) {
    std::vector<const JsonMember*> members;
    members.reserve(object.size());
    for (const JsonMember& member : object) {
      if (notes_ == nullptr || !notes_->left_out.contains(&member.value)) members.push_back(&member);
    }
    if (sorted) std::ranges::sort(members, {}, [](const JsonMember* member) { return std::string_view{member->key}; });
    out_ += '{';
    ++depth_;
    for (std::size_t i = 0; i < members.size(); ++i) {
      between(i);
      out_ += json_quoted(members[i]->key) + (notes_ == nullptr ? ": " : ":");
      write(members[i]->value);
    }
    close(members.empty(), '}');
  }

  void between(std::size_t i) {
    if (i > 0) out_ += ',';
    new_line();
  }

  void close(bool empty, char bracket) {
    --depth_;
    if (!empty) new_line();
    out_ += bracket;
  }

  void new_line() {
    if (notes_ == nullptr) out_ += "\n" + std::string(2 * depth_, ' ');
  }

  const CanonicalNotes* notes_;
  const Watch* watch_;
  std::size_t depth_ = 0;
  std::string out_;
};

}  // namespace

std::optional<double> Json::number() const noexcept {
  if (const auto* integer = std::get_if<std::int64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* integer = std::get_if<std::uint64_t>(&value)) return static_cast<double>(*integer);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

const Json* Json::find(std::string_view key) const noexcept {
  const Object* members = object();
  if (members == nullptr) return nullptr;
  const auto found = std::ranges::find(*members, key, &JsonMember::key);
  return found == members->end() ? nullptr : &found->value;
}

Json json_number(double value) {
  constexpr double kSigned = 9223372036854775808.0, kUnsigned = 18446744073709551616.0;  // 2^63, 2^64
  if (std::trunc(value) != value) return {value};
  if (-kSigned <= value && value < kSigned) return {static_cast<std::int64_t>(value)};
  if (0 < value && value < kUnsigned) return {static_cast<std::uint64_t>(value)};
  return {value};
}

std::string json_quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) append_escaped(out, c);
  return out + '"';
}

std::string shown(std::string_view text) {
  if (text.size() <= kMostShown) return "'" + std::string{text} + "'";
  std::size_t end = kMostShown;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  return "'" + std::string{text.substr(0, end)} + "...'";
}

std::string describe(const Json& json) {
  if (json.list() != nullptr) return json.list()->empty() ? "an empty list" : "a list";
  if (json.object() != nullptr) return "an object";
  if (const std::string* text = json.text()) return "the text " + shown(*text);
  return json.number() ? "the number " + scalar_text(json) : scalar_text(json);
}

std::string write_canonical(const Json& json, const CanonicalNotes& notes, const Watch* watch) {
  Writer writer{&notes, watch};
  writer.write(json);
  return writer.take();
}

std::string write_pretty(const Json& json) {
  Writer writer{nullptr};
  writer.write(json);
  return writer.take() + "\n";
}

}  // namespace customerhealth
