// SPDX-License-Identifier: Apache-2.0
#include "bridge/adapters/http/event_reader.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

const std::string kStream =
    ": hello\n\nid: 7\nevent: status\ndata: {\"a\":1}\n\ndata:two\r\ndata: lines\r\n\r\nretry: "
    "3\n\nid\ndata\n\ndata: half\n";

}  // namespace

BOOST_AUTO_TEST_SUITE(event_reader)

BOOST_AUTO_TEST_CASE(events_are_the_same_however_their_bytes_come) {
  for (const std::size_t step : {std::size_t{1}, std::size_t{7}, kStream.size()}) {
    EventReader reader;
    std::string seen;
    for (std::size_t at = 0; at < kStream.size(); at += step) {
      reader.feed(std::string_view(kStream).substr(at, step), [&](const ServerEvent& event) {
        seen += "[" + event.id + "|" + event.event + "|" + event.data + "]";
        return true;
      });
    }
    BOOST_TEST(seen == "[7|status|{\"a\":1}][7|message|two\nlines][|message|]");
  }
}

BOOST_AUTO_TEST_CASE(it_stops_when_it_is_told_to_and_goes_on_from_there) {
  EventReader reader;
  int count = 0;
  const auto one = [&](const ServerEvent&) { return ++count != 1; };
  BOOST_TEST(!reader.feed("data: a\n\ndata: b\n\n", one));
  BOOST_TEST(count == 1);
  BOOST_TEST(reader.feed("", one));
  BOOST_TEST(count == 2);
}

BOOST_AUTO_TEST_SUITE_END()
