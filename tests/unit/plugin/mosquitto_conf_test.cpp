// SPDX-License-Identifier: Apache-2.0
#include "plugin/mosquitto_conf.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

constexpr BrokerVersion k11{false, 11}, k21{false, 21}, kUnknown{false, 0}, kV21{true, 0};

struct Fixture {
  std::map<std::string, std::string> files;
  ConfigurationFiles reader{[this](const std::string& path) -> Result<std::string> {
                              if (!files.contains(path)) return fail("can't read " + path);
                              return files[path];
                            },
                            [this](const std::string& folder) -> Result<std::vector<std::string>> {
                              std::vector<std::string> paths;
                              for (const auto& [path, contents] : files) {
                                if (path.starts_with(folder + "/")) paths.push_back(path);
                              }
                              if (paths.empty()) return fail("can't list " + folder);
                              return paths;
                            },
                            [](std::string_view path) { return path.ends_with("mosquitto_rollcall.so"); }};

  Result<MosquittoConf> read(const std::string& text, BrokerVersion version = k21,
                             const std::vector<std::string>& arguments = {"mosquitto", "-c", "m.conf"}) {
    files["m.conf"] = text;
    return MosquittoConf::read(arguments, version, reader);
  }

  /// "logins access" as they are open, of one instance.
  static std::string open(const MosquittoConf& conf, std::size_t instance = 0) {
    const auto fallbacks = conf.fallbacks(instance);
    return std::string(fallbacks.logins ? "logins" : "-") + " " + (fallbacks.access ? "access" : "-");
  }
  std::string open(const std::string& text, std::size_t instance = 0, BrokerVersion version = k21) {
    return open(read(text, version).value(), instance);
  }
  /// After a SIGHUP with another text.
  std::string reloaded(MosquittoConf& conf, const std::string& text, std::size_t instance = 0) {
    files["m.conf"] = text;
    conf.reload(reader);
    return open(conf, instance);
  }
};

const std::string kOurs = "plugin /usr/lib/mosquitto_rollcall.so\n";
const std::string kOther = "plugin /x/mosquitto_dynamic_security.so\n";
const std::string kOpen = "allow_anonymous true\n", kClosed = "allow_anonymous false\n";
const std::string kListener = "listener 1883\n", kPerListener = "per_listener_settings true\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(mosquitto_conf, Fixture)

BOOST_AUTO_TEST_CASE(an_open_broker_is_open) {
  BOOST_TEST(open(kListener + kOpen + kOurs) == "logins access");
  BOOST_TEST(open(kOurs) == "logins access");  // no listener: local only, and anonymous
  BOOST_TEST(open("# allow_anonymous false\n   \nallow_anonymous  1\r\n\nport 1883\n" + kOurs) ==
             "logins access");
}

BOOST_AUTO_TEST_CASE(who_may_not_come_in_anonymously_may_not_by_a_name) {
  BOOST_TEST(open(kListener + kOurs) == "- access");  // anonymous isn't allowed by default then
  BOOST_TEST(open("port 1883\n" + kOurs) == "- access");
  BOOST_TEST(open("bind_address localhost\n" + kOurs) == "- access");
  BOOST_TEST(open(kClosed + kListener + kOurs) == "- access");
}

BOOST_AUTO_TEST_CASE(files_of_the_broker_decide_by_themselves) {
  BOOST_TEST(open(kListener + kOpen + "password_file p\nacl_file a\n" + kOurs) == "logins access");
}

BOOST_AUTO_TEST_CASE(another_plugin_closes_it) {
  BOOST_TEST(open(kListener + kOpen + kOurs + kOther) == "- -");
  BOOST_TEST(open(kListener + kOpen + "auth_plugin /x/go-auth.so\n" + kOurs) == "- -");
}

BOOST_AUTO_TEST_CASE(words_behind_a_boolean_are_not_read) {
  BOOST_TEST(open(kListener + "allow_anonymous true # all\n" + kOurs) == "logins access");
  BOOST_TEST(open(kListener + "allow_anonymous false true\n" + kOurs) == "- access");
  BOOST_TEST(read("per_listener_settings true # own\n" + kListener + kOurs + "listener 1884\n")
                 .value()
                 .unguarded_listeners() == 1U);
}

BOOST_AUTO_TEST_CASE(included_files_come_in_the_brokers_order) {
  const auto with = [&](std::vector<std::string> names, BrokerVersion version = k21) {
    files.clear();
    for (std::size_t i = 0; i < names.size(); ++i)
      files["d/" + names[i] + ".conf"] = "allow_anonymous " + std::to_string(i) + "\n";
    return open(kListener + kOurs + "include_dir d\n", 0, version);
  };
  // The second one counts, whatever its name is by the bytes.
  BOOST_TEST(with({"mqtt_local", "mqtts"}) == "- access");
  BOOST_TEST(with({"mqtts", "mqtt_local"}) == "logins access");
  BOOST_TEST(with({"a", "B"}) == "logins access");
  BOOST_TEST(with({"B", "a"}) == "- access");
  BOOST_TEST(with({"A", "a"}) == "logins access");
  BOOST_TEST(with({"a", "A"}) == "- access");
  BOOST_TEST(with({"z", "\u00e4"}) == "logins access");
}

BOOST_AUTO_TEST_CASE(an_included_file_begins_outside_of_every_listener) {
  files["d/a.conf"] = kOpen + "listener 1884\n" + kOurs;
  const auto conf = read(kPerListener + kListener + kOurs + "include_dir d\n" + "listener 1885\n").value();
  BOOST_TEST(open(conf, 0) == "- access");
  BOOST_TEST(open(conf, 1) == "- access");
  BOOST_TEST(conf.unguarded_listeners() == 1U);
}

BOOST_AUTO_TEST_CASE(what_goes_on_behind_an_include_that_moves_the_listener_can_not_be_told) {
  files["d/a.conf"] = "listener 1884\n";
  const std::string text = kPerListener + kListener + kOurs + "include_dir d\n";
  BOOST_TEST(read(text).has_value());
  BOOST_TEST(!read(text + kOpen).has_value());
  BOOST_TEST(open(text + "listener 1885\n" + kOpen + kOurs, 1) == "logins access");
  files["d/a.conf"] = "log_type all\n";
  BOOST_TEST(open(text + kOpen) == "logins access");
}

BOOST_AUTO_TEST_CASE(only_the_main_file_includes) {
  files["d/a.conf"] = "include_dir e\n";
  files["e/a.conf"] = kOpen;
  BOOST_TEST(open(kListener + kOurs + "include_dir d\n") == "- access");
  BOOST_TEST(!read(kListener + kOurs + "include_dir d\n", kV21).has_value());
}

BOOST_AUTO_TEST_CASE(without_a_listener_2_0_20_lets_everybody_in_and_2_0_21_heeds_what_is_said) {
  BOOST_TEST(open(kClosed + kOurs, 0, k11) == "logins access");
  BOOST_TEST(open(kClosed + kOurs, 0, k21) == "- access");
  BOOST_TEST(open(kClosed + kOurs, 0, kUnknown) == "- access");
  auto conf = read(kOurs, k21).value();
  BOOST_TEST(reloaded(conf, kClosed) == "- access");
  BOOST_TEST(reloaded(conf, "") == "logins access");
  auto older = read(kOurs, k11).value();
  BOOST_TEST(reloaded(older, kClosed) == "logins access");
}

BOOST_AUTO_TEST_CASE(two_files_on_the_command_line_add_up_and_the_last_is_reloaded) {
  files["first.conf"] = kListener + kOurs;
  const std::vector<std::string> both{"mosquitto", "-c", "first.conf", "-v", "--config-file", "m.conf", "-d"};
  auto conf = read(kOpen, k21, both).value();
  // The first file left anonymous clients out by default, and the second one lets them in.
  BOOST_TEST(open(conf) == "logins access");
  BOOST_TEST(reloaded(conf, "") == "- access");
  BOOST_TEST(!read(kOpen, k21, {"mosquitto", "-c", "gone.conf", "-c", "m.conf"}).has_value());
  BOOST_TEST(!read(kOurs, k21, {"mosquitto", "-p", "-c", "m.conf"}).has_value());  // a port by the name of -c
}

BOOST_AUTO_TEST_CASE(with_per_listener_settings_each_instance_has_its_listener) {
  const std::string text = kPerListener + "listener 1883\n" + kOpen + kOurs + "listener 1884\n" + kClosed +
                           kOurs + "listener 1885\n" + kOpen + "listener 1886\n" + kOpen + kOther + kOurs;
  BOOST_TEST(open(text, 0) == "logins access");
  BOOST_TEST(open(text, 1) == "- access");
  BOOST_TEST(open(text, 2) == "- -");
  BOOST_TEST(open(text, 3) == "- -");  // there is none
  BOOST_TEST(read(text).value().unguarded_listeners() == 1U);
  BOOST_TEST(read(kListener + kOurs).value().unguarded_listeners() == 0U);
}

BOOST_AUTO_TEST_CASE(what_stands_before_the_first_listener_becomes_the_last_one) {
  const std::string text = kPerListener + kOurs + kListener + kClosed + kOurs;
  // The broker forgets to leave anonymous clients out there, until the next reload.
  auto conf = read(text).value();
  BOOST_TEST(open(conf, 0) == "- access");
  BOOST_TEST(open(conf, 1) == "logins access");
  BOOST_TEST(reloaded(conf, text, 1) == "- access");
  BOOST_TEST(read(kPerListener + "max_connections 5\n" + kListener + kOurs).value().unguarded_listeners() ==
             1U);
  BOOST_TEST(read(kPerListener + "max_connections -1\n" + kListener + kOurs).value().unguarded_listeners() ==
             0U);
}

BOOST_AUTO_TEST_CASE(a_listener_of_the_brokers_own_has_no_plugin) {
  const auto conf = read(kPerListener + kOurs, k21).value();
  BOOST_TEST(open(conf) == "- -");
  BOOST_TEST(conf.unguarded_listeners() == 2U);
  BOOST_TEST(read(kPerListener + kOurs, k11).value().unguarded_listeners() ==
             0U);  // a listener on 1883 there
}

BOOST_AUTO_TEST_CASE(what_can_not_be_learnt_is_said) {
  BOOST_TEST(read("", k21, {"mosquitto", "-p", "1883"}).error().message ==
             "the broker's command line names no configuration file");
  BOOST_TEST(read("", k21, {"mosquitto", "-c", "gone.conf"}).error().message == "can't read gone.conf");
  BOOST_TEST(read("").error().message == "m.conf doesn't name this plugin");
  BOOST_TEST(read(kListener + kOpen).error().message == "m.conf doesn't name this plugin");
  BOOST_TEST(read(kOurs + std::string("\0", 1)).error().message == "m.conf has a zero byte");
  BOOST_TEST(!read(kOurs + "allow_anonymous\ttrue\nallow_anonymous yes\n").has_value());
}

// SIGHUP, on 2.0

BOOST_AUTO_TEST_CASE(a_reload_is_followed) {
  auto conf = read(kListener + kOpen + kOurs).value();
  BOOST_TEST(reloaded(conf, kListener + kClosed + kOurs) == "- access");
  BOOST_TEST(reloaded(conf, kListener + kOpen + kOurs) == "logins access");
  BOOST_TEST(reloaded(conf, kListener + kOurs) == "- access");
  BOOST_TEST(reloaded(conf, kOpen) == "logins access");  // plugins and listeners stay
}

BOOST_AUTO_TEST_CASE(plugins_stay_when_a_reload_no_longer_names_them) {
  auto conf = read(kListener + kOpen + kOurs + kOther).value();
  BOOST_TEST(reloaded(conf, kListener + kOpen + kOurs) == "- -");
  auto alone = read(kListener + kOpen + kOurs).value();
  BOOST_TEST(reloaded(alone, kListener + kOpen + kOther) == "logins access");
}

BOOST_AUTO_TEST_CASE(a_file_that_the_broker_refuses_changes_nothing) {
  for (const std::string line : {"allow_anonymous yes",
                                 "listener 1999",
                                 "nonsense 1",
                                 "listener",
                                 "per_listener_settings true",
                                 "\tallow_anonymous true",
                                 " # indented",
                                 "log_type loud",
                                 "log_dest",
                                 "log_dest file",
                                 "sys_interval",
                                 "sys_interval 70000",
                                 "max_packet_size 10",
                                 "memory_limit -1",
                                 "persistence on",
                                 "acl_file",
                                 "psk_file  ",
                                 "include_dir nowhere",
                                 "include_dir",
                                 "protocol quic",
                                 "persistent_client_expiration 3",
                                 "global_plugin x",
                                 "log_facility 8",
                                 "message_size_limit -5",
                                 "password_file \x01",
                                 "acl_file \xFF",
                                 "autosave_interval",
                                 "connection_messages maybe",
                                 "listener 0",
                                 "listener 1883 127.0.0.1",
                                 "auto_id_prefix"}) {
    auto conf = read(kListener + kClosed + kOurs).value();
    const bool is_kept = reloaded(conf, kListener + kOpen + line + "\n") == "- access";
    BOOST_TEST(is_kept, "the broker refuses \"" << line << "\"");
  }
}

BOOST_AUTO_TEST_CASE(a_file_that_the_broker_takes_counts) {
  for (const std::string line : {"cafile /nowhere",
                                 "port 99999",
                                 "plugin",
                                 "plugin_opt_x",
                                 "use_identity_as_username perhaps",
                                 "log_type",
                                 "protocol",
                                 "log_dest topic # all",
                                 "max_keepalive 0",
                                 "retain_expiry_interval 3",
                                 "sys_interval many",
                                 "persistent_client_expiration",
                                 "persistent_client_expiration 2w",
                                 "log_dest file /x y",
                                 "user",
                                 "retry_interval",
                                 "max_inflight_messages -1",
                                 "include_dir d",
                                 "\r whatever",
                                 "listener 1883 # all",
                                 "auto_id_prefix x-",
                                 "clientid_prefixes a",
                                 "check_retain_source 1",
                                 "bridge_psk",
                                 "websockets_log_level 7",
                                 "acl_file \xC3\xA4"}) {
    files["d/a.conf"] = "log_type all\n";
    auto conf = read(kListener + kClosed + kOurs).value();
    const bool counts = reloaded(conf, kListener + kOpen + line + "\n") == "logins access";
    BOOST_TEST(counts, "the broker takes \"" << line << "\"");
  }
}

BOOST_AUTO_TEST_CASE(what_may_stand_once_makes_the_second_one_a_mistake) {
  for (const std::string line : {"log_timestamp_format %s\n", "persistence_file f\n",
                                 "persistence_location /x\n", "log_dest file /x\n", "auto_id_prefix x\n"}) {
    auto conf = read(kListener + kClosed + kOurs).value();
    BOOST_TEST(reloaded(conf, kListener + kOpen + line + line) == "- access");
    BOOST_TEST(reloaded(conf, kListener + kOpen + line) == "logins access");
  }
}

BOOST_AUTO_TEST_CASE(what_only_some_versions_take_closes_it_where_the_version_is_not_known) {
  for (const std::string line : {"max_keepalive 5\n", "retain_expiry_interval 1\n"}) {
    const auto after = [&](BrokerVersion version) {
      auto conf = read(kListener + kClosed + kOurs, version).value();
      return reloaded(conf, kListener + kOpen + line);
    };
    BOOST_TEST(after(k11) == "- access");
    BOOST_TEST(after(k21) == "logins access");
    BOOST_TEST(after(kUnknown) == "- access");
    auto conf = read(kListener + kOpen + kOurs, kUnknown).value();
    BOOST_TEST(reloaded(conf, kListener + kOpen + line) == "- access");
    BOOST_TEST(conf.is_unclear());
  }
}

BOOST_AUTO_TEST_CASE(listeners_are_found_by_port_and_address) {
  const std::string first = "listener 1883\n", second = "listener 1884 127.0.0.1\n",
                    third = "listener 0 /run/s\n";
  auto conf = read(kPerListener + first + kOpen + kOurs + second + kClosed + kOurs + third + kOurs).value();
  const std::string turned = kPerListener + third + kOpen + second + kClosed + first + kOpen;
  BOOST_TEST(reloaded(conf, turned, 0) == "logins access");
  BOOST_TEST(open(conf, 1) == "- access");
  BOOST_TEST(open(conf, 2) == "logins access");
  // One that isn't named keeps what it has; one that is named begins anew.
  BOOST_TEST(reloaded(conf, kPerListener + first, 0) == "- access");
  BOOST_TEST(open(conf, 2) == "logins access");
}

BOOST_AUTO_TEST_CASE(what_a_refused_file_said_of_a_listener_before_the_mistake_counts) {
  auto conf = read(kPerListener + kListener + kClosed + kOurs + "listener 1884\n" + kClosed + kOurs).value();
  // The broker resets a listener as it comes to its line, and takes "not said" for yes.
  BOOST_TEST(reloaded(conf, kPerListener + kListener + "mistake\n", 0) == "logins access");
  BOOST_TEST(open(conf, 1) == "- access");
  BOOST_TEST(reloaded(conf, kPerListener + kListener + kClosed + "listener 1884\n" + kOpen + "mistake\n",
                      0) == "- access");
  BOOST_TEST(open(conf, 1) == "logins access");
}

BOOST_AUTO_TEST_CASE(a_reload_does_not_change_whose_settings_they_are) {
  auto global = read(kListener + kOpen + kOurs).value();
  BOOST_TEST(reloaded(global, kPerListener + kListener + kOpen) == "- access");
  auto own = read(kPerListener + kListener + kOpen + kOurs).value();
  BOOST_TEST(reloaded(own, kListener + kClosed) == "- access");
  BOOST_TEST(reloaded(own, kClosed + kListener + kOpen) == "- access");
  // Each listener has a prefix by then, and a second one is a mistake.
  BOOST_TEST(reloaded(own, kPerListener + kListener + kOpen + "auto_id_prefix x\n") == "logins access");
}

// 2.1, where only the place counts

BOOST_AUTO_TEST_CASE(the_ways_of_2_1_to_load_a_plugin_are_known) {
  const std::string listeners = "listener 1883\nlistener 1884\n";
  const std::string load = "plugin_load ours /usr/lib/mosquitto_rollcall.so\n";
  const auto unguarded = [&](const std::string& text) {
    return read(text, kV21).value().unguarded_listeners();
  };
  BOOST_TEST(unguarded(kPerListener + "global_plugin /usr/lib/mosquitto_rollcall.so\n" + listeners) == 0U);
  BOOST_TEST(unguarded(load + listeners + "plugin_use ours\n") == 1U);
  BOOST_TEST(unguarded(kPerListener + load + listeners + "plugin_use ours\n") == 1U);
  BOOST_TEST(unguarded(load + listeners + "plugin_use ours\nlistener 1885\nprotocol http_api\n") == 1U);
  BOOST_TEST(unguarded(kPerListener + "port 1885\n" + kOurs + listeners) == 2U);
  BOOST_TEST(!read(load + listeners, kV21).has_value());  // loaded by nobody
}

BOOST_AUTO_TEST_CASE(another_plugin_in_front_is_noticed) {
  const std::string load = "plugin_load ours /usr/lib/mosquitto_rollcall.so\nplugin_load other /x/o.so\n";
  const auto is_behind = [&](const std::string& text, BrokerVersion version = kV21) {
    return read(text, version).value().is_behind_another();
  };
  BOOST_TEST(is_behind(kOther + kOurs));
  BOOST_TEST(!is_behind(kOurs + kOther));
  BOOST_TEST(is_behind("plugin /x/mosquitto_acl_file.so\n" + kOurs));
  BOOST_TEST(is_behind("plugin /x/mosquitto_password_file.so\n" + kOurs));
  BOOST_TEST(is_behind("global_plugin /x/other.so\n" + kOurs));
  BOOST_TEST(
      is_behind(kPerListener + kListener + kOurs + "global_plugin /x/other.so\n"));  // those of all first
  // In the order in which they are loaded, not in which they are used.
  BOOST_TEST(!is_behind(load + kListener + "plugin_use other\nplugin_use ours\n"));
  BOOST_TEST(is_behind("plugin_load other /x/o.so\n" + load.substr(0, load.find("plugin_load other")) +
                       kListener + "plugin_use ours\nplugin_use other\n"));
  // Another listener's plugins are in another chain.
  for (const auto version : {kV21, k21}) {
    BOOST_TEST(!is_behind(kPerListener + kListener + kOther + "listener 1884\n" + kOurs, version));
    BOOST_TEST(is_behind(kPerListener + kListener + kOther + kOurs + "listener 1884\n" + kOurs, version));
  }
  files["d/Rollcall.conf"] = kOurs;
  files["d/dynsec.conf"] = kOther;
  BOOST_TEST(is_behind(kListener + "include_dir d\n"));
}

BOOST_AUTO_TEST_CASE(the_same_lines_twice_are_noticed) {
  const auto twice = read(kOurs + kOurs, kV21).value();
  BOOST_TEST(twice.is_repeated(1));
  BOOST_TEST(!twice.is_repeated(0));
  BOOST_TEST(!twice.is_doubled());
  const auto listeners =
      read(kPerListener + "listener 1883\n" + kOurs + "listener 1884\n" + kOurs + kOurs, kV21).value();
  BOOST_TEST(!listeners.is_repeated(0));
  BOOST_TEST(!listeners.is_repeated(1));
  BOOST_TEST(listeners.is_repeated(2));
  const std::string global = "global_plugin /usr/lib/mosquitto_rollcall.so\n";
  BOOST_TEST(read(kPerListener + global + kListener + kOurs, kV21).value().is_repeated(1));
  BOOST_TEST(read(kPerListener + kListener + kOurs + global, kV21).value().is_doubled());
}

BOOST_AUTO_TEST_SUITE_END()
