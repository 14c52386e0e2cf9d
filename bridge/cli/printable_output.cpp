// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/printable_output.hpp"

#include <algorithm>
#include <string_view>

#include "base/quoting.hpp"

namespace rollcall::cli {
namespace {

constexpr std::size_t kWriteFrom = 16 * 1024;

/// How much of `text` is there without the beginning of a character whose other bytes are still to come.
std::size_t whole_characters(std::string_view text) {
  const std::size_t at_most = std::min<std::size_t>(text.size(), 4);
  for (std::size_t back = 1; back <= at_most; ++back) {
    const auto byte = static_cast<unsigned char>(text[text.size() - back]);
    if (byte < 0x80) return text.size();
    if (byte < 0xC0) continue;
    const std::size_t wanted = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    return back < wanted ? text.size() - back : text.size();
  }
  return text.size();
}

}  // namespace

PrintableOutput::PrintableOutput(std::ostream& stream) : stream_(stream), target_(stream.rdbuf()) {
  stream_.rdbuf(this);
}

PrintableOutput::~PrintableOutput() {
  write(waiting_.size());
  target_->pubsync();
  const auto state = stream_.rdstate();
  stream_.rdbuf(target_);
  stream_.clear(state);
}

PrintableOutput::int_type PrintableOutput::overflow(int_type byte) {
  if (traits_type::eq_int_type(byte, traits_type::eof())) return traits_type::not_eof(byte);
  const char character = traits_type::to_char_type(byte);
  return xsputn(&character, 1) == 1 ? byte : traits_type::eof();
}

std::streamsize PrintableOutput::xsputn(const char* text, std::streamsize size) {
  waiting_.append(text, static_cast<std::size_t>(size));
  if (waiting_.size() >= kWriteFrom && !write(whole_characters(waiting_))) return 0;
  return size;
}

int PrintableOutput::sync() { return write(whole_characters(waiting_)) && target_->pubsync() == 0 ? 0 : -1; }

bool PrintableOutput::write(std::size_t size) {
  const auto text = escape_unprintable(std::string_view(waiting_).substr(0, size));
  waiting_.erase(0, size);
  const auto written = target_->sputn(text.data(), static_cast<std::streamsize>(text.size()));
  return written == static_cast<std::streamsize>(text.size());
}

void PrintableOutput::write_control(std::string_view sequence) {
  write(waiting_.size());
  target_->sputn(sequence.data(), static_cast<std::streamsize>(sequence.size()));
}

void write_control(std::ostream& out, std::string_view sequence) {
  if (sequence.empty()) return;
  if (auto* const printable = dynamic_cast<PrintableOutput*>(out.rdbuf())) {
    printable->write_control(sequence);
  } else {
    out << sequence;
  }
}

}  // namespace rollcall::cli
