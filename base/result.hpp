// SPDX-License-Identifier: Apache-2.0
// Result<T>: the answer of anything that the outside (a file, a packet, a person) can make fail.
#pragma once

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace rollcall {

/// What went wrong, as one line for a person: it names the place and what would be right.
struct Error {
  std::string message;
};

template <typename T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> fail(std::string message) {
  return tl::make_unexpected(Error{std::move(message)});
}

}  // namespace rollcall
