// SPDX-License-Identifier: Apache-2.0
#include "base/signing.hpp"

#include <boost/test/unit_test.hpp>

using namespace rollcall;

namespace {

std::string hex(std::string_view bytes) {
  std::string text;
  for (const char byte : bytes) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    text += kDigits[static_cast<unsigned char>(byte) >> 4U];
    text += kDigits[static_cast<unsigned char>(byte) & 15U];
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(signing)

// RFC 4648 section 10.
BOOST_AUTO_TEST_CASE(base64_is_that_of_its_rfc) {
  for (const auto& [bytes, text] : std::vector<std::pair<std::string, std::string>>{
           {"", ""}, {"f", "Zg=="}, {"fo", "Zm8="}, {"foo", "Zm9v"}, {"foobar", "Zm9vYmFy"}}) {
    BOOST_TEST(to_base64(bytes) == text);
    BOOST_TEST((from_base64(text) == bytes));
  }
  BOOST_TEST((from_base64("/+8=") == "\xFF\xEF"));
}

BOOST_AUTO_TEST_CASE(what_is_no_base64_gives_nothing) {
  for (const std::string text : {"Zg", "Zg=", "Z", "Zg==x", "Zm 9v", "Zm9v\n", "_-8="})
    BOOST_TEST(!from_base64(text).has_value(), text);
}

// RFC 4231, test cases 1 and 2 and 6 (a key longer than a block).
BOOST_AUTO_TEST_CASE(the_signature_is_that_of_its_rfc) {
  BOOST_TEST(hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")) ==
             "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  BOOST_TEST(hex(hmac_sha256("Jefe", "what do ya want for nothing?")) ==
             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  BOOST_TEST(
      hex(hmac_sha256(std::string(131, '\xaa'), "Test Using Larger Than Block-Size Key - Hash Key First")) ==
      "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

BOOST_AUTO_TEST_SUITE_END()
