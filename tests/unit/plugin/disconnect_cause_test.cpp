// SPDX-License-Identifier: Apache-2.0
#include "plugin/disconnect_cause.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;
using namespace rollcall::plugin;

namespace {

std::optional<Cause> cause_without_time(const std::string& line, const std::string& id) {
  return cause_of_log_line(line, id, {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(disconnect_cause)

BOOST_AUTO_TEST_CASE(lines_about_others_say_nothing_whatever_their_ids_are) {
  for (const std::string line : {
           "Client victim disconnected due to QoS too highX disconnected.",
           "Client victim disconnected: b disconnected.",
           "New client connected from 1.1.1.1:5 as x: Bad socket read/write on client victim: y (p2, c1, "
           "k60).",
           "Client x: Client victim disconnected.",
           "Outgoing messages are being dropped for client x: Client victim disconnected.",
           "Client victim2 disconnected.",
       }) {
    BOOST_TEST(!cause_without_time(line, "victim").has_value(), line);
  }
  const std::string long_id(1000, 'x');
  BOOST_TEST(!cause_without_time("Client " + long_id + " disconnected.", long_id).has_value());
}

BOOST_AUTO_TEST_CASE(times_in_one_format_have_one_shape) {
  BOOST_TEST(shape_of_time("2026-02-01T10:00:00") == "d-d-dad:d:d");
  BOOST_TEST(shape_of_time("Fri, 13 Feb 2026 10:00:00 +0100") ==
             shape_of_time("Mon,  2 May 2027 1:00:00 -0030"));
  BOOST_TEST(shape_of_time("10:00") != shape_of_time("10.00"));
  BOOST_TEST(shape_of_time("").empty());
}

BOOST_AUTO_TEST_SUITE_END()
