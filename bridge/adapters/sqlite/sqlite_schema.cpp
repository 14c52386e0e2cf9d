// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_schema.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>

#include <fmt/core.h>

namespace rollcall {
namespace {

// Times are milliseconds since 1970, UTC; NULL: none. An empty text is NULL where it means that there is
// none. `boot`, `instance` and `fingerprint` are any 64-bit numbers, kept as the signed number with the same
// bits.
constexpr const char* kVersion1 = R"sql(
CREATE TABLE meta (
  only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
  instance INTEGER NOT NULL,     -- which bridge this is, at random; bits of an unsigned number
  seq_ceiling INTEGER NOT NULL   -- no seq above it has been given out
) STRICT;

CREATE TABLE broker (
  position INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  boot INTEGER NOT NULL,         -- bits of an unsigned number; 0: never heard of
  known_through INTEGER NOT NULL,
  last_contact INTEGER,
  lost_at INTEGER,
  settled_seq INTEGER NOT NULL,  -- what has a seq up to this one has arrived there
  outage_began INTEGER,          -- NULL: no outage, and so the rest
  outage_back_at INTEGER,
  outage_grace_ends INTEGER,
  outage_affected INTEGER,
  outage_back INTEGER
) STRICT;

CREATE TABLE template (
  name TEXT PRIMARY KEY,
  fingerprint INTEGER NOT NULL   -- bits of an unsigned number
) STRICT;

CREATE TABLE device (
  position INTEGER PRIMARY KEY,  -- order of the first contacts
  device TEXT NOT NULL UNIQUE,
  is_forgotten INTEGER NOT NULL, -- 1: only its retained status is still to be cleared, and the rest is empty
  seq INTEGER NOT NULL,          -- of its last payload
  template TEXT NOT NULL,
  status TEXT NOT NULL,
  previous TEXT,
  since INTEGER,
  last_seen INTEGER,
  published_last_seen INTEGER,
  latest INTEGER,
  connections TEXT,              -- JSON, a list of objects; NULL: none lives
  end_cause TEXT,                -- of the last end of a connection
  end_is_graceful INTEGER NOT NULL,
  end_at INTEGER,
  end_silence INTEGER NOT NULL,  -- milliseconds
  end_broker TEXT,
  end_client_id TEXT,
  end_username TEXT,
  end_address TEXT,
  next_status TEXT,              -- what it waits for; NULL: nothing, and so the rest
  next_at INTEGER,
  wait_began INTEGER,
  wait_not_before INTEGER,
  wait_is_first INTEGER
) STRICT;

CREATE TABLE timeline (
  seq INTEGER PRIMARY KEY,
  device TEXT NOT NULL,
  at INTEGER NOT NULL,
  from_status TEXT,
  to_status TEXT NOT NULL,
  kind TEXT NOT NULL,            -- transition, blip
  cause TEXT NOT NULL,           -- connect, report, or how a connection ended
  graceful INTEGER,
  broker TEXT,
  client_id TEXT,
  address TEXT
) STRICT;
CREATE INDEX timeline_of_device ON timeline (device, seq);

INSERT INTO meta VALUES (1, random(), 0);
)sql";

// Rules 7, 9, 10 and 15 of the lifecycle.
constexpr const char* kVersion2 = R"sql(
ALTER TABLE device ADD COLUMN wait_kind TEXT;           -- first, next, late, forget: what it waits for
UPDATE device SET wait_kind = CASE WHEN wait_is_first THEN 'first' ELSE 'next' END WHERE next_status IS NOT NULL;
ALTER TABLE device DROP COLUMN wait_is_first;
ALTER TABLE device ADD COLUMN wait_by_operator INTEGER; -- the chain goes on from a status that was set
ALTER TABLE device ADD COLUMN heard INTEGER;            -- the last connect or report
UPDATE device SET heard = last_seen;
UPDATE device SET wait_by_operator = 0 WHERE next_status IS NOT NULL;
ALTER TABLE device ADD COLUMN declared TEXT;            -- JSON: what the device has said; NULL: nothing
ALTER TABLE device ADD COLUMN operator TEXT;            -- JSON: the status that was set; NULL: none
ALTER TABLE device ADD COLUMN changes TEXT;             -- JSON: times of connects and disconnects; NULL: none
ALTER TABLE device ADD COLUMN is_flapping INTEGER NOT NULL DEFAULT 0;
)sql";

// Rule 14, of devices that are connected at several brokers.
constexpr const char* kVersion3 = R"sql(
ALTER TABLE device ADD COLUMN left_behind TEXT;         -- as connections, at brokers that are away; NULL: none
)sql";

// Rule 13, of client ids that are fought over. Rule 11, steps of the wall clock. Rule 14, of brokers that
// stood still: connections have "last_packet" and "grace_ends" from here on, where these are known. And
// whether the bridge that wrote last has stored all that it published.
constexpr const char* kVersion4 = R"sql(
ALTER TABLE device ADD COLUMN conflicts TEXT;           -- JSON, a list of objects; NULL: none lasts
ALTER TABLE broker ADD COLUMN clock_offset INTEGER;     -- milliseconds: wall clock minus the plugin's, of this boot
ALTER TABLE broker ADD COLUMN known_stall INTEGER NOT NULL DEFAULT 0; -- the latest: milliseconds of its plugin's clock
ALTER TABLE broker ADD COLUMN stall_began INTEGER;      -- of an outage in which it only stood still
ALTER TABLE broker ADD COLUMN stall_losses_until INTEGER;
ALTER TABLE meta ADD COLUMN is_complete INTEGER NOT NULL DEFAULT 0; -- 1: nothing was published that isn't stored
ALTER TABLE meta ADD COLUMN row_clock INTEGER NOT NULL DEFAULT 0;   -- milliseconds: timeline.at lacks so much; all steps of the wall clock
)sql";

// Devices that are registered or muted, what is known of each device's past, and counts of the fleet. A first
// contact is found again where the timeline still has it. Connections have "protocol" and "since" from here
// on.
constexpr const char* kVersion5 = R"sql(
ALTER TABLE device ADD COLUMN muted_until INTEGER;      -- 9223372036854775807: until it is unmuted; NULL: never muted
ALTER TABLE device ADD COLUMN first_contact INTEGER;    -- this and the next three lack meta.row_clock, as timeline.at does
ALTER TABLE device ADD COLUMN last_connect INTEGER;
ALTER TABLE device ADD COLUMN last_disconnect INTEGER;
ALTER TABLE device ADD COLUMN last_report INTEGER;
ALTER TABLE timeline ADD COLUMN is_hidden INTEGER NOT NULL DEFAULT 0; -- 1: not shown; for how long a device was in which status
ALTER TABLE meta ADD COLUMN last_batch INTEGER NOT NULL DEFAULT 0; -- its number: what it counts isn't counted twice
CREATE TABLE disconnects (
  device TEXT NOT NULL,
  day INTEGER NOT NULL,          -- since 1970, UTC; lacks meta.row_clock, rounded to days
  count INTEGER NOT NULL,        -- of disconnects that were the device's own
  PRIMARY KEY (device, day)
) STRICT, WITHOUT ROWID;
CREATE TABLE fleet_history (
  at INTEGER NOT NULL,           -- lacks meta.row_clock
  template TEXT NOT NULL,
  status TEXT NOT NULL,
  count INTEGER NOT NULL,        -- of devices; where none is in a status there is no row, unless there are no devices at all
  PRIMARY KEY (at, template, status)
) STRICT, WITHOUT ROWID;
UPDATE device SET first_contact = found.at FROM (
  SELECT device AS name, at, max(seq) FROM timeline WHERE from_status IS NULL GROUP BY device
) AS found WHERE device.device = found.name AND device.is_forgotten = 0;
)sql";

// How far the limits on notifications are used up, and incidents that go on. Only few devices have a row, and
// nothing is asked of one but the whole: JSON.
constexpr const char* kVersion6 = R"sql(
CREATE TABLE notify_device (
  device TEXT PRIMARY KEY,
  state TEXT NOT NULL            -- JSON
) STRICT, WITHOUT ROWID;
CREATE TABLE incident (
  id TEXT PRIMARY KEY,
  state TEXT NOT NULL            -- JSON
) STRICT, WITHOUT ROWID;
)sql";

// Notifications, and what became of them in each channel.
constexpr const char* kVersion7 = R"sql(
CREATE TABLE notification (
  number INTEGER PRIMARY KEY,    -- in the order in which they came
  id TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,            -- status, recovery, flapping, incident_began, incident_ended
  subject TEXT NOT NULL,         -- the device, or incident/ID
  device TEXT,                   -- NULL: it is about an incident
  status TEXT,
  label TEXT,
  previous TEXT,
  cause TEXT,
  template TEXT,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  at INTEGER NOT NULL,           -- lacks meta.row_clock
  count INTEGER NOT NULL,        -- of the events that it stands for
  payload TEXT NOT NULL          -- JSON, as it was published
) STRICT;
CREATE INDEX notification_of_device ON notification (device, number);
CREATE TABLE delivery (
  notification INTEGER NOT NULL, -- its number
  channel TEXT NOT NULL,
  state TEXT NOT NULL,           -- waiting, delivered, dead
  attempts INTEGER NOT NULL,
  began INTEGER NOT NULL,        -- it is tried for a day from then on; this and the next two lack meta.row_clock
  due INTEGER NOT NULL,          -- the next attempt, at the earliest
  ended INTEGER,                 -- the last attempt; NULL: there was none
  code INTEGER NOT NULL,         -- of its answer; 0: there was none
  answer TEXT NOT NULL,
  PRIMARY KEY (notification, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX delivery_of_state ON delivery (state, notification);
)sql";

// Messages that are kept for devices that are away.
constexpr const char* kVersion8 = R"sql(
CREATE TABLE command (
  device TEXT NOT NULL,
  topic TEXT NOT NULL,
  payload BLOB NOT NULL,
  properties BLOB NOT NULL,      -- of MQTT 5, as docs/protocol.md has them
  qos INTEGER NOT NULL,
  at INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  has_own_expiry INTEGER NOT NULL, -- 1: its publisher said so, and the device is told
  boot INTEGER NOT NULL,         -- of the broker where it was published; bits of an unsigned number
  number INTEGER NOT NULL,       -- its plugin's
  position INTEGER NOT NULL UNIQUE, -- order of arrival
  PRIMARY KEY (device, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE command_source (
  broker TEXT PRIMARY KEY,
  boot INTEGER NOT NULL,         -- bits of an unsigned number
  number INTEGER NOT NULL        -- what its plugin kept up to there is in the table, or was
) STRICT, WITHOUT ROWID;
)sql";

constexpr std::array<const char*, 8> kSteps{kVersion1, kVersion2, kVersion3, kVersion4,
                                            kVersion5, kVersion6, kVersion7, kVersion8};

// https://www.sqlite.org/fileformat.html#the_database_header
constexpr std::size_t kHeaderBytes = 100;
constexpr std::size_t kVersionOffset = 60;
constexpr std::size_t kApplicationOffset = 68;
constexpr std::string_view kMagic{"SQLite format 3\0", 16};

std::int64_t big_endian_32(const char* at) {
  std::uint32_t value = 0;
  for (int i = 0; i < 4; ++i) value = value << 8U | static_cast<unsigned char>(at[i]);
  return static_cast<std::int32_t>(value);
}

}  // namespace

std::span<const char* const> store_steps() { return kSteps; }

Result<void> check_store_header(const std::string& path, std::int64_t newest) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(std::string("can't be opened: ") + std::strerror(errno));
  std::array<char, kHeaderBytes> header{};
  file.read(header.data(), header.size());
  const std::string_view read(header.data(), static_cast<std::size_t>(file.gcount()));
  if (read.size() < kHeaderBytes || !read.starts_with(kMagic)) return fail("is not a database");
  if (big_endian_32(&header[kApplicationOffset]) != kStoreApplicationId) {
    return fail("is a database of another program");
  }
  const auto version = big_endian_32(&header[kVersionOffset]);
  if (version > newest || version < 0) {
    return fail(fmt::format("has version {}, and this Rollcall knows versions up to {}", version, newest));
  }
  return {};
}

void migrate(Database& database, std::span<const char* const> steps) {
  const auto version_of = [&database] {
    return static_cast<std::size_t>(database.number("PRAGMA user_version"));
  };
  if (version_of() >= steps.size()) return;
  Transaction transaction(database);
  for (const auto* step : steps.subspan(version_of())) database.run(step);
  database.run(
      fmt::format("PRAGMA application_id = {}; PRAGMA user_version = {}", kStoreApplicationId, steps.size())
          .c_str());
  transaction.commit();
}

}  // namespace rollcall
