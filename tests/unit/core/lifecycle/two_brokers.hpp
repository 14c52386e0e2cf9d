// SPDX-License-Identifier: Apache-2.0
// An engine with two brokers that come and go.
#pragma once

#include <map>
#include <optional>

#include "tests/unit/core/lifecycle/engine_fixture.hpp"

namespace rollcall::test {

/// Two brokers, each known up to the moment, until one is lost.
struct TwoBrokers : Bench {
  TwoBrokers() : Bench(one_minute()) {}

  void pass(Millis since_start) {
    for (const std::uint32_t broker : {0U, 1U}) {
      if (!lost_[broker]) engine.set_watermark(broker, kStart + since_start);
    }
    at(since_start);
    clock_ = since_start;
  }
  void on(std::uint32_t broker, std::uint64_t number, std::string_view device) {
    connect_as({broker, boots_[broker], number}, device);
  }
  void off(std::uint32_t broker, std::uint64_t number, Cause cause = Cause::client_disconnect) {
    end({broker, boots_[broker], number}, cause);
  }
  /// Told late.
  void off_at(Millis since_start, std::uint32_t broker, std::uint64_t number,
              Cause cause = Cause::client_disconnect) {
    handle(ConnectionEnded{{broker, boots_[broker], number}, kStart + since_start, cause, false});
  }
  void lose(std::uint32_t broker) {
    handle(BrokerAway{broker});
    lost_[broker] = clock_;
  }
  /// The broker is back, with none of its connections. `back`: since when; nothing: since now.
  void bring_back(std::uint32_t broker, std::optional<Millis> back = std::nullopt) {
    engine.set_watermark(broker, kStart + *lost_[broker]);
    handle(BrokerReturned{broker, ++boots_[broker], kStart + *lost_[broker], kStart + back.value_or(clock_)});
    lost_[broker].reset();
    engine.set_watermark(broker, kStart + clock_);
  }
  /// All that happened at a broker that was found again has been told.
  void listed(std::uint32_t broker) { handle(BrokerListed{broker}); }
  /// Only the link was away.
  void find(std::uint32_t broker) {
    handle(BrokerFound{broker});
    lost_[broker].reset();
    engine.set_watermark(broker, kStart + clock_);
  }

 private:
  std::map<std::uint32_t, std::uint64_t> boots_{{0, 100}, {1, 200}};
  std::map<std::uint32_t, std::optional<Millis>> lost_;
  Millis clock_{0};
};

}  // namespace rollcall::test
