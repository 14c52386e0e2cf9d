// SPDX-License-Identifier: Apache-2.0
#include "topics/protocol/stream.hpp"

#include <utility>

#include "topics/protocol/command_wire.hpp"
#include "topics/protocol/wire.hpp"

namespace rollcall {
namespace {

// The record's type byte is its place in StreamRecord, plus one: append to the variant, never reorder it.
enum Flags : std::uint8_t { kHasUsername = 1, kCleanSession = 2, kWillSent = 4 };

void write_time(WireWriter& out, Millis time) {
  out.number(static_cast<std::uint64_t>(time.count() < 0 ? 0 : time.count()));
}

void write_facts(WireWriter& out, const ConnectionFacts& facts) {
  out.number(static_cast<std::uint8_t>((facts.has_username ? kHasUsername : 0) |
                                       (facts.clean_session ? kCleanSession : 0)));
  out.number(facts.protocol);
  out.number(facts.keepalive);
  out.short_string(facts.client_id);
  out.short_string(facts.username);
  out.short_string(facts.address);
}

struct RecordWriter {
  WireWriter& out;

  void operator()(const stream::Hello& record) const {
    out.short_string(record.plugin_version);
    out.short_string(record.broker_name);
    out.boolean(record.knows_causes);
    out.boolean(record.has_ticks);
    out.number(record.previous_session);
    out.number(record.previous_done);
    write_time(out, record.started_at);
    write_time(out, record.activity_interval);
  }
  void operator()(const stream::Opened& record) const {
    out.number(record.connection);
    write_time(out, record.at);
    write_facts(out, record.facts);
  }
  void operator()(const stream::Ended& record) const {
    out.number(record.connection);
    write_time(out, record.at);
    out.number(static_cast<std::uint8_t>(record.cause));
    out.boolean(record.will_sent);
  }
  void operator()(const stream::SnapshotBegin& record) const {
    out.number(record.snapshot);
    out.number(record.highest_connection);
  }
  void operator()(const stream::Live& record) const {
    out.number(record.connection);
    write_time(out, record.opened_at);
    write_facts(out, record.facts);
  }
  void operator()(const stream::Past& record) const {
    out.number(record.connection);
    write_time(out, record.opened_at);
    write_time(out, record.ended_at);
    out.number(static_cast<std::uint8_t>(record.cause));
    out.boolean(record.will_sent);
    write_facts(out, record.facts);
  }
  void operator()(const stream::SnapshotMore& record) const {
    out.number(record.snapshot);
    out.number(record.past_cursor);
    out.number(record.live_cursor);
    out.boolean(record.in_live);
    out.number(record.report_cursor);
  }
  void operator()(const stream::SnapshotEnd& record) const { out.number(record.snapshot); }
  void operator()(const stream::Displaced& record) const {
    out.short_string(record.client_id);
    out.short_string(record.address);
  }
  void operator()(const stream::Active& record) const {
    out.number(record.connection);
    write_time(out, record.at);
  }
  void operator()(const stream::ActiveUntil& record) const { write_time(out, record.at); }
  void operator()(const stream::Declared& record) const {
    out.number(record.connection);
    write_time(out, record.at);
    out.short_string(record.payload);
  }
  void operator()(const stream::Reported& record) const {
    out.number(record.number);
    write_time(out, record.at);
    out.short_string(record.topic);
    out.short_string(record.client_id);
    out.short_string(record.username);
    out.short_string(record.address);
  }
  void operator()(const stream::CauseLogState& record) const {
    out.number(static_cast<std::uint8_t>(record.log));
  }
  void operator()(const stream::StoodStill& record) const {
    write_time(out, record.from);
    write_time(out, record.until);
    write_time(out, record.losses_until);
  }
  void operator()(const stream::Command& record) const {
    out.number(record.number);
    write_time(out, record.at);
    out.short_string(record.device);
    out.boolean(record.is_passed);
    write_command(out, record.message);
  }
  void operator()(const stream::Delivered& record) const {
    out.number(record.id.boot);
    out.number(record.id.number);
    out.boolean(record.is_done);
  }
  void operator()(const stream::Subscribed& record) const { out.number(record.connection); }
  void operator()(const stream::CommandCounts& record) const {
    out.number(record.denied);
    out.number(record.dropped);
  }
};

/// Reads one record; what isn't there leaves the reader not good.
class RecordReader {
 public:
  explicit RecordReader(WireReader& in) : in_(in) {}

  bool read(std::uint8_t type, std::vector<StreamRecord>& records) {
    switch (type) {
      case 1: {
        stream::Hello record;
        record.plugin_version = in_.short_string();
        record.broker_name = in_.short_string();
        record.knows_causes = in_.boolean();
        record.has_ticks = in_.boolean();
        record.previous_session = in_.number<std::uint32_t>();
        record.previous_done = in_.number<std::uint64_t>();
        record.started_at = time();
        record.activity_interval = time();
        records.emplace_back(record);
        return true;
      }
      case 2: {
        stream::Opened record;
        record.connection = in_.number<std::uint64_t>();
        record.at = time();
        record.facts = facts();
        records.emplace_back(record);
        return true;
      }
      case 3: {
        stream::Ended record;
        record.connection = in_.number<std::uint64_t>();
        record.at = time();
        if (!cause(record.cause)) return false;
        record.will_sent = in_.boolean();
        records.emplace_back(record);
        return true;
      }
      case 4: {
        stream::SnapshotBegin record;
        record.snapshot = in_.number<std::uint64_t>();
        record.highest_connection = in_.number<std::uint64_t>();
        records.emplace_back(record);
        return true;
      }
      case 5: {
        stream::Live record;
        record.connection = in_.number<std::uint64_t>();
        record.opened_at = time();
        record.facts = facts();
        records.emplace_back(record);
        return true;
      }
      case 6: {
        stream::Past record;
        record.connection = in_.number<std::uint64_t>();
        record.opened_at = time();
        record.ended_at = time();
        if (!cause(record.cause)) return false;
        record.will_sent = in_.boolean();
        record.facts = facts();
        records.emplace_back(record);
        return true;
      }
      case 7: {
        stream::SnapshotMore record;
        record.snapshot = in_.number<std::uint64_t>();
        record.past_cursor = in_.number<std::uint64_t>();
        record.live_cursor = in_.number<std::uint64_t>();
        record.in_live = in_.boolean();
        record.report_cursor = in_.number<std::uint64_t>();
        records.emplace_back(record);
        return true;
      }
      case 8:
        records.emplace_back(stream::SnapshotEnd{in_.number<std::uint64_t>()});
        return true;
      case 9: {
        stream::Displaced record;
        record.client_id = in_.short_string();
        record.address = in_.short_string();
        records.emplace_back(record);
        return true;
      }
      case 10: {
        stream::Active record;
        record.connection = in_.number<std::uint64_t>();
        record.at = time();
        records.emplace_back(record);
        return true;
      }
      case 11:
        records.emplace_back(stream::ActiveUntil{time()});
        return true;
      case 12: {
        stream::Declared record;
        record.connection = in_.number<std::uint64_t>();
        record.at = time();
        record.payload = in_.short_string();
        records.emplace_back(record);
        return true;
      }
      case 13: {
        stream::Reported record;
        record.number = in_.number<std::uint64_t>();
        record.at = time();
        record.topic = in_.short_string();
        record.client_id = in_.short_string();
        record.username = in_.short_string();
        record.address = in_.short_string();
        records.emplace_back(record);
        return true;
      }
      case 14: {
        const auto log = cause_log_from_number(in_.number<std::uint8_t>());
        if (log) records.emplace_back(stream::CauseLogState{*log});
        return log.has_value();
      }
      case 15: {
        stream::StoodStill record;
        record.from = time();
        record.until = time();
        record.losses_until = time();
        records.emplace_back(record);
        return true;
      }
      case 16: {
        stream::Command record;
        record.number = in_.number<std::uint64_t>();
        record.at = time();
        record.device = in_.short_string();
        record.is_passed = in_.boolean();
        if (!read_command(in_, record.message)) return false;
        records.emplace_back(record);
        return true;
      }
      case 17: {
        stream::Delivered record;
        record.id.boot = in_.number<std::uint64_t>();
        record.id.number = in_.number<std::uint64_t>();
        record.is_done = in_.boolean();
        records.emplace_back(record);
        return true;
      }
      case 18:
        records.emplace_back(stream::Subscribed{in_.number<std::uint64_t>()});
        return true;
      case 19: {
        stream::CommandCounts record;
        record.denied = in_.number<std::uint64_t>();
        record.dropped = in_.number<std::uint64_t>();
        records.emplace_back(record);
        return true;
      }
      default:
        return false;
    }
  }

 private:
  Millis time() {
    // A hundred years: far beyond any uptime, and small enough to calculate with.
    constexpr std::uint64_t kLimit = 100ULL * 366 * 24 * 3600 * 1000;
    return Millis{static_cast<Millis::rep>(std::min(in_.number<std::uint64_t>(), kLimit))};
  }
  bool cause(Cause& out) {
    const auto cause = cause_from_number(in_.number<std::uint8_t>());
    if (cause) out = *cause;
    return cause.has_value();
  }
  ConnectionFacts facts() {
    ConnectionFacts facts;
    const auto flags = in_.number<std::uint8_t>();
    facts.has_username = (flags & kHasUsername) != 0;
    facts.clean_session = (flags & kCleanSession) != 0;
    facts.protocol = in_.number<std::uint8_t>();
    facts.keepalive = in_.number<std::uint16_t>();
    facts.client_id = in_.short_string();
    facts.username = in_.short_string();
    facts.address = in_.short_string();
    return facts;
  }

  WireReader& in_;
};

}  // namespace

void StreamBatch::add(const StreamRecord& record) {
  WireWriter out(records_);
  out.number(static_cast<std::uint8_t>(record.index() + 1));
  std::visit(RecordWriter{out}, record);
  ++count_;
}

void StreamBatch::clear() {
  records_.clear();
  count_ = 0;
}

std::string StreamBatch::message(const StreamHeader& header) const {
  std::string bytes;
  bytes.reserve(40 + records_.size());
  WireWriter out(bytes);
  out.number(kStreamVersion);
  out.number(header.boot);
  out.number(header.clock_ms);
  out.number(header.session);
  out.number(header.last_request);
  out.number(header.first_number);
  out.number(count_);
  bytes += records_;
  return bytes;
}

Result<StreamMessage> decode_stream_message(std::string_view bytes) {
  WireReader in(bytes);
  if (const auto version = in.number<std::uint8_t>(); version != kStreamVersion) {
    return fail("an event stream of version " + std::to_string(version) + "; this bridge reads version " +
                std::to_string(kStreamVersion));
  }
  StreamMessage message;
  message.header.boot = in.number<std::uint64_t>();
  message.header.clock_ms = in.number<std::uint64_t>();
  message.header.session = in.number<std::uint32_t>();
  message.header.last_request = in.number<std::uint64_t>();
  message.header.first_number = in.number<std::uint64_t>();
  const auto count = in.number<std::uint16_t>();
  RecordReader reader(in);
  for (std::uint16_t i = 0; i < count && in.is_good(); ++i) {
    if (!reader.read(in.number<std::uint8_t>(), message.records))
      return fail("an unknown record in the event stream");
  }
  if (!in.is_good() || !in.is_at_end()) return fail("a message of the event stream has the wrong length");
  return message;
}

}  // namespace rollcall
