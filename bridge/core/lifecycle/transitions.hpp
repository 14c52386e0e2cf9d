// SPDX-License-Identifier: Apache-2.0
// A device enters a status, and the row that tells of it. Internal to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

#include "bridge/core/lifecycle/engine_data.hpp"

namespace rollcall {

/// What a row says about how it came about.
struct TransitionCause {
  std::string_view cause;
  std::optional<bool> graceful{};
  std::optional<std::uint32_t> broker{};
  std::string_view client_id{}, address{};
};

TransitionCause cause_of(const LastEnd& end);

class Transitions {
 public:
  explicit Transitions(EngineData& data) : data_(data) {}

  /// Returns when it happened, as far as this device's history is concerned, which goes on to that.
  Time happened(Device& device, Time at) const;
  /// Unseen behind what an operator has set: without a row.
  void enter(std::size_t index, std::size_t status, Time at, std::string_view from,
             const TransitionCause& cause);
  /// Adds the row of a change to what the world sees of the device.
  void record(Device& device, std::string_view kind, Time at, std::string_view from,
              const TransitionCause& cause);
  /// The device came back before anybody saw that it was gone (rules 5 and 16).
  void record_blip(Device& device, Time at);
  /// The same where an operator's status is all that anybody sees.
  void pass_blip(Device& device, Time at);

  void note_contact(const Device& device, Contact::Kind kind, Time at, bool is_first = false,
                    std::string_view reporter = {});
  /// The device's last end is a disconnect of its own, if it was none by an outage: that is noted once.
  void count_disconnect(Device& device);

 private:
  static bool is_ignored(const Device& device, Time at);

  EngineData& data_;
};

}  // namespace rollcall
