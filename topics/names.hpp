// SPDX-License-Identifier: Apache-2.0
// The names of all topics that Rollcall uses, and how a device id becomes a part of one.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace rollcall {

/// Where the bridge asks the plugin (docs/protocol.md). It doesn't depend on the prefix.
inline constexpr std::string_view kControlTopic = "$CONTROL/rollcall/v1";

inline constexpr std::string_view kDefaultTopicPrefix = "ds";

/// A device id of more bytes than this, or one that is longer when encoded, is no device: topics have a limit
/// of 65,535 bytes, and a broker cuts longer ones in silence.
inline constexpr std::size_t kMaxDeviceIdBytes = 512;
inline constexpr std::size_t kMaxEncodedDeviceIdBytes = 1024;

/// A declaration of more bytes than this says nothing. Of a longer one the plugin tells the bridge one byte
/// more than this.
inline constexpr std::size_t kMaxDeclarationBytes = 1024;

/// A message on a longer topic is no report.
inline constexpr std::size_t kMaxReportTopicBytes = 4096;

/// What may be written below the prefix, and by whom.
enum class TopicKind {
  none,     ///< not one of ours: the plugin has no say
  bridge,   ///< ds/status, ds/timeline, … and ds/declare/{device}/error: the bridge alone writes it
  declare,  ///< ds/declare/{device}: the device itself
  report,   ///< ds/report/{device}: users named in `reporters`
  stream,   ///< $ds/…: the plugin writes it, the bridge alone reads it
  control,  ///< $CONTROL/rollcall/…: the bridge alone writes it
};

/// The topic names under one prefix (`ds` unless configured). Immutable.
class TopicNames {
 public:
  explicit TopicNames(std::string prefix = std::string(kDefaultTopicPrefix));

  const std::string& prefix() const { return prefix_; }
  const std::string& fleet() const { return fleet_; }                ///< ds/fleet
  const std::string& bridge() const { return bridge_; }              ///< ds/bridge
  const std::string& incident() const { return incident_; }          ///< ds/incident
  const std::string& all_statuses() const { return all_statuses_; }  ///< ds/status/+
  const std::string& stream() const { return stream_; }              ///< $ds/event

  /// ds/status/{device} and ds/timeline/{device}; `encoded_device` comes from encode_device().
  std::string status(std::string_view encoded_device) const;
  std::string timeline(std::string_view encoded_device) const;
  /// ds/notify/{device}
  std::string notify(std::string_view encoded_device) const;
  /// ds/declare/{device}/error
  std::string declare_error(std::string_view encoded_device) const;

  /// `{device}`, encoded, of a topic ds/declare/{device} or ds/report/{device}; nothing: it is none, or has
  /// more levels.
  std::optional<std::string_view> declaring_device(std::string_view topic) const;
  std::optional<std::string_view> reporting_device(std::string_view topic) const;

  /// Whose topic this is, for a topic (publish) or a topic filter (subscribe). `$share/<group>/` is looked
  /// through.
  TopicKind kind_of(std::string_view topic) const;

  /// False: kind_of() is `none`, and it isn't one of the broker's own topics either. `topic` ends with a
  /// zero, and of most topics this looks at a byte or two: it is there for every message of the broker's.
  bool may_be_special(const char* topic) const {
    const char* expected = prefix_.c_str();
    if (*topic == '$') return true;
    while (*expected != '\0' && *topic == *expected) ++topic, ++expected;
    return *expected == '\0';
  }

 private:
  std::string prefix_, fleet_, bridge_, incident_, all_statuses_, stream_, declare_, report_;
};

/// Checks a configured prefix: one or more topic levels, no wildcard, no control character, not beginning
/// with `$` or `/`, at most 64 bytes.
Result<std::string> checked_prefix(std::string_view prefix);

/// The device id as one topic level: `%`, `/`, `+`, `#` and control characters (U+0000–1F, U+7F–9F) are
/// percent-encoded, upper-case; two different ids never give the same. Nothing for an id that can't be a
/// device: empty, not UTF-8, or beyond the limits above.
std::optional<std::string> encode_device(std::string_view device);

/// True if encode_device() gives something. Allocates nothing for usual ids.
bool can_be_device(std::string_view id);

/// Appends what encode_device() gives, of an id of which it gives something.
void append_encoded(std::string& out, std::string_view device);

/// The device id of a topic level that encode_device() gave; nothing for any other text.
std::optional<std::string> decode_device(std::string_view level);

}  // namespace rollcall
