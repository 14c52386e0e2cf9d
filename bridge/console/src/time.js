// SPDX-License-Identifier: Apache-2.0
// Times for people: in the reader's zone, relative where that says more.
import { useEffect, useState } from "preact/hooks";
import { bridgeNow } from "./api.js";

const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const dayAndYear = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric" });
const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const shortClock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;

export const kMinute = 60_000;
export const kHour = 60 * kMinute;
export const kDay = 24 * kHour;

/// "22 Nov 2026, 10:49:00.120 Europe/Berlin", and as the bridge has it.
export function exactTime(text) {
  const at = new Date(text);
  const millis = String(at.getMilliseconds()).padStart(3, "0");
  return `${dayAndYear.format(at)}, ${clock.format(at)}.${millis} (${zone}) · ${at.toISOString()}`;
}

/// "10:49:00" today, "22 Nov, 10:49" before.
export function clockTime(at, now = bridgeNow()) {
  const date = new Date(at);
  const isToday = new Date(now).toDateString() === date.toDateString();
  return isToday ? clock.format(date) : `${day.format(date)}, ${shortClock.format(date)}`;
}
export const dayText = (at) => day.format(new Date(at));
export const minuteText = (at) => shortClock.format(new Date(at));

/// "now", "42 s", "5 min", "3 h 10 min", "12 days"
export function durationText(millis) {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 1) return "0 s";
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return minutes % 60 ? `${hours} h ${minutes % 60} min` : `${hours} h`;
  return `${Math.floor(hours / 24)} days`;
}

export const agoText = (at, now) => (now - at < 1500 ? "just now" : `${durationText(now - at)} ago`);

/// What is left, as a clock that counts: "0:42", "1:02:03", "12 days".
export function countdownText(millis) {
  const seconds = Math.max(0, Math.ceil(millis / 1000));
  if (seconds >= 2 * 86400) return `${Math.floor(seconds / 86400)} days`;
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/// The bridge's time, again each `step` ms while the view is there.
export function useNow(step = 1000) {
  const [now, setNow] = useState(bridgeNow());
  useEffect(() => {
    const timer = setInterval(() => setNow(bridgeNow()), step);
    return () => clearInterval(timer);
  }, [step]);
  return now;
}
