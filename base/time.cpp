// SPDX-License-Identifier: Apache-2.0
#include "base/time.hpp"

#include <algorithm>
#include <cstring>

namespace rollcall {
namespace {

void put_digits(char* at, unsigned value, int digits) {
  for (int i = digits - 1; i >= 0; --i, value /= 10) at[i] = static_cast<char>('0' + value % 10);
}

}  // namespace

char* write_rfc3339(char* out, Time time) {
  using namespace std::chrono;
  constexpr sys_days kFirst = year{1} / January / 1;
  constexpr sys_days kLast = year{9999} / December / 31;
  const auto since_epoch =
      std::clamp(time.time_since_epoch(), duration_cast<Millis>(kFirst.time_since_epoch()),
                 duration_cast<Millis>((kLast + days{1}).time_since_epoch()) - Millis{1});
  const sys_time<Millis> utc{since_epoch};
  const sys_days day = floor<days>(utc);
  const year_month_day date{day};
  const auto of_day = static_cast<unsigned>((utc - day).count());

  std::memcpy(out, "0000-00-00T00:00:00.000Z", kRfc3339Size);
  put_digits(out, static_cast<unsigned>(static_cast<int>(date.year())), 4);
  put_digits(out + 5, static_cast<unsigned>(date.month()), 2);
  put_digits(out + 8, static_cast<unsigned>(date.day()), 2);
  put_digits(out + 11, of_day / 3'600'000, 2);
  put_digits(out + 14, of_day / 60'000 % 60, 2);
  put_digits(out + 17, of_day / 1000 % 60, 2);
  put_digits(out + 20, of_day % 1000, 3);
  return out + kRfc3339Size;
}

std::string format_rfc3339(Time time) {
  std::string out(kRfc3339Size, ' ');
  write_rfc3339(out.data(), time);
  return out;
}

}  // namespace rollcall
