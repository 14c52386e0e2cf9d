// SPDX-License-Identifier: Apache-2.0
#include "tests/bench/engine/fleet.hpp"

#include <fmt/format.h>

namespace rollcall::bench {
namespace {

constexpr Time kStart{Millis{1'700'000'000'000}};
constexpr std::uint32_t kBroker = 0;
constexpr std::uint64_t kBoot = 7;

}  // namespace

Fleet::Fleet(std::size_t devices)
    : devices_(devices), engine_({{default_template()}, {"main"}, std::chrono::minutes{2}, 0}), now_(kStart) {
  engine_.set_watermark(kBroker, Time::max());
  for (std::size_t first = 0; first < devices_; first += kChosen) {
    choose();
    connect();
    disconnect();
    take_changes();
  }
  settle();
}

void Fleet::name(Chosen& chosen, std::size_t device) const {
  chosen.device = device;
  fmt::format_to_n(chosen.id.data(), chosen.id.size(), "device-{:09}", device);
}

void Fleet::choose() {
  // A prime that is no factor of any number of devices here: all of them come, in no order that a processor
  // foresees.
  constexpr std::size_t kStep = 2'654'435'761U;
  for (Chosen& each : chosen_) {
    name(each, next_++ * kStep % devices_);
    each.connection = {kBroker, kBoot, ++connections_};
  }
}

void Fleet::connect(const Chosen& chosen) {
  const std::string_view id(chosen.id.data(), chosen.id.size());
  take(engine_.handle(
      ConnectionOpened{chosen.connection, id, "default", now_, Seconds{60}, id, {}, "10.20.30.40"}, now_));
}

void Fleet::connect() {
  for (const Chosen& each : chosen_) {
    now_ += Millis{1};
    connect(each);
  }
}

void Fleet::disconnect() {
  for (const Chosen& each : chosen_) {
    now_ += Millis{1};
    take(engine_.handle(ConnectionEnded{each.connection, now_, Cause::client_disconnect, false}, now_));
  }
}

bool Fleet::run_on_to_due() {
  const auto due = engine_.next_deadline();
  if (!due || *due - now_ > std::chrono::hours{1}) return false;
  now_ = *due;
  return true;
}

void Fleet::wait_due() {
  while (run_on_to_due()) advance();
}

void Fleet::everybody_connects() {
  Chosen chosen;
  connections_ = connections_ / devices_ * devices_ + devices_;  // so that the numbers tell the devices
  for (std::size_t device = 0; device < devices_; ++device) {
    name(chosen, device);
    chosen.connection = {kBroker, kBoot, connections_ + device};
    connect(chosen);
    if (device % kChosen == 0) take_changes();
  }
  take_changes();
}

void Fleet::everybody_disconnects() {
  for (std::size_t device = 0; device < devices_; ++device) {
    take(engine_.handle(
        ConnectionEnded{{kBroker, kBoot, connections_ + device}, now_, Cause::client_disconnect, false},
        now_));
    if (device % kChosen == 0) take_changes();
  }
  connections_ += devices_;
  take_changes();
}

bool Fleet::is_due() const { return engine_.next_deadline() <= now_; }

void Fleet::advance() { take(engine_.advance(now_)); }

void Fleet::settle() {
  while (run_on_to_due()) {
    advance();
    take_changes();
  }
  take_changes();
}

std::size_t Fleet::take_changes() { return engine_.take_changes().size(); }

void Fleet::take(const Effects& effects) {
  for (const Effect& effect : effects) {
    const auto* const changed = std::get_if<StatusChanged>(&effect);
    if (changed == nullptr) continue;
    write_json(changed->status, payload_);
    payload_bytes_ += payload_.size();
  }
}

}  // namespace rollcall::bench
