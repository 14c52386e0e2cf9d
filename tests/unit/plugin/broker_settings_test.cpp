// SPDX-License-Identifier: Apache-2.0
#include "plugin/broker_settings.hpp"

#include <map>

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

struct Fixture {
  std::map<std::string, std::string> files;

  Result<BrokerSettings> parse(const std::string& text,
                               const std::vector<std::string>& arguments = {"mosquitto", "-c", "m.conf"}) {
    files["m.conf"] = text;
    const ConfigurationFiles reader{[this](const std::string& path) -> Result<std::string> {
                                      if (!files.contains(path)) return fail("can't read " + path);
                                      return files[path];
                                    },
                                    [this](const std::string& folder) -> Result<std::vector<std::string>> {
                                      std::vector<std::string> paths;
                                      for (const auto& [path, contents] : files) {
                                        if (path.starts_with(folder + "/")) paths.push_back(path);
                                      }
                                      return paths;
                                    }};
    return parse_broker_settings(arguments, "mosquitto_rollcall.so", reader);
  }

  /// "logins access" as they are open, of one instance.
  std::string open(const std::string& text, std::size_t instance = 0) {
    const auto openness = parse(text).value().openness(instance);
    return std::string(openness.logins ? "logins" : "-") + " " + (openness.access ? "access" : "-");
  }
};

const std::string kOurs = "plugin /usr/lib/mosquitto_rollcall.so\n";

}  // namespace

BOOST_FIXTURE_TEST_SUITE(broker_settings, Fixture)

BOOST_AUTO_TEST_CASE(an_open_broker_is_open) {
  BOOST_TEST(open("listener 1883\nallow_anonymous true\n" + kOurs) == "logins access");
  BOOST_TEST(open(kOurs) == "logins access");  // no listener: local only, and anonymous
  BOOST_TEST(open("# allow_anonymous false\n  \nallow_anonymous\ttrue\r\nport 1883\n" + kOurs) ==
             "logins access");
}

BOOST_AUTO_TEST_CASE(whoever_else_decides_closes_it) {
  BOOST_TEST(open("listener 1883\n" + kOurs) == "- access");  // anonymous isn't allowed by default then
  BOOST_TEST(open("port 1883\n" + kOurs) == "- access");
  BOOST_TEST(open("allow_anonymous false\nlistener 1883\n" + kOurs) == "- access");
  BOOST_TEST(open("allow_anonymous true\npassword_file p\nlistener 1883\n" + kOurs) == "- access");
  BOOST_TEST(open("allow_anonymous true\nacl_file a\nlistener 1883\n" + kOurs) == "logins -");
  BOOST_TEST(open("allow_anonymous true\nlistener 1883\n" + kOurs +
                  "plugin /x/mosquitto_dynamic_security.so\n") == "- -");
  BOOST_TEST(open("allow_anonymous true\nlistener 1883\nauth_plugin /x/go-auth.so\n" + kOurs) == "- -");
}

BOOST_AUTO_TEST_CASE(included_files_count) {
  files["conf.d/a.conf"] = "password_file p\n";
  files["conf.d/b.conf"] = kOurs;
  BOOST_TEST(open("allow_anonymous true\nlistener 1883\ninclude_dir conf.d\n") == "- access");
}

BOOST_AUTO_TEST_CASE(with_per_listener_settings_each_instance_has_its_listener) {
  const std::string text =
      "per_listener_settings true\n"
      "listener 1883\nallow_anonymous true\n" +
      kOurs + "listener 1884\nallow_anonymous true\npassword_file p\n" + kOurs +
      "listener 1885\nallow_anonymous true\nacl_file a\n" +
      "listener 1886\nallow_anonymous true\nacl_file a\n" + kOurs;
  BOOST_TEST(open(text, 0) == "logins access");
  BOOST_TEST(open(text, 1) == "- access");
  BOOST_TEST(open(text, 2) == "logins -");
  BOOST_TEST(open(text, 3) == "- -");
  BOOST_TEST(parse(text).value().unguarded_listeners() == 1U);
  BOOST_TEST(parse("listener 1883\n" + kOurs).value().unguarded_listeners() == 0U);
}

BOOST_AUTO_TEST_CASE(what_can_not_be_learnt_is_said) {
  BOOST_TEST(parse("", {"mosquitto", "-p", "1883"}).error().message ==
             "the broker's command line names no configuration file");
  BOOST_TEST(parse("", {"mosquitto", "-c", "gone.conf"}).error().message == "can't read gone.conf");
  files["loop/a.conf"] = "include_dir loop\n";
  BOOST_TEST(!parse("include_dir loop\n").has_value());
}

BOOST_AUTO_TEST_CASE(a_configuration_that_does_not_name_the_plugin_is_not_the_brokers) {
  BOOST_TEST(parse("").error().message == "m.conf doesn't name this plugin");
  BOOST_TEST(parse("allow_anonymous true\nlistener 1883\n").error().message ==
             "m.conf doesn't name this plugin");
}

BOOST_AUTO_TEST_CASE(plugins_stay_when_a_reload_no_longer_names_them) {
  const std::string open_text = "allow_anonymous true\nlistener 1883\n" + kOurs;
  const auto at_start = parse(open_text + "plugin /x/mosquitto_dynamic_security.so\n").value();
  auto reloaded = parse(open_text).value();
  BOOST_TEST(reloaded.openness(0).access);
  reloaded.keep_plugins_of(at_start);
  BOOST_TEST(!reloaded.openness(0).access);
  BOOST_TEST(!reloaded.openness(0).logins);
  // Another number of listeners: what belongs to which can't be told any more.
  auto other = parse("per_listener_settings true\nlistener 1883\nallow_anonymous true\n" + kOurs).value();
  other.keep_plugins_of(at_start);
  BOOST_TEST(!other.openness(0).access);
}

BOOST_AUTO_TEST_CASE(the_ways_of_2_1_to_load_a_plugin_are_known) {
  const std::string listeners = "per_listener_settings true\nlistener 1883\nlistener 1884\n";
  BOOST_TEST(
      parse("global_plugin /usr/lib/mosquitto_rollcall.so\n" + listeners).value().unguarded_listeners() ==
      0U);
  BOOST_TEST(parse("plugin_load ours /usr/lib/mosquitto_rollcall.so\n" + listeners + "plugin_use ours\n")
                 .value()
                 .unguarded_listeners() == 1U);
}

BOOST_AUTO_TEST_CASE(another_plugin_in_front_is_noticed) {
  const std::string other = "plugin /x/mosquitto_dynamic_security.so\n";
  BOOST_TEST(parse(other + kOurs).value().is_behind_another());
  BOOST_TEST(!parse(kOurs + other).value().is_behind_another());
  BOOST_TEST(parse("global_plugin /x/other.so\n" + kOurs).value().is_behind_another());
  BOOST_TEST(
      parse("plugin_load a /x/other.so\nlistener 1883\nplugin_use a\n" + kOurs).value().is_behind_another());
  // Another listener's plugins are in another chain; those for 2.1's own files say no themselves.
  BOOST_TEST(!parse("per_listener_settings true\nlistener 1883\n" + other + "listener 1884\n" + kOurs)
                  .value()
                  .is_behind_another());
  BOOST_TEST(!parse("plugin /x/mosquitto_acl_file.so\nplugin /x/mosquitto_password_file.so\n" + kOurs)
                  .value()
                  .is_behind_another());
}

BOOST_AUTO_TEST_CASE(the_same_lines_twice_are_noticed) {
  BOOST_TEST(parse(kOurs + kOurs).value().is_repeated(1));
  BOOST_TEST(!parse(kOurs + kOurs).value().is_repeated(0));
  const auto listeners =
      parse("per_listener_settings true\nlistener 1883\n" + kOurs + "listener 1884\n" + kOurs + kOurs)
          .value();
  BOOST_TEST(!listeners.is_repeated(0));
  BOOST_TEST(!listeners.is_repeated(1));
  BOOST_TEST(listeners.is_repeated(2));
}

BOOST_AUTO_TEST_SUITE_END()
