// SPDX-License-Identifier: Apache-2.0
// Every key of rollcall.json, one table for each object. A row is all that there is to a key but its reader.
// After a change here `cmake --build build/release --target reference` writes docs/configuration.md anew.
#pragma once

#include <array>

#include "bridge/core/config/config_keys.hpp"

namespace rollcall {
namespace config_tables {

using Type = ConfigKey::Type;

inline constexpr std::array kFile{
    ConfigKey{.name = "brokers",
              .type = Type::array,
              .type_text = "array, 1 or more",
              .fallback = "[{}]",
              .default_text = "one with every default",
              .meaning = "the brokers to connect to; every status goes to each"},
    ConfigKey{.name = "store",
              .type = Type::object,
              .fallback = "{}",
              .meaning = "what the bridge keeps across its own death, see below"},
    ConfigKey{.name = "http", .type = Type::object, .fallback = "{}", .meaning = "see below"},
    ConfigKey{
        .name = "topic_prefix",
        .type = Type::text,
        .most = kMaxMqttTextBytes,
        .fallback = R"("ds")",
        .meaning =
            "the first levels of all topics: at least one, at most 64 bytes, no wildcard, not beginning "
            "with `$` or `/`; the plugin's option `plugin_opt_topic_prefix` must say the same"},
    ConfigKey{.name = "status_qos",
              .type = Type::whole_number,
              .least = 0,
              .most = 2,
              .fallback = "1",
              .meaning = "the QoS of `ds/status/…`"},
    ConfigKey{.name = "outage_grace",
              .type = Type::duration,
              .fallback = R"("2m")",
              .meaning = "how long devices have to come back after their broker did ([rule "
                         "14](lifecycle.md#14-outage-amnesty))"},
    ConfigKey{.name = "reporters",
              .type = Type::array,
              .type_text = "array of strings",
              .fallback = "[]",
              .meaning =
                  "users that may write [`ds/report/{device}`](topics.md#dsdeclaredevice-dsreportdevice), "
                  "as far as the broker lets them"},
    ConfigKey{.name = "max_devices",
              .type = Type::whole_number,
              .least = 1,
              .most = 100'000'000,
              .fallback = "1000000",
              .meaning = "how many devices there may be; a client beyond that is [no device "
                         "yet](operations.md#strangers)"},
    ConfigKey{.name = "new_devices",
              .type = Type::text,
              .most = 16,
              .type_text = "rate, such as `\"100/s\"`",
              .fallback = R"("100/s")",
              .meaning = "how many devices may come to be in a second, ten times as many at once; a client "
                         "beyond that is [no device yet](operations.md#strangers). Raise it for the first "
                         "rollout of a large fleet"},
    ConfigKey{.name = "devices",
              .type = Type::array,
              .type_text = "array of rules",
              .default_text = "see below",
              .meaning = "which connections are which devices"},
    ConfigKey{.name = "templates",
              .type = Type::object,
              .type_text = "object: name → template",
              .default_text = "`default` alone",
              .meaning = "the lifecycles; a name has 1 to 64 of `A-Z a-z 0-9 _ -`"},
    ConfigKey{.name = "command_queue",
              .type = Type::object,
              .fallback = "{}",
              .meaning = "what is kept of [messages to devices that are away](commands.md), see below"},
    ConfigKey{.name = "channels",
              .type = Type::object,
              .type_text = "object: name → channel",
              .fallback = "{}",
              .meaning = "where notifications go, see below; a name has 1 to 64 of `A-Z a-z 0-9 _ -`"},
    ConfigKey{.name = "notify_daily_cap",
              .type = Type::whole_number,
              .least = 0,
              .most = kMaxCount,
              .fallback = "100",
              .meaning = "so many notifications of one device a day at most"},
    ConfigKey{.name = "timezone",
              .type = Type::text,
              .most = kMaxNameBytes,
              .type_text = "time zone, such as `\"Europe/Berlin\"`",
              .fallback = R"("UTC")",
              .meaning = "whose midnight begins a day of `notify_daily_cap`, and what `mute` goes by"},
    ConfigKey{.name = "incident",
              .type = Type::object,
              .type_text = "`{\"devices\", \"within\", \"by\", \"channels\"}`",
              .default_text = "off",
              .meaning = "when many lost devices are [one incident](notifications.md#incidents)"},
    ConfigKey{.name = "mirrors",
              .type = Type::array,
              .fallback = "[]",
              .is_later = true,
              .meaning = "statuses in other systems' topics, see below"}};

inline constexpr std::array kBroker{
    ConfigKey{.name = "name",
              .type = Type::text,
              .most = kMaxNameBytes,
              .fallback = R"("main")",
              .meaning = "how logs, timelines and metrics call it; two brokers can't have one name"},
    ConfigKey{
        .name = "uri",
        .type = Type::text,
        .most = kMaxTextBytes,
        .fallback = R"("mqtt://127.0.0.1:1883")",
        .meaning =
            "`mqtt://host[:port]`, `mqtts://host[:port]` (TLS), or over websockets "
            "`ws://host[:port][/path]` and `wss://host[:port][/path]`. The port is 1 to 65535, by default "
            "1883, 8883, 80 and 443; the path by default `/mqtt`; an IPv6 address stands in brackets: "
            "`mqtt://[::1]:1883`"},
    ConfigKey{.name = "tls", .type = Type::object, .meaning = "with `mqtts://` and `wss://`, see below"},
    ConfigKey{.name = "username",
              .type = Type::text,
              .most = kMaxMqttTextBytes,
              .fallback = R"("rollcall")",
              .meaning = "the plugin's option `plugin_opt_bridge_username` must say the same"},
    ConfigKey{.name = "password_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .meaning = "a file with the secret that the plugin's `plugin_opt_bridge_password_file` has"},
    ConfigKey{.name = "client_id",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "`rollcall-bridge-` and a number of the store's",
              .meaning =
                  "the bridge's own MQTT client id there, for brokers with `clientid_prefixes`; nobody "
                  "else may have it"},
    ConfigKey{
        .name = "on_conflict",
        .type = Type::one_of,
        .names = on_conflict_names,
        .fallback = R"("refuse")",
        .meaning =
            "what a bridge that starts does where another one, with another store, is at work: nothing, "
            "until that one has gone; or take its place, once. The one that isn't served says so in its "
            "log and publishes nothing there"}};

inline constexpr std::array kBrokerTls{
    ConfigKey{.name = "ca_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .default_text = "the system's authorities",
              .meaning = "the certificates of the authorities that may have signed the broker's, in PEM"},
    ConfigKey{.name = "certificate_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .meaning =
                  "the bridge's own certificate in PEM, with the chain that leads to its authority, for "
                  "brokers that want one (`require_certificate`)"},
    ConfigKey{.name = "key_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .default_text = "`certificate_file`",
              .meaning = "the key of that certificate in PEM, without a passphrase"},
    ConfigKey{.name = "verify",
              .type = Type::boolean,
              .fallback = "true",
              .meaning =
                  "whether the broker's certificate must be valid and name the host of `uri`. With `false` "
                  "whoever is in between can pretend to be the broker"}};

inline constexpr std::array kDeviceRule{
    ConfigKey{.name = "client_id",
              .type = Type::long_text,
              .most = kMaxMqttTextBytes,
              .type_text = "pattern",
              .meaning = "the MQTT client id"},
    ConfigKey{.name = "username",
              .type = Type::long_text,
              .most = kMaxMqttTextBytes,
              .type_text = "pattern",
              .meaning =
                  "the MQTT user name; an anonymous client's is empty, which `*` matches and `{device}` "
                  "doesn't"},
    ConfigKey{.name = "address",
              .type = Type::text,
              .most = kMaxTextBytes,
              .meaning =
                  "the client's address or a CIDR block: `\"10.0.0.7\"`, `\"10.0.0.0/8\"`, `\"fd00::/8\"`. "
                  "`::ffff:10.0.0.7` is `10.0.0.7`; IPv4 addresses are in IPv4 blocks only"},
    ConfigKey{.name = "report_topic",
              .type = Type::long_text,
              .most = kMaxMqttTextBytes,
              .type_text = "pattern",
              .meaning =
                  "messages to these topics are reports of a device that is no MQTT client. Needs `{device}` "
                  "in the rule, and never matches a connection; the other fields are those of the client "
                  "that publishes"},
    ConfigKey{.name = "retained",
              .type = Type::one_of,
              .names = retained_names,
              .default_text = "`\"ignore\"`",
              .meaning =
                  "with `report_topic` alone: whether a message that was published with the flag retain is a "
                  "report, see below"},
    ConfigKey{.name = "template",
              .type = Type::long_text,
              .most = kMaxMqttTextBytes,
              .default_text = "what `{template}` took, else `default`",
              .meaning = "the name of a template"},
    ConfigKey{.name = "ignore",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "`true`: what matches is no device; not together with `template`"}};

inline constexpr std::array kTemplate{
    ConfigKey{.name = "online_on_report",
              .type = Type::boolean,
              .fallback = "true",
              .meaning = "a report sets `online`, as a connect does"},
    ConfigKey{.name = "report_every",
              .type = Type::duration,
              .meaning = "a connected device that hasn't reported for so long is late; needs `on_late`"},
    ConfigKey{.name = "report_grace",
              .type = Type::duration,
              .default_text = "`\"0s\"`",
              .meaning = "how much longer it is waited for; needs `report_every`"},
    ConfigKey{.name = "on_late",
              .type = Type::text,
              .most = kMaxMqttTextBytes,
              .type_text = "status",
              .meaning = "the status of a device that is late, not `online`; needs `report_every`"},
    ConfigKey{.name = "on_graceful",
              .type = Type::object,
              .type_text = "`{\"status\", \"after\"}`",
              .default_text = "the second status",
              .meaning =
                  "where the first wait leads to after a graceful disconnect, and how long it is; the chain "
                  "goes on from there"},
    ConfigKey{.name = "on_non_graceful",
              .type = Type::object,
              .type_text = "`{\"status\", \"after\"}`",
              .default_text = "the second status",
              .meaning = "the same after any other disconnect"},
    ConfigKey{.name = "graceful_causes",
              .type = Type::array,
              .names = cause_names,
              .type_text = "array of causes",
              .default_text = "see below",
              .meaning = "exactly these causes are graceful, with a will or without"},
    ConfigKey{.name = "ignore_blips",
              .type = Type::duration,
              .meaning = "a disconnect and reconnect within it leave no row on the timeline"},
    ConfigKey{.name = "flapping",
              .type = Type::object,
              .type_text = "`{\"changes\", \"within\", \"hold\"}`",
              .default_text = "off",
              .meaning = "a device that comes and goes too often is marked as flapping"},
    ConfigKey{.name = "mute",
              .type = Type::array,
              .type_text = "array of `{\"days\", \"from\", \"to\", \"zone\"}`",
              .default_text = "never",
              .meaning = "hours in which nobody is told of these devices"},
    ConfigKey{.name = "command_topics",
              .type = Type::array,
              .type_text = "array of topic filters",
              .default_text = "none",
              .meaning =
                  "the topics on which these devices are [sent commands](commands.md): MQTT filters in which "
                  "`{device}` is one level, such as `\"cmd/{device}/#\"`; at most 64 different ones in all "
                  "templates"},
    ConfigKey{.name = "statuses", .type = Type::array, .is_required = true, .meaning = "see below"}};

inline constexpr std::array kMute{ConfigKey{.name = "days",
                                            .type = Type::text,
                                            .most = kMaxNameBytes,
                                            .type_text = "days, such as `\"sat-sun\"` or `\"mon,wed,fri\"`",
                                            .fallback = R"("mon-sun")",
                                            .meaning = "on which it begins"},
                                  ConfigKey{.name = "from",
                                            .type = Type::text,
                                            .most = kMaxNameBytes,
                                            .type_text = "`\"HH:MM\"`",
                                            .fallback = R"("00:00")",
                                            .meaning = "when it begins"},
                                  ConfigKey{.name = "to",
                                            .type = Type::text,
                                            .most = kMaxNameBytes,
                                            .type_text = "`\"HH:MM\"`",
                                            .fallback = R"("24:00")",
                                            .meaning = "when it ends; not after `from`: on the next day"},
                                  ConfigKey{.name = "zone",
                                            .type = Type::text,
                                            .most = kMaxNameBytes,
                                            .type_text = "time zone",
                                            .default_text = "`timezone`",
                                            .meaning = "whose clocks these are, summer time included"}};

inline constexpr std::array kIncident{
    ConfigKey{.name = "devices",
              .type = Type::whole_number,
              .least = 2,
              .most = kMaxCount,
              .fallback = "20",
              .meaning = "so many devices of one group, …"},
    ConfigKey{.name = "within",
              .type = Type::duration,
              .fallback = R"("30s")",
              .meaning = "… lost in this time, are one incident. Notifications of lost devices wait so long"},
    ConfigKey{.name = "by",
              .type = Type::array,
              .type_text = "array of `\"broker\"`, `\"gateway\"`, `\"address/BITS\"`",
              .fallback = R"(["broker","gateway","address/24"])",
              .meaning = "what makes a group: the broker, the client that reports for the devices, the block "
                         "of their addresses (1 to 32 bits: of IPv4, 33 to 128: of IPv6)"},
    ConfigKey{.name = "channels",
              .type = Type::array,
              .type_text = "array of names",
              .fallback = "[]",
              .default_text = "those of the statuses that the devices are in",
              .meaning = "where to: keys of `channels`"}};

inline constexpr std::array kBranch{ConfigKey{.name = "status",
                                              .type = Type::text,
                                              .most = kMaxMqttTextBytes,
                                              .type_text = "status",
                                              .default_text = "the second status",
                                              .meaning = "a status of the template, not `online`"},
                                    ConfigKey{.name = "after",
                                              .type = Type::duration,
                                              .default_text = "as long as that status says",
                                              .meaning = "the wait"}};

inline constexpr std::array kFlapping{ConfigKey{.name = "changes",
                                                .type = Type::whole_number,
                                                .least = 1,
                                                .most = kMaxCount,
                                                .is_required = true,
                                                .meaning = "so many connects and disconnects …"},
                                      ConfigKey{.name = "within",
                                                .type = Type::duration,
                                                .is_required = true,
                                                .meaning = "… in this time mark the device as flapping, …"},
                                      ConfigKey{.name = "hold",
                                                .type = Type::duration,
                                                .is_required = true,
                                                .meaning = "… until it has been steady for so long"}};

inline constexpr std::array kStatus{
    ConfigKey{.name = "status",
              .type = Type::text,
              .most = kMaxNameBytes,
              .is_required = true,
              .meaning = "the key: a letter a-z, then `a-z 0-9 _ -`, at most 64 bytes; once in a template"},
    ConfigKey{.name = "label",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "from the key: `no_data` → `No data`",
              .meaning = "what people read"},
    ConfigKey{.name = "color",
              .type = Type::text,
              .most = kMaxTextBytes,
              .type_text = "`\"#rrggbb\"`",
              .default_text = "below",
              .meaning = "what people see it in"},
    ConfigKey{.name = "icon",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "below",
              .meaning = "the name of an icon"},
    ConfigKey{.name = "after",
              .type = Type::duration,
              .default_text = "required, but not on `online`",
              .meaning =
                  "the wait since the status before it was entered, nothing having been heard; for the first "
                  "wait, since the disconnect"},
    ConfigKey{
        .name = "interaction",
        .type = Type::other,
        .names = interaction_names,
        .type_text = "`\"allow\"`, `\"notify_on_interaction\"`, `\"notify_on_open\"`, "
                     "`\"disable_controls\"`, `\"disable_all\"`, or object",
        .default_text = "`\"notify_on_interaction\"`; `online`: `\"allow\"`",
        .meaning =
            "what people may do: `notify_on_interaction` (controls work, a banner tells the status), "
            "`notify_on_open` (a notice when the device's page opens), and what the names say; an object "
            "has several of these. `online` has no other than `allow`"},
    ConfigKey{
        .name = "commands",
        .type = Type::one_of,
        .names = commands_names,
        .fallback = R"("allow")",
        .meaning =
            "what happens to messages on the template's `command_topics`: `deny`, the broker refuses them; "
            "`queue`, they are [kept](commands.md) until the device is back"},
    ConfigKey{.name = "message",
              .type = Type::long_text,
              .most = kMaxMessageBytes,
              .default_text = "`\"Device is {label}\"` where `interaction` shows something, else empty",
              .meaning = "a text for people, at most 4096 bytes, with line ends if need be"},
    ConfigKey{.name = "timeline",
              .type = Type::boolean,
              .default_text = "`true`",
              .meaning = "short for `\"show\": {\"timeline\": …}`"},
    ConfigKey{.name = "show",
              .type = Type::object,
              .meaning = "where this status is seen, beside its topic and lists of devices"},
    ConfigKey{.name = "counts_as",
              .type = Type::one_of,
              .names = counts_as_names,
              .default_text = "`\"up\"` before `offline` in the list, `\"down\"` from it on",
              .meaning = "what time in this status is to a device's availability"},
    ConfigKey{.name = "notify",
              .type = Type::other,
              .type_text = "`\"off\"` or object",
              .fallback = R"("off")",
              .meaning = "who is told when it is entered, and [how often at most](notifications.md#when): "
                         "`{\"period\": \"1h\", \"every\": 1, \"channels\": [\"ops\"]}`"},
    ConfigKey{.name = "forget_after",
              .type = Type::duration,
              .default_text = "never",
              .meaning = "after so long in it the device is forgotten; on the last status only"}};

inline constexpr std::array kInteraction{
    ConfigKey{.name = "disable",
              .type = Type::one_of,
              .names = disable_names,
              .fallback = R"("none")",
              .meaning = "`controls`: they are off, and values still show; `all`: everything is off"},
    ConfigKey{.name = "notify_on_open",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "a notice for 3 s when the device's page opens"},
    ConfigKey{.name = "notify_on_interaction",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "a banner when a control is used"}};

inline constexpr std::array kShow{
    ConfigKey{.name = "timeline",
              .type = Type::boolean,
              .fallback = "true",
              .meaning = "the timeline shows when it is entered"},
    ConfigKey{.name = "notifications",
              .type = Type::boolean,
              .fallback = "true",
              .meaning = "false: `notify` has no effect"},
    ConfigKey{.name = "reports",
              .type = Type::boolean,
              .fallback = "true",
              .meaning = "false: time in it is left out of the availability, as by "
                         "`\"counts_as\": \"neither\"`"}};

inline constexpr std::array kNotify{
    ConfigKey{.name = "period",
              .type = Type::duration,
              .default_text = "none",
              .meaning = "at most one notification in this time, which begins with the first event"},
    ConfigKey{.name = "every",
              .type = Type::whole_number,
              .least = 1,
              .most = kMaxCount,
              .fallback = "1",
              .meaning = "every N-th event"},
    ConfigKey{.name = "channels",
              .type = Type::array,
              .type_text = "array of names",
              .fallback = "[]",
              .meaning = "where to: keys of `channels`"},
    ConfigKey{.name = "text",
              .type = Type::long_text,
              .most = kMaxMessageBytes,
              .default_text = "`\"{device} is {label} since {since} ({cause})\"`",
              .meaning = "what is said, with `{device}`, `{label}`, `{status}`, `{previous}`, `{cause}`, "
                         "`{since}`, `{last_seen}`, `{template}`, `{count}` and `{url}`"},
    ConfigKey{.name = "recovery",
              .type = Type::boolean,
              .fallback = "false",
              .meaning = "one more when a device of which was told is online again"}};

inline constexpr std::array kStore{
    ConfigKey{.name = "path",
              .type = Type::text,
              .most = kMaxPathBytes,
              .fallback = R"("rollcall.db")",
              .meaning = "the database, on a local disk; made if it isn't there ([store.md](store.md))"},
    ConfigKey{.name = "timeline_retention",
              .type = Type::duration,
              .fallback = R"("90d")",
              .meaning = "how long rows of timelines are kept"}};

inline constexpr std::array kCommandQueue{
    ConfigKey{.name = "topics",
              .type = Type::whole_number,
              .least = 1,
              .most = 10'000,
              .fallback = "64",
              .meaning = "so many topics of each device, the last message of each"},
    ConfigKey{.name = "bytes",
              .type = Type::whole_number,
              .least = 1024,
              .most = 16 * 1024 * 1024,
              .fallback = "65536",
              .meaning = "so many bytes of each device: topics, payloads and properties"},
    ConfigKey{
        .name = "keep", .type = Type::duration, .fallback = R"("24h")", .meaning = "for so long at most"}};

inline constexpr std::array kHttp{
    ConfigKey{.name = "listen",
              .type = Type::text,
              .most = kMaxTextBytes,
              .type_text = "`host:port` or null",
              .fallback = R"("127.0.0.1:8080")",
              .meaning =
                  "an IPv6 address stands in brackets; port 0: any that is free, the log has it; `null`: the "
                  "Unix socket beside the store alone. Without tokens only an address of this machine's own "
                  "(loopback) is allowed"},
    ConfigKey{.name = "base_path",
              .type = Type::long_text,
              .most = kMaxTextBytes,
              .type_text = "path",
              .fallback = R"("")",
              .meaning = "what stands before every path, such as `/rollcall` behind a proxy"},
    ConfigKey{.name = "public_url",
              .type = Type::text,
              .most = kMaxTextBytes,
              .type_text = "`http://` or `https://` address",
              .default_text = "none",
              .meaning = "where people reach the console, such as `https://example.com/rollcall`: what "
                         "`{url}` in notifications begins with"},
    ConfigKey{
        .name = "read_tokens_file",
        .type = Type::text,
        .most = kMaxPathBytes,
        .type_text = "string or null",
        .fallback = "null",
        .meaning = "tokens that may read, one a line. If there are tokens of either kind, reading needs one"},
    ConfigKey{.name = "write_tokens_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .type_text = "string or null",
              .fallback = "null",
              .meaning = "tokens that may write and read. Without the file nobody writes over TCP"},
    ConfigKey{.name = "tls",
              .type = Type::object,
              .type_text = "`{\"certificate_file\", \"key_file\"}`",
              .default_text = "none: plain HTTP",
              .meaning = "HTTPS; the files are read again at each reload"},
    ConfigKey{.name = "hosts",
              .type = Type::array,
              .type_text = "array of names",
              .fallback = "[]",
              .meaning =
                  "names by which clients reach this bridge, besides `localhost`, addresses, and the host of "
                  "`listen`; requests for others are refused"},
    ConfigKey{
        .name = "cors_origins",
        .type = Type::array,
        .type_text = "array of origins",
        .fallback = "[]",
        .meaning = "pages of which other origins may use the API, such as `https://grafana.example.com`"},
    ConfigKey{.name = "max_header_bytes",
              .type = Type::whole_number,
              .least = 1024,
              .most = 1 << 20,
              .fallback = "8192",
              .meaning = "of a request; a larger one is answered by 431"},
    ConfigKey{.name = "max_body_bytes",
              .type = Type::whole_number,
              .least = 1024,
              .most = 1 << 28,
              .fallback = "65536",
              .meaning = "of a request; a larger one is answered by 413"},
    ConfigKey{.name = "request_timeout",
              .type = Type::duration,
              .fallback = R"("30s")",
              .meaning = "a request must have come in by then; else 408"},
    ConfigKey{.name = "max_connections",
              .type = Type::whole_number,
              .least = 1,
              .most = 100'000,
              .fallback = "1000",
              .meaning = "at once; more are answered by 503"},
    ConfigKey{
        .name = "max_streams",
        .type = Type::whole_number,
        .least = 1,
        .most = 100'000,
        .fallback = "100",
        .meaning = "streams at once for each token, and for all who need none; more are answered by 503"}};

inline constexpr std::array kHttpTls{ConfigKey{.name = "certificate_file",
                                               .type = Type::text,
                                               .most = kMaxPathBytes,
                                               .is_required = true,
                                               .meaning = "the certificate and its chain, PEM"},
                                     ConfigKey{.name = "key_file",
                                               .type = Type::text,
                                               .most = kMaxPathBytes,
                                               .is_required = true,
                                               .meaning = "its key, PEM"}};

inline constexpr std::array kChannel{
    ConfigKey{
        .name = "webhook",
        .type = Type::text,
        .most = kMaxPathBytes,
        .default_text = "this or `smtp`",
        .meaning = "an `http://` or `https://` address; `{device:url}` and the like are replaced in it"},
    ConfigKey{.name = "method",
              .type = Type::one_of,
              .names = method_names,
              .fallback = R"("POST")",
              .meaning = "of the request"},
    ConfigKey{.name = "content_type",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "`\"application/json\"`",
              .meaning = "of `body`"},
    ConfigKey{.name = "body",
              .type = Type::long_text,
              .most = kMaxBodyBytes,
              .default_text = "a CloudEvent",
              .meaning = "what is sent, with [placeholders](notifications.md#placeholders)"},
    ConfigKey{.name = "headers",
              .type = Type::object,
              .type_text = "object: name → text",
              .fallback = "{}",
              .meaning = "further headers; placeholders are replaced in their values"},
    ConfigKey{.name = "secret_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .meaning =
                  "a file with one line: what `{secret}` stands for; where nothing uses that, the secret "
                  "(`whsec_…`) that signs what is sent"},
    ConfigKey{
        .name = "smtp",
        .type = Type::text,
        .most = kMaxTextBytes,
        .default_text = "this or `webhook`",
        .meaning = "`smtps://host[:port]` (TLS, port 465) or `smtp://host[:port]` (STARTTLS, port 587)"},
    ConfigKey{.name = "from",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "required with `smtp`",
              .meaning = "an address, without a name"},
    ConfigKey{.name = "to",
              .type = Type::array,
              .type_text = "array of addresses",
              .default_text = "required with `smtp`",
              .meaning = "1 to 50 addresses"},
    ConfigKey{.name = "username",
              .type = Type::text,
              .most = kMaxTextBytes,
              .meaning = "at the mail server; needs `password_file`"},
    ConfigKey{.name = "password_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .meaning = "a file with one line, its password; it is sent over TLS only"},
    ConfigKey{.name = "subject",
              .type = Type::text,
              .most = kMaxTextBytes,
              .default_text = "`\"{title}\"`",
              .meaning = "of the mail, with placeholders"},
    ConfigKey{.name = "ca_file",
              .type = Type::text,
              .most = kMaxPathBytes,
              .default_text = "the system's authorities",
              .meaning = "the authorities that may have signed the server's certificate, PEM"}};

inline constexpr std::array kMirror{ConfigKey{.name = "dialect",
                                              .type = Type::one_of,
                                              .names = dialect_names,
                                              .is_required = true,
                                              .meaning = "how it is said"}};

}  // namespace config_tables

inline constexpr ConfigSection kFileKeys{"", config_tables::kFile};
inline constexpr ConfigSection kBrokerKeys{"brokers[]", config_tables::kBroker};
inline constexpr ConfigSection kBrokerTlsKeys{"brokers[].tls", config_tables::kBrokerTls};
inline constexpr ConfigSection kDeviceRuleKeys{"devices[]", config_tables::kDeviceRule};
inline constexpr ConfigSection kTemplateKeys{"templates.NAME", config_tables::kTemplate};
inline constexpr ConfigSection kBranchKeys{"templates.NAME.on_graceful", config_tables::kBranch};
inline constexpr ConfigSection kFlappingKeys{"templates.NAME.flapping", config_tables::kFlapping};
inline constexpr ConfigSection kMuteKeys{"templates.NAME.mute[]", config_tables::kMute};
inline constexpr ConfigSection kStatusKeys{"templates.NAME.statuses[]", config_tables::kStatus};
inline constexpr ConfigSection kInteractionKeys{"templates.NAME.statuses[].interaction",
                                                config_tables::kInteraction};
inline constexpr ConfigSection kShowKeys{"templates.NAME.statuses[].show", config_tables::kShow};
inline constexpr ConfigSection kNotifyKeys{"templates.NAME.statuses[].notify", config_tables::kNotify};
inline constexpr ConfigSection kStoreKeys{"store", config_tables::kStore};
inline constexpr ConfigSection kCommandQueueKeys{"command_queue", config_tables::kCommandQueue};
inline constexpr ConfigSection kHttpKeys{"http", config_tables::kHttp};
inline constexpr ConfigSection kHttpTlsKeys{"http.tls", config_tables::kHttpTls};
inline constexpr ConfigSection kIncidentKeys{"incident", config_tables::kIncident};
inline constexpr ConfigSection kChannelKeys{"channels.NAME", config_tables::kChannel};
inline constexpr ConfigSection kMirrorKeys{"mirrors[]", config_tables::kMirror};

/// All of them, in the order of the reference.
inline constexpr std::array kConfigSections{
    &kFileKeys,    &kBrokerKeys,   &kBrokerTlsKeys, &kDeviceRuleKeys,   &kTemplateKeys,
    &kBranchKeys,  &kFlappingKeys, &kMuteKeys,      &kStatusKeys,       &kInteractionKeys,
    &kShowKeys,    &kNotifyKeys,   &kStoreKeys,     &kCommandQueueKeys, &kHttpKeys,
    &kHttpTlsKeys, &kIncidentKeys, &kChannelKeys,   &kMirrorKeys};

// By path: with UBSan g++ 12 takes no comparison of addresses as constant.
constexpr bool is_in_reference(const ConfigSection& section) {
  for (const auto* each : kConfigSections) {
    if (each->path == section.path) return true;
  }
  return false;
}

}  // namespace rollcall
