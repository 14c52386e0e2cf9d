// SPDX-License-Identifier: Apache-2.0
// Paho's C++ library isn't built with ThreadSanitizer, so that doesn't see it count the owners of a token,
// and takes the last one's delete for a race. Only that is left out: Paho's callbacks into our code are
// looked at.

extern "C" const char* __tsan_default_suppressions();  // NOLINT(bugprone-reserved-identifier): its name
extern "C" const char* __tsan_default_suppressions() { return "race:mqtt::async_client::remove_token\n"; }
