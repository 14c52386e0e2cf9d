// SPDX-License-Identifier: Apache-2.0
// The public payloads with any UTF-8 in their fields: another JSON parser reads the same out of them.
#include <nlohmann/json.hpp>

#include "bridge/core/simulate/scenario_time.hpp"
#include "tests/fuzz/oracle.hpp"
#include "topics/payloads.hpp"

using namespace rollcall;
using nlohmann::ordered_json;

namespace {

constexpr std::size_t kMaxCharacters = 24;

Time take_time(FuzzedDataProvider& input) {
  if (input.ConsumeBool()) return Time{Millis{input.ConsumeIntegral<std::int64_t>()}};
  return Time{Millis{input.ConsumeIntegralInRange<std::int64_t>(-62'135'596'800'000, 253'402'300'799'999)}};
}

/// The time that a field names, read by the code that reads people's times; those beyond the years 1 to 9999
/// are clamped.
void require_time(const ordered_json& field, Time expected) {
  constexpr Time kFirst{Millis{-62'135'596'800'000}};
  constexpr Time kLast{Millis{253'402'300'799'999}};
  const auto text = field.get<std::string>();
  const auto read = parse_scenario_time(text);
  fuzz::require(read && read->form == TimeForm::date && text.size() == 24, "a time is RFC 3339", text);
  fuzz::require(Time{read->value} == std::clamp(expected, kFirst, kLast), "a time is what was put in", text);
}

ordered_json string_or_null(const std::string& text) {
  return text.empty() ? ordered_json(nullptr) : ordered_json(text);
}

ordered_json bool_or_null(std::optional<bool> value) {
  return value ? ordered_json(*value) : ordered_json(nullptr);
}

std::optional<bool> take_optional_bool(FuzzedDataProvider& input) {
  if (input.ConsumeBool()) return std::nullopt;
  return input.ConsumeBool();
}

/// Takes the named times out after they have been compared.
ordered_json without_times(ordered_json object, std::initializer_list<std::pair<const char*, Time>> times) {
  for (const auto& [name, time] : times) {
    require_time(object.at(name), time);
    object.erase(name);
  }
  return object;
}

void check_status(FuzzedDataProvider& input) {
  std::array<std::string, 11> texts;
  for (auto& text : texts) text = fuzz::take_utf8(input, kMaxCharacters);
  Status status;
  status.device = texts[0];
  status.status = texts[1];
  status.label = texts[2];
  status.color = texts[3];
  status.icon = texts[4];
  status.connected = input.ConsumeBool();
  status.since = take_time(input);
  status.previous = texts[5];
  status.cause = texts[6];
  status.graceful = take_optional_bool(input);
  if (input.ConsumeBool()) status.last_seen = take_time(input);
  if (input.ConsumeBool()) status.next = NextStatus{texts[7], take_time(input)};
  status.template_name = texts[8];
  status.interaction = {static_cast<Interaction::Disable>(input.ConsumeIntegralInRange(0, 2)),
                        input.ConsumeBool(), input.ConsumeBool()};
  status.commands = texts[9];
  status.queued = input.ConsumeIntegral<std::uint64_t>();
  status.message = texts[10];
  status.flapping = input.ConsumeBool();
  status.conflict = input.ConsumeBool();
  status.seq = input.ConsumeIntegral<std::uint64_t>();

  auto read = without_times(ordered_json::parse(to_json(status)), {{"since", status.since}});
  if (status.last_seen) {
    read = without_times(std::move(read), {{"last_seen", *status.last_seen}});
  } else {
    fuzz::require(read.at("last_seen").is_null(), "what was never seen is null", read.dump());
    read.erase("last_seen");
  }
  ordered_json next = nullptr;
  if (status.next) {
    next = ordered_json{{"status", texts[7]}};
    read["next"] = without_times(read.at("next"), {{"at", status.next->at}});
  }
  const ordered_json expected{{"device", texts[0]},
                              {"status", texts[1]},
                              {"label", texts[2]},
                              {"color", texts[3]},
                              {"icon", texts[4]},
                              {"connected", status.connected},
                              {"previous", string_or_null(texts[5])},
                              {"cause", string_or_null(texts[6])},
                              {"graceful", bool_or_null(status.graceful)},
                              {"next", next},
                              {"template", texts[8]},
                              {"interaction",
                               {{"disable", to_string(status.interaction.disable)},
                                {"notify_on_open", status.interaction.notify_on_open},
                                {"notify_on_interaction", status.interaction.notify_on_interaction}}},
                              {"commands", texts[9]},
                              {"queued", status.queued},
                              {"message", texts[10]},
                              {"flapping", status.flapping},
                              {"conflict", status.conflict},
                              {"seq", status.seq}};
  fuzz::require(read.dump() == expected.dump(), "a status is read as it was written", read.dump());
}

void check_row(FuzzedDataProvider& input) {
  std::array<std::string, 8> texts;
  for (auto& text : texts) text = fuzz::take_utf8(input, kMaxCharacters);
  const TimelineRow row{texts[0],
                        take_time(input),
                        texts[1],
                        texts[2],
                        texts[3],
                        texts[4],
                        take_optional_bool(input),
                        texts[5],
                        texts[6],
                        texts[7],
                        input.ConsumeIntegral<std::uint64_t>()};
  const auto read = without_times(ordered_json::parse(to_json(row)), {{"at", row.at}});
  const ordered_json expected{{"device", texts[0]},
                              {"from", string_or_null(texts[1])},
                              {"to", texts[2]},
                              {"kind", texts[3]},
                              {"cause", string_or_null(texts[4])},
                              {"graceful", bool_or_null(row.graceful)},
                              {"broker", string_or_null(texts[5])},
                              {"client_id", string_or_null(texts[6])},
                              {"address", string_or_null(texts[7])},
                              {"seq", row.seq}};
  fuzz::require(read.dump() == expected.dump(), "a row is read as it was written", read.dump());
}

void check_fleet(FuzzedDataProvider& input) {
  FleetCounts counts;
  counts.devices = input.ConsumeIntegral<std::uint64_t>();
  counts.connected = input.ConsumeIntegral<std::uint64_t>();
  counts.flapping = input.ConsumeIntegral<std::uint64_t>();
  while (input.remaining_bytes() > 0) {
    auto& of_template = counts.templates[fuzz::take_utf8(input, kMaxCharacters)];
    of_template[fuzz::take_utf8(input, kMaxCharacters)] = input.ConsumeIntegral<std::uint64_t>();
  }
  const ordered_json expected{{"devices", counts.devices},
                              {"connected", counts.connected},
                              {"flapping", counts.flapping},
                              {"templates", counts.templates}};
  const auto read = ordered_json::parse(to_json(counts));
  // Of no templates nlohmann makes null.
  fuzz::require(counts.templates.empty() ? read.at("templates").is_object() : read == expected,
                "the counts are read as they were written", read.dump());
}

void check_bridge(FuzzedDataProvider& input) {
  const auto version = fuzz::take_utf8(input, kMaxCharacters);
  const auto error = fuzz::take_utf8(input, kMaxCharacters);
  BridgeStatus bridge{input.ConsumeBool(), version, take_time(input), {}, {}, {}};
  ordered_json expected{{"online", bridge.online}, {"version", version}};
  if (input.ConsumeBool()) {
    bridge.store = {error, input.ConsumeIntegral<std::uint64_t>(), input.ConsumeIntegral<std::uint64_t>()};
    expected["store"] = {
        {"error", error}, {"unstored", bridge.store->unstored}, {"lost_rows", bridge.store->lost_rows}};
  }
  if (input.ConsumeBool()) {
    bridge.backlog = {input.ConsumeIntegral<std::uint64_t>(), input.ConsumeIntegral<std::uint64_t>()};
    expected["backlog"] = {{"publications", bridge.backlog->publications},
                           {"unstored", bridge.backlog->unstored}};
  }
  if (input.ConsumeBool()) {
    bridge.too_large = {{error, "max_packet_size", input.ConsumeIntegral<std::uint64_t>(),
                         input.ConsumeIntegral<std::uint64_t>(), input.ConsumeIntegral<std::uint64_t>()}};
    const auto& what = bridge.too_large.front();
    expected["too_large"] = ordered_json::array({{{"broker", error},
                                                  {"setting", "max_packet_size"},
                                                  {"needs", what.needs},
                                                  {"statuses", what.statuses},
                                                  {"rows", what.rows}}});
  }
  const auto read = without_times(ordered_json::parse(to_json(bridge)), {{"since", bridge.since}});
  fuzz::require(read == expected, "the bridge is read as it was written", read.dump());
}

void check_incident(FuzzedDataProvider& input) {
  const auto broker = fuzz::take_utf8(input, kMaxCharacters);
  const Time began{Millis{input.ConsumeIntegralInRange<std::int64_t>(0, 4'102'444'800'000)}};
  const Millis away{input.ConsumeIntegral<std::uint32_t>()};
  const IncidentNotice notice{take_time(input),
                              broker,
                              began,
                              began + away,
                              input.ConsumeIntegral<std::uint64_t>(),
                              input.ConsumeIntegral<std::uint64_t>()};
  const auto read = ordered_json::parse(to_json(notice));
  fuzz::require(
      read.at("what") == broker && read.at("devices") == notice.affected && read.at("back") == notice.back,
      "the incident is read as it was written", read.dump());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  FuzzedDataProvider input(data, size);
  switch (input.ConsumeIntegralInRange<int>(0, 4)) {
    case 0:
      check_status(input);
      break;
    case 1:
      check_row(input);
      break;
    case 2:
      check_fleet(input);
      break;
    case 3:
      check_bridge(input);
      break;
    default:
      check_incident(input);
  }
  return 0;
}
