// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_notify.hpp"

#include <array>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "bridge/adapters/sqlite/sqlite_columns.hpp"

namespace rollcall {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 3> kKinds{"status", "recovery", "flapping"};  // by WaitingNotice::Kind

/// Writes a record's fields as members of an object. What is as in a new record is left out.
class JsonWriter {
 public:
  static constexpr bool kIsReading = false;

  void field(const char* name, const std::string& value) {
    if (!value.empty()) object[name] = value;
  }
  void field(const char* name, std::uint64_t value) {
    if (value != 0) object[name] = value;
  }
  void field(const char* name, std::int64_t value) {
    if (value != 0) object[name] = value;
  }
  void field(const char* name, bool value) {
    if (value) object[name] = true;
  }
  void field(const char* name, Time value) {
    if (value != Time::min()) object[name] = value.time_since_epoch().count();
  }
  void field(const char* name, WaitingNotice::Kind value) {
    object[name] = kKinds.at(static_cast<std::size_t>(value));
  }
  void field(const char* name, const std::vector<std::string>& value) {
    if (!value.empty()) object[name] = value;
  }
  template <typename T, typename List>
  void list(const char* name, const T& values, const List& each) {
    for (const auto& value : values) {
      JsonWriter one;
      each(one, value);
      object[name].push_back(std::move(one.object));
    }
  }

  json object = json::object();
};

/// Reads the same. nlohmann's exceptions say what is wrong.
class JsonReader {
 public:
  static constexpr bool kIsReading = true;

  explicit JsonReader(const json& object) : object_(object) {
    if (!object.is_object()) throw std::invalid_argument("it isn't an object");
  }

  template <typename T>
  void field(const char* name, T& to) {
    if (const auto found = object_.find(name); found != object_.end()) to = found->get<T>();
  }
  void field(const char* name, Time& to) {
    std::int64_t millis = 0;
    if (object_.find(name) == object_.end()) {
      to = Time::min();
      return;
    }
    field(name, millis);
    to = Time{Millis{millis}};
    if (!is_storable(to)) throw std::invalid_argument("a time in it is none");
  }
  void field(const char* name, WaitingNotice::Kind& to) {
    std::string kind;
    field(name, kind);
    for (std::size_t i = 0; i < kKinds.size(); ++i) {
      if (kKinds.at(i) == kind) to = static_cast<WaitingNotice::Kind>(i);
    }
  }
  template <typename T, typename List>
  void list(const char* name, std::vector<T>& to, const List& each) {
    read(name, [&](JsonReader& one) { each(one, to.emplace_back()); });
  }
  template <typename T, typename List>
  void list(const char* name, std::optional<T>& to, const List& each) {
    read(name, [&](JsonReader& one) { each(one, to.emplace()); });
  }

 private:
  template <typename Read>
  void read(const char* name, const Read& read) {
    const auto found = object_.find(name);
    if (found == object_.end()) return;
    for (const auto& value : *found) {
      JsonReader one(value);
      read(one);
    }
  }

  const json& object_;
};

std::vector<WaitingNotice> as_list(const std::optional<WaitingNotice>& waiting) {
  return waiting ? std::vector<WaitingNotice>{*waiting} : std::vector<WaitingNotice>{};
}

template <typename Archive, typename Notice>
void notice_fields(Archive& out, Notice& it) {
  out.field("kind", it.kind);
  out.field("due", it.due);
  out.field("status", it.status);
  out.field("previous", it.previous);
  out.field("cause", it.cause);
  out.field("template", it.template_name);
  out.field("at", it.at);
  out.field("window", it.window);
  out.field("count", it.count);
  out.field("told", it.told);
}

template <typename Archive, typename Record>
void device_fields(Archive& out, Record& it) {
  out.list("counts", it.counts, [](auto& each, auto& count) {
    each.field("status", count.status);
    each.field("events", count.events);
    each.field("untold", count.untold);
    each.field("window_began", count.window_began);
    each.field("is_window_used", count.is_window_used);
  });
  out.field("day", it.day);
  out.field("sent", it.sent);
  out.field("last_sent", it.last_sent);
  out.field("told", it.told);
  out.field("is_flapping", it.is_flapping);
  out.field("has_told_flapping", it.has_told_flapping);
  out.field("held", it.held);
  out.field("held_status", it.held_status);
  const auto notice = [](auto& each, auto& waiting) { notice_fields(each, waiting); };
  if constexpr (Archive::kIsReading) {
    out.list("waiting", it.waiting, notice);
  } else {
    out.list("waiting", as_list(it.waiting), notice);
  }
  out.field("incident", it.incident);
  out.field("is_back", it.is_back);
  out.field("gateway", it.gateway);
}

template <typename Archive, typename Record>
void incident_fields(Archive& out, Record& it) {
  out.field("kind", it.kind);
  out.field("what", it.what);
  out.field("began", it.began);
  out.field("last_loss", it.last_loss);
  out.field("last_return", it.last_return);
  out.field("devices", it.devices);
  out.field("back", it.back);
  out.field("list", it.list);
  out.field("channels", it.channels);
}

template <typename List>
std::string text_of(const List& list) {
  JsonWriter out;
  list(out);
  return out.object.dump(-1, ' ', false, json::error_handler_t::replace);
}

/// Of a row with its name and its state.
template <typename List>
void read_row(const Statement& statement, const char* table, std::string& name, const List& list) {
  Columns in(statement, table);
  name = in.text();
  const auto state = in.view();
  try {
    const auto value = json::parse(state);
    JsonReader reader(value);
    list(reader);
  } catch (const std::exception& problem) {
    in.refuse(std::string("is wrong: ") + problem.what());
  }
}

}  // namespace

NotifyWriter::NotifyWriter(Database& database)
    : device_(database,
              "INSERT INTO notify_device (device, state) VALUES (?, ?) ON CONFLICT (device) DO UPDATE SET "
              "state = excluded.state"),
      removed_(database, "DELETE FROM notify_device WHERE device = ?"),
      incident_(database,
                "INSERT INTO incident (id, state) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET state = "
                "excluded.state"),
      ended_(database, "DELETE FROM incident WHERE id = ?") {}

void NotifyWriter::write(const NotifyChanges& changes) {
  const auto drop = [](Statement& statement, const std::string& name) {
    statement.bind(1, name);
    statement.run();
  };
  const auto put = [](Statement& statement, const std::string& name, const std::string& state) {
    statement.bind(1, name);
    statement.bind(2, state);
    statement.run();
  };
  for (const auto& device : changes.removed) drop(removed_, device);
  for (const auto& record : changes.devices) {
    put(device_, record.device, text_of([&](JsonWriter& out) { device_fields(out, record); }));
  }
  for (const auto& id : changes.ended) drop(ended_, id);
  for (const auto& record : changes.incidents) {
    put(incident_, record.id, text_of([&](JsonWriter& out) { incident_fields(out, record); }));
  }
}

NotifyState read_notify_state(Database& database) {
  NotifyState state;
  Statement devices(database, "SELECT device, state FROM notify_device ORDER BY device");
  while (devices.step()) {
    auto& record = state.devices.emplace_back();
    read_row(devices, "notify_device", record.device, [&](JsonReader& in) { device_fields(in, record); });
  }
  Statement incidents(database, "SELECT id, state FROM incident ORDER BY id");
  while (incidents.step()) {
    auto& record = state.incidents.emplace_back();
    read_row(incidents, "incident", record.id, [&](JsonReader& in) { incident_fields(in, record); });
  }
  return state;
}

}  // namespace rollcall
