// SPDX-License-Identifier: Apache-2.0
// What strangers name (client ids, user names, topics) comes into what the program prints. On a terminal it
// must not move the cursor, hide a line or turn text around: so all output goes through here.
#pragma once

#include <ostream>
#include <streambuf>
#include <string>
#include <string_view>

namespace rollcall::cli {

/// While it lives, what is written to `stream` is escaped (base/quoting.hpp, escape_unprintable). One thread.
class PrintableOutput : public std::streambuf {
 public:
  /// `stream` must outlive it.
  explicit PrintableOutput(std::ostream& stream);
  ~PrintableOutput() override;
  PrintableOutput(const PrintableOutput&) = delete;
  PrintableOutput& operator=(const PrintableOutput&) = delete;

  /// Writes what is waiting, and then this as it is.
  void write_control(std::string_view sequence);

 private:
  int_type overflow(int_type byte) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;
  bool write(std::size_t size);

  std::ostream& stream_;
  std::streambuf* const target_;
  std::string waiting_;  ///< not yet written
};

/// Writes what a terminal is to obey, such as a colour: never anything of a stranger's. `out` may be
/// printable or not.
void write_control(std::ostream& out, std::string_view sequence);

}  // namespace rollcall::cli
