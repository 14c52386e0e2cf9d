// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/sqlite/sqlite_declared.hpp"

#include <cstdint>

#include <nlohmann/json.hpp>

#include "base/duration.hpp"
#include "bridge/adapters/sqlite/sqlite_columns.hpp"

namespace rollcall {
namespace {

using nlohmann::json;

struct Wrong {
  std::string words;
};

std::int64_t millis_of(Time time) { return time.time_since_epoch().count(); }

std::string dump(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

Time time_of(const json& value) {
  if (!value.is_number_integer()) throw Wrong{"a time in it is no whole number"};
  const Time time{Millis{value.get<std::int64_t>()}};
  if (!is_storable(time)) throw Wrong{"a time in it is none"};
  return time;
}

/// The members of one object, each of which must be there.
class Members {
 public:
  Members(const json& object, std::size_t count) : object_(object) {
    if (!object.is_object() || object.size() != count) throw Wrong{"it isn't an object with its members"};
  }
  const json& at(const char* name) const {
    const auto found = object_.find(name);
    if (found == object_.end()) throw Wrong{std::string("\"") + name + "\" is missing"};
    return *found;
  }
  std::string text(const char* name) const {
    const auto& value = at(name);
    if (!value.is_string()) throw Wrong{std::string("\"") + name + "\" is no text"};
    return value.get<std::string>();
  }
  std::uint64_t number(const char* name) const {
    const auto& value = at(name);
    if (!value.is_number_unsigned()) throw Wrong{std::string("\"") + name + "\" is no such number"};
    return value.get<std::uint64_t>();
  }
  bool boolean(const char* name) const {
    const auto& value = at(name);
    if (!value.is_boolean()) throw Wrong{std::string("\"") + name + "\" is neither true nor false"};
    return value.get<bool>();
  }

 private:
  const json& object_;
};

template <typename Read>
auto read(std::string_view text, const Read& from) -> Result<decltype(from(json()))> {
  const auto value = json::parse(text, nullptr, false);
  if (value.is_discarded()) return fail("is not JSON");
  try {
    return from(value);
  } catch (const Wrong& wrong) {
    return fail("is wrong: " + wrong.words);
  }
}

}  // namespace

std::string to_json(const DeclarationRecord& declaration) {
  return dump({{"status", declaration.status},
               {"for", declaration.wait ? json(declaration.wait->count()) : json()},
               {"broker", declaration.broker},
               {"boot", declaration.boot},
               {"number", declaration.number},
               {"at", millis_of(declaration.at)}});
}

std::string to_json(const OperatorRecord& set) {
  return dump({{"status", set.status},
               {"previous", set.previous},
               {"since", millis_of(set.since)},
               {"until", set.until ? json(millis_of(*set.until)) : json()},
               {"hold", set.hold}});
}

std::string to_json(const std::vector<Time>& times) {
  auto list = json::array();
  for (const Time time : times) list.push_back(millis_of(time));
  return dump(list);
}

std::string to_json(const std::vector<ConflictRecord>& conflicts) {
  auto list = json::array();
  for (const ConflictRecord& each : conflicts) {
    list.push_back({{"broker", each.broker},
                    {"client_id", each.client_id},
                    {"began", millis_of(each.began)},
                    {"last", millis_of(each.last)},
                    {"takeovers", each.takeovers},
                    {"addresses", each.addresses}});
  }
  return dump(list);
}

Result<DeclarationRecord> declaration_from_json(std::string_view text) {
  return read(text, [](const json& value) {
    const Members members(value, 6);
    DeclarationRecord record;
    record.status = members.text("status");
    if (!members.at("for").is_null()) {
      const Millis wait{static_cast<Millis::rep>(members.number("for"))};
      if (wait < Millis{0} || wait > kMaxDuration) throw Wrong{"\"for\" is no duration"};
      record.wait = wait;
    }
    record.broker = members.text("broker");
    record.boot = members.number("boot");
    record.number = members.number("number");
    record.at = time_of(members.at("at"));
    return record;
  });
}

Result<OperatorRecord> operator_from_json(std::string_view text) {
  return read(text, [](const json& value) {
    const Members members(value, 5);
    OperatorRecord record;
    record.status = members.text("status");
    record.previous = members.text("previous");
    record.since = time_of(members.at("since"));
    if (!members.at("until").is_null()) record.until = time_of(members.at("until"));
    record.hold = members.boolean("hold");
    return record;
  });
}

Result<std::vector<Time>> times_from_json(std::string_view text) {
  return read(text, [](const json& value) {
    if (!value.is_array()) throw Wrong{"it must be a list of times"};
    std::vector<Time> times;
    for (const auto& each : value) times.push_back(time_of(each));
    return times;
  });
}

Result<std::vector<ConflictRecord>> conflicts_from_json(std::string_view text) {
  return read(text, [](const json& value) {
    if (!value.is_array()) throw Wrong{"it must be a list of objects"};
    std::vector<ConflictRecord> conflicts;
    for (const auto& each : value) {
      const Members members(each, 6);
      auto& record = conflicts.emplace_back();
      record.broker = members.text("broker");
      record.client_id = members.text("client_id");
      record.began = time_of(members.at("began"));
      record.last = time_of(members.at("last"));
      record.takeovers = members.number("takeovers");
      const auto& addresses = members.at("addresses");
      if (!addresses.is_array()) throw Wrong{"\"addresses\" is no list"};
      for (const auto& address : addresses) {
        if (!address.is_string()) throw Wrong{"one of \"addresses\" is no text"};
        record.addresses.push_back(address.get<std::string>());
      }
    }
    return conflicts;
  });
}

}  // namespace rollcall
