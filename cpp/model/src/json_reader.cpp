#include "json_reader.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "customerhealth/common/utf8.hpp"

namespace customerhealth::model {
namespace {

constexpr std::size_t kDeepest = 100;  // levels; a model needs about ten

[[noreturn]] void fail(std::string_view text, std::size_t byte, const std::string& what) {
  const std::string_view before = text.substr(0, byte);
  const auto line = 1 + std::ranges::count(before, '\n');
  const std::size_t start = before.rfind('\n') + 1;  // npos + 1 is 0
  const std::size_t column = 1 + static_cast<std::size_t>(std::ranges::count_if(before.substr(start), [](char c) {
                               return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U;
                             }));
  throw ModelError{{{"",
                     "not JSON: " + what + " (byte " + std::to_string(byte) + ", line " + std::to_string(line) +
                         ", column " + std::to_string(column) + ")",
                     static_cast<std::int64_t>(byte)}}};
}

void check_bytes(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = utf8_length(text.substr(i));
    if (length == 0) fail(text, i, "this is not UTF-8");
    // The parser would take a null byte for the end of the text and never see what follows.
    if (text[i] == '\0') fail(text, i, "a null byte");
    i += length;
  }
}

/// The parser's own words without its preamble: "unexpected end of input; expected string literal".
std::string reason_in(std::string_view message) {
  const std::size_t syntax = message.find(" - ");
  if (syntax != std::string_view::npos) message.remove_prefix(syntax + 3);
  const std::size_t read = message.find("; last read");
  std::string out{message.substr(0, read)};
  if (read != std::string_view::npos) {
    const std::string_view tail = message.substr(read);
    const std::size_t next = tail.find("'; ");
    if (next != std::string_view::npos) out += tail.substr(next + 1);
  }
  return out;
}

class Reader {
 public:
  using number_integer_t = nlohmann::json::number_integer_t;
  using number_unsigned_t = nlohmann::json::number_unsigned_t;
  using number_float_t = nlohmann::json::number_float_t;
  using string_t = nlohmann::json::string_t;
  using binary_t = nlohmann::json::binary_t;

  Reader(std::string_view text, Findings& findings) : text_{text}, findings_{findings} {}

  [[nodiscard]] Json take() { return std::move(root_); }

  // What nlohmann's parser calls. It keeps no stack of its own, so depth costs nothing until we say stop.
  bool null() { return put({nullptr}); }
  bool boolean(bool value) { return put({value}); }
  bool number_integer(number_integer_t value) { return put({static_cast<std::int64_t>(value)}); }
  bool number_unsigned(number_unsigned_t value) {
    constexpr auto kLargest = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    if (value <= kLargest) return put({static_cast<std::int64_t>(value)});
    return put({static_cast<std::uint64_t>(value)});
  }
  bool number_float(number_float_t value, const string_t& written) {
    if (written.find_first_of(".eE") == string_t::npos) {
      findings_.add(path(), "the integer " + written.substr(0, 60) + " does not fit into 64 bits");
    }
    return put(json_number(value));
  }
  bool string(string_t& value) { return put({std::move(value)}); }
  bool binary(binary_t& /*value*/) { return false; }  // JSON text has none

  bool start_object(std::size_t /*elements*/) { return open({Json::Object{}}); }
  bool key(string_t& key) {
    Frame& frame = frames_.back();
    frame.key = std::move(key);
    frame.repeated = !frame.keys.insert(frame.key).second;
    if (frame.repeated) findings_.add(path(), "this key is given twice");
    return true;
  }
  bool end_object() { return close(); }
  bool start_array(std::size_t /*elements*/) { return open({Json::List{}}); }
  bool end_array() { return close(); }

  bool parse_error(std::size_t position, const std::string& last_token, const nlohmann::json::exception& error) {
    constexpr int kOverflow = 406;
    if (error.id == kOverflow) {
      throw ModelError{
          {{path(), "the number " + last_token.substr(0, 60) + " is too large for a 64-bit float", std::nullopt}}};
    }
    fail(text_, std::min(position == 0 ? 0 : position - 1, text_.size()), reason_in(error.what()));
  }

 private:
  struct Frame {
    Json json;
    std::unordered_set<std::string> keys;
    std::string key;
    bool repeated = false;
  };

  bool open(Json json) {
    if (frames_.size() == kDeepest) {
      throw ModelError{{{"", "nested more than " + std::to_string(kDeepest) + " levels deep", std::nullopt}}};
    }
    frames_.push_back({std::move(json), {}, {}, false});
    return true;
  }

  bool close() {
    Json json = std::move(frames_.back().json);
    frames_.pop_back();
    return put(std::move(json));
  }

  bool put(Json json) {
    findings_.check();
    if (frames_.empty()) {
      root_ = std::move(json);
      return true;
    }
    Frame& frame = frames_.back();
    if (auto* list = std::get_if<Json::List>(&frame.json.value)) {
      list->push_back(std::move(json));
    } else if (!frame.repeated) {
      frame.json.object()->push_back({frame.key, std::move(json)});
    }
    return true;
  }

  [[nodiscard]] std::string path() const {
    std::string out;
    for (const Frame& frame : frames_) {
      out = frame.json.list() != nullptr ? path_to(out, frame.json.list()->size()) : path_to(out, frame.key);
    }
    return out;
  }

  std::string_view text_;
  Findings& findings_;
  std::vector<Frame> frames_;
  Json root_;
};

}  // namespace

Json read_json(std::string_view text, Findings& findings) {
  check_bytes(text);
  Reader reader{text, findings};
  nlohmann::json::sax_parse(text.begin(), text.end(), &reader);
  return reader.take();
}

}  // namespace customerhealth::model
