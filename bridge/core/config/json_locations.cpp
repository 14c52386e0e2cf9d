// SPDX-License-Identifier: Apache-2.0
#include "bridge/core/config/json_locations.hpp"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/utf8.hpp"

namespace rollcall {
namespace {

constexpr std::size_t kMaxDepth = 64;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Turns growing offsets into places.
class LineCounter {
 public:
  explicit LineCounter(std::string_view text) : text_(text) {}

  JsonPlace place_of(std::size_t offset) {
    for (; at_ < offset && at_ < text_.size(); ++at_) {
      if (text_[at_] == '\n') {
        place_ = {place_.line + 1, 1};
      } else if (!is_utf8_continuation(text_[at_])) {
        ++place_.column;
      }
    }
    return place_;
  }

 private:
  std::string_view text_;
  std::size_t at_ = 0;
  JsonPlace place_;
};

JsonPlace place_in(std::string_view text, std::size_t offset) { return LineCounter(text).place_of(offset); }

/// Tells how far the lexer has read; its own count starts anew with each line and ends behind a token.
class CountingIterator {
 public:
  using iterator_category = std::input_iterator_tag;
  using value_type = char;
  using difference_type = std::ptrdiff_t;
  using pointer = const char*;
  using reference = const char&;

  CountingIterator(const char* at, std::size_t* read) : at_(at), read_(read) {}
  reference operator*() const { return *at_; }
  CountingIterator& operator++() {
    ++at_;
    ++*read_;
    return *this;
  }
  CountingIterator operator++(int) {
    auto before = *this;
    ++*this;
    return before;
  }
  bool operator==(const CountingIterator& other) const { return at_ == other.at_; }
  bool operator!=(const CountingIterator& other) const { return at_ != other.at_; }

 private:
  const char* at_;
  std::size_t* read_;
};

/// What stands between two values: white space, comments, and the separators.
struct Gap {
  std::size_t end;                   ///< where the next token begins
  std::optional<std::size_t> comma;  ///< the last one
};

Gap gap_after(std::string_view text, std::size_t at) {
  Gap gap{at, std::nullopt};
  while (gap.end < text.size()) {
    const auto rest = text.substr(gap.end);
    if (rest.starts_with("//")) {
      gap.end = std::min(text.find_first_of("\r\n", gap.end), text.size());
    } else if (rest.starts_with("/*")) {
      const auto close = text.find("*/", gap.end + 2);
      if (close == std::string_view::npos) break;
      gap.end = close + 2;
    } else if (std::string_view(" \t\r\n,:").find(rest.front()) != std::string_view::npos) {
      if (rest.front() == ',') gap.comma = gap.end;
      ++gap.end;
    } else {
      break;
    }
  }
  return gap;
}

/// The library's words without its name, the parser's state, and the text read, which may be long.
std::string essence_of(std::string message) {
  if (const auto state = message.find(" - "); state != std::string::npos) {
    message.erase(0, state + 3);
  } else if (const auto name = message.find("] "); name != std::string::npos) {
    message.erase(0, name + 2);
  }
  message.erase(std::min(message.find("; last read: '"), message.size()));
  for (const std::string_view end : {"; expected '}'", "; expected ']'"}) {
    if (message.ends_with(end)) message.insert(message.size() - 3, "',' or ");
  }
  return message;
}

class TreeBuilder : public nlohmann::json_sax<nlohmann::json> {
 public:
  TreeBuilder(std::string_view text, const std::string& file_name, const std::size_t& read)
      : text_(text), file_name_(file_name), read_(read), lines_(text) {}

  JsonNode root;
  std::optional<Error> error;

  bool null() override { return add(JsonNode::Kind::null) != nullptr; }
  bool boolean(bool value) override {
    add(JsonNode::Kind::boolean)->boolean = value;
    return true;
  }
  bool number_integer(number_integer_t value) override {
    add(JsonNode::Kind::integer)->integer = value;
    return true;
  }
  bool number_unsigned(number_unsigned_t value) override {
    constexpr auto kMost = static_cast<number_unsigned_t>(std::numeric_limits<std::int64_t>::max());
    add(JsonNode::Kind::integer)->integer = static_cast<std::int64_t>(std::min(value, kMost));
    return true;
  }
  bool number_float(number_float_t /*value*/, const string_t& /*text*/) override {
    add(JsonNode::Kind::fraction);
    return true;
  }
  bool string(string_t& value) override {
    add(JsonNode::Kind::string)->text = value;
    return true;
  }
  bool binary(binary_t& /*value*/) override { return false; }  // JSON has none
  bool start_object(std::size_t /*elements*/) override { return open(JsonNode::Kind::object); }
  bool start_array(std::size_t /*elements*/) override { return open(JsonNode::Kind::array); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }
  bool key(string_t& value) override {
    const auto place = next_token();
    open_.back()->members.push_back({value, place, {}});
    end_ = read_;
    return true;
  }
  bool parse_error(std::size_t /*position*/, const std::string& /*last_token*/,
                   const nlohmann::detail::exception& exception) override {
    const auto gap = gap_after(text_, end_);
    const bool at_end = gap.end == text_.size();
    if (at_end && open_.empty() && root.kind == JsonNode::Kind::null) {
      refuse(text_.size(), "the file is empty; an empty configuration is {}");
    } else if (at_end && !open_.empty()) {
      const auto& innermost = *open_.back();
      refuse(gap.end, fmt::format("the file ends before the {} of line {}, column {} is closed",
                                  innermost.kind == JsonNode::Kind::object ? '{' : '[', innermost.place.line,
                                  innermost.place.column));
    } else if (gap.comma && (text_[gap.end] == '}' || text_[gap.end] == ']')) {
      refuse(*gap.comma,
             fmt::format("a comma before the closing {} is one too many: remove it", text_[gap.end]));
    } else {
      refuse_token(gap.end, essence_of(exception.what()));
    }
    return false;
  }

 private:
  JsonPlace next_token() {
    start_ = gap_after(text_, end_).end;
    return lines_.place_of(start_);
  }

  JsonNode* add(JsonNode::Kind kind) {
    const auto place = next_token();
    JsonNode* node = &root;
    if (!open_.empty() && open_.back()->kind == JsonNode::Kind::array) {
      node = &open_.back()->items.emplace_back();
    } else if (!open_.empty()) {
      node = &open_.back()->members.back().value;
    }
    node->kind = kind;
    node->place = place;
    const bool is_number = kind == JsonNode::Kind::integer || kind == JsonNode::Kind::fraction;
    end_ = is_number ? end_of_number() : read_;
    return node;
  }

  // The lexer finds the end of a number by reading one character more, unless the text is over.
  std::size_t end_of_number() const {
    constexpr std::string_view kDigitsAndSigns = "+-.0123456789eE";
    const bool is_over =
        read_ == text_.size() && kDigitsAndSigns.find(text_.back()) != std::string_view::npos;
    return is_over ? read_ : read_ - 1;
  }

  bool open(JsonNode::Kind kind) {
    open_.push_back(add(kind));
    if (open_.size() <= kMaxDepth) return true;
    refuse(start_, fmt::format("is nested deeper than {} levels", kMaxDepth));
    return false;
  }

  bool close() {
    open_.pop_back();
    end_ = read_;
    return true;
  }

  void refuse(std::size_t offset, const std::string& what) {
    const auto place = place_in(text_, offset);
    error = Error{fmt::format("{}:{}:{}: {}", file_name_, place.line, place.column, what)};
  }

  void refuse_token(std::size_t start, const std::string& what) {
    if (!what.starts_with("invalid string")) {
      refuse(start, what.starts_with("invalid literal")
                        ? R"(is no JSON value: names and texts stand in double quotes ("...")"
                          R"(, the others are numbers, true, false and null)"
                        : what);
    } else if (read_ == text_.size() || text_[read_ - 1] == '\n' || text_[read_ - 1] == '\r') {
      refuse(start, "this string has no closing quote on its line");
    } else {
      refuse(read_ - 1, what);
    }
  }

  std::string_view text_;
  const std::string& file_name_;
  const std::size_t& read_;  // how far the lexer has read
  LineCounter lines_;
  std::size_t start_ = 0;  // of the last token
  std::size_t end_ = 0;    // of the last token but separators
  std::vector<JsonNode*> open_;
};

/// The offset of the first byte that doesn't belong to text; text.size() if there is none.
std::size_t first_bad_byte(std::string_view text) {
  constexpr std::size_t kMaxSequence = 4;
  std::size_t at = 0;
  while (at < text.size()) {
    std::size_t length = 1;
    while (length <= kMaxSequence && !is_valid_utf8(text.substr(at, length))) ++length;
    if (length > kMaxSequence) return at;
    at += length;
  }
  return at;
}

}  // namespace

Result<JsonNode> parse_json(std::string_view text, const std::string& file_name) {
  if (text.starts_with(kByteOrderMark)) {
    return fail(file_name + ":1:1: begins with a byte order mark; save the file as UTF-8 without one");
  }
  if (const auto bad = first_bad_byte(text); bad < text.size()) {
    const auto [line, column] = place_in(text, bad);
    return fail(fmt::format("{}:{}:{}: the byte 0x{:02X} is not UTF-8 text", file_name, line, column,
                            static_cast<unsigned char>(text[bad])));
  }
  std::size_t read = 0;
  TreeBuilder builder(text, file_name, read);
  const CountingIterator first(text.data(), &read);
  const CountingIterator last(text.data() + text.size(), &read);
  const bool parsed = nlohmann::json::sax_parse(first, last, &builder, nlohmann::json::input_format_t::json,
                                                /*strict=*/true, /*ignore_comments=*/true);
  if (builder.error) return tl::make_unexpected(std::move(*builder.error));
  if (!parsed) return fail(file_name + ": is not JSON");
  return std::move(builder.root);
}

}  // namespace rollcall
