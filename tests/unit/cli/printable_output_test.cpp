// SPDX-License-Identifier: Apache-2.0
#include "bridge/cli/printable_output.hpp"

#include <ostream>
#include <sstream>
#include <string>
#include <vector>

#include <boost/test/unit_test.hpp>

namespace rollcall::cli {
namespace {

/// `pieces`, written to a stream that is flushed after each, as standard error is.
std::string printed(const std::vector<std::string>& pieces) {
  std::stringbuf end;
  std::ostream out(&end);
  {
    const PrintableOutput printable(out);
    for (const auto& piece : pieces) out << piece << std::flush;
  }
  BOOST_TEST(out.good());
  BOOST_TEST((out.rdbuf() == &end));
  return end.str();
}

}  // namespace

BOOST_AUTO_TEST_SUITE(printable_output_test)

BOOST_AUTO_TEST_CASE(what_a_terminal_would_obey_is_escaped) {
  BOOST_TEST(printed({"a\x1b[2Jb\n\tc\n"}) == "a\\u001b[2Jb\n\tc\n");
  BOOST_TEST(printed({"Gr\u00fc\u00dfe \u202eevil \U0001F41F\n"}) ==
             "Gr\u00fc\u00dfe \\u202eevil \U0001F41F\n");
}

BOOST_AUTO_TEST_CASE(a_character_may_come_in_pieces) {
  BOOST_TEST(printed({"\xF0\x9F", "\x90", "\x9F", " \xC2", "\x9B"}) == "\U0001F41F \\u009b");
}

BOOST_AUTO_TEST_CASE(one_that_never_ends_is_no_character) {
  BOOST_TEST(printed({"a\xF0\x9F"}) == "a\\ufffd\\ufffd");
}

BOOST_AUTO_TEST_CASE(what_the_program_itself_tells_the_terminal_goes_past_it_in_order) {
  std::stringbuf end;
  std::ostream out(&end);
  {
    const PrintableOutput printable(out);
    out << "a\x1b";
    write_control(out, "\x1b[1m");
    out << "b";
    write_control(out, "");
    write_control(out, "\x1b[0m");
    out << "c\x1b";
  }
  BOOST_TEST(end.str() == "a\\u001b\x1b[1mb\x1b[0mc\\u001b");
  write_control(out, "\x1b[H");
  BOOST_TEST(end.str().ends_with("\x1b[H"));
}

BOOST_AUTO_TEST_CASE(much_is_written_whole) {
  std::string text, expected;
  for (int i = 0; i < 20'000; ++i) {
    text += "\u00fc\x7f";
    expected += "\u00fc\\u007f";
  }
  BOOST_TEST((printed({text}) == expected));
}

BOOST_AUTO_TEST_CASE(a_target_that_takes_nothing_is_an_error) {
  struct Full : std::streambuf {
  } full;
  std::ostream out(&full);
  const PrintableOutput printable(out);
  out << "a" << std::flush;
  BOOST_TEST(!out.good());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace rollcall::cli
