// SPDX-License-Identifier: Apache-2.0
// Lines of a broker's log, made as Mosquitto 2.0 makes them (src/loop.c, src/handle_connect.c there) from a
// client id that an attacker chose, with any time in front: they say what they say about that client, and
// nothing about any other.
#include <array>
#include <ctime>
#include <optional>

#include "plugin/disconnect_cause.hpp"
#include "tests/fuzz/oracle.hpp"

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Line {
  std::string_view before, behind;  // of the id
  std::optional<Cause> cause;
};

constexpr std::array<Line, 19> kLines{{
    {"Client ", " disconnected.", Cause::client_disconnect},
    {"Client ", " closed its connection.", Cause::connection_closed},
    {"Client ", " has exceeded timeout, disconnecting.", Cause::keepalive_timeout},
    {"Client ", " disconnected, not authorised.", Cause::not_authorized},
    {"Client ", " been disconnected by administrative action.", Cause::kicked},
    {"Client ", " disconnected due to malformed packet.", Cause::protocol_error},
    {"Client ", " disconnected due to protocol error.", Cause::protocol_error},
    {"Client ", " disconnected due to oversize packet.", Cause::protocol_error},
    {"Client ", " disconnected due to oversize payload.", Cause::protocol_error},
    {"Client ",
     " disconnected due to using not allowed feature (QoS too high, retain not supported, or bad AUTH "
     "method).",
     Cause::protocol_error},
    {"Client ", " disconnected: Connection reset by peer.", Cause::connection_closed},
    {"Bad socket read/write on client ", ": Unknown error.", Cause::connection_closed},
    {"Client ", " disconnected due to out of memory.", std::nullopt},
    {"Client ", " already connected, closing old connection.", std::nullopt},
    {"New client connected from 10.0.0.7:4711 as ", " (p2, c1, k60).", std::nullopt},
    {"New client connected from 10.0.0.7:4711 as ", " (p2, c1, k60, u'user').", std::nullopt},
    {"Bad client ", " sending multiple CONNECT messages.", std::nullopt},
    {"Received DISCONNECT from ", "", std::nullopt},
    {"Protocol error from ", ": password without username, closing connection.", std::nullopt},
}};

/// Pieces of which confusing ids are made.
constexpr std::array<std::string_view, 12> kPieces{"victim",
                                                   "Client ",
                                                   ": ",
                                                   "Client victim",
                                                   " disconnected.",
                                                   " closed its connection.",
                                                   " has exceeded timeout, disconnecting.",
                                                   "Bad socket read/write on client ",
                                                   " disconnected: ",
                                                   " disconnected due to QoS too high",
                                                   "1667000000: ",
                                                   "x"};

constexpr std::array<const char*, 12> kFormats{"",
                                               "%s",
                                               "%Y-%m-%dT%H:%M:%S",
                                               "[%Y-%m-%d %H:%M:%S]",
                                               "%d.%m.%Y, %H:%M:%S",
                                               "%c",
                                               "%A %e %B %Y %l:%M %p",
                                               "%a, %d %b %Y %H:%M:%S %z",
                                               "<%F %T %Z>",
                                               "at: %r: (%j/%U)",
                                               "Client x: %H:%M",
                                               "%%"};

/// As the broker writes it; "" as with `log_timestamp false`.
std::string take_time(FuzzedDataProvider& input, const char* format) {
  if (*format == '\0') return {};
  const std::time_t at = input.ConsumeIntegralInRange<std::time_t>(0, 4'000'000'000);
  std::tm parts{};
  ::gmtime_r(&at, &parts);
  std::array<char, 200> text{};
  return std::string(text.data(), std::strftime(text.data(), text.size(), format, &parts)) + ": ";
}

std::string take_id(FuzzedDataProvider& input) {
  std::string id;
  auto pieces = input.ConsumeIntegralInRange<int>(1, 4);
  for (; pieces > 0; --pieces) {
    if (input.ConsumeBool()) {
      id += input.PickValueInArray(kPieces);
    } else {
      id += fuzz::take_utf8(input, 12);
    }
  }
  return id;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  const auto& line = input.PickValueInArray(kLines);
  const auto* format = input.PickValueInArray(kFormats);
  const auto shape = shape_of_time(take_time(input, format));
  const auto about = take_id(input);
  const auto other = take_id(input);
  const auto text = take_time(input, format) + std::string(line.before) + about + std::string(line.behind);

  // any line, any id, any time: whatever it says, it ends
  cause_of_log_line(input.ConsumeRandomLengthString(), other, shape_of_time(about));
  fuzz::require(cause_of_log_line(text, about, shape) == line.cause,
                "a line says what it says about its client", text);
  if (about != other) {
    fuzz::require(!cause_of_log_line(text, other, shape), "a line says nothing about another client",
                  other + " | " + text);
  }
  return 0;
}
