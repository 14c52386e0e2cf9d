// SPDX-License-Identifier: Apache-2.0
// What is kept of devices' contacts, collected from one checkpoint to the next: the engine doesn't remember
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/keyed_hash.hpp"
#include "base/time.hpp"
#include "bridge/core/pipeline/effect_consumer.hpp"
#include "bridge/core/store/store.hpp"

namespace rollcall {

/// A contact allocates nothing, once there were as many between two checkpoints. Pure, not thread safe.
class ContactCollector final : public EffectConsumer {
 public:
  void contact(const Contact& effect) override;
  void device_forgotten(const DeviceForgotten& effect) override;

  /// Returns what has come since the last call, each device once.
  std::vector<ContactFacts> take();
  /// The wall clock was set by `by`.
  void clock_stepped(Millis by);

 private:
  enum class What : std::uint8_t { connect, disconnect, own_disconnect, report, forgotten };
  struct Note {
    std::size_t name_at;  // in names_
    std::uint32_t name_size;
    What what;
    bool is_first;
    Time at;
  };

  void note(std::string_view device, What what, Time at, bool is_first);
  void merge();
  void merge(const Note& note);
  ContactFacts& facts_of(std::string_view device);

  // As they come; merged only at a checkpoint, or when they are many.
  std::vector<Note> notes_;
  std::string names_;
  std::vector<ContactFacts> merged_;  // one without a device is to be left out
  std::unordered_map<std::string, std::size_t, KeyedHash, std::equal_to<>> places_;  // in merged_
};

}  // namespace rollcall
