// SPDX-License-Identifier: Apache-2.0
// A file of device ids, one a line. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace rollcall::cli {

struct IdLine {
  std::size_t number = 0;  ///< from 1
  std::string id;
};

struct IdLines {
  std::vector<IdLine> ids;
  std::vector<IdLine> mistakes;  ///< what is wrong in that line, instead of the id
};

/// Lines end with LF or CRLF; empty ones are none. An id with a blank at an end is a mistake: nobody sees it.
IdLines read_id_lines(std::string_view text);

}  // namespace rollcall::cli
