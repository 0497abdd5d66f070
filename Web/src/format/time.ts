import { missing } from "./number";

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** The farthest moment from 1970 that a date can hold, in milliseconds. */
const momentMax = 8.64e15;

/** Whether a time can be told as a date: clients may log any number, nanoseconds by mistake. */
export const isMoment = (at: number | undefined): at is number => !!at && Math.abs(at) <= momentMax;

/** How long ago, coarse: "12 s ago", "3 min ago", "2 d ago". A time to come reads "just now". */
export function formatAge(at: number | undefined, now: number): string {
  if (!isMoment(at)) return missing;
  const age = now - at;
  if (age < 5000) return "just now";
  if (age < minute) return `${Math.floor(age / 1000)} s ago`;
  if (age < hour) return `${Math.floor(age / minute)} min ago`;
  if (age < day) return `${Math.floor(age / hour)} h ago`;
  if (age < 60 * day) return `${Math.floor(age / day)} d ago`;
  return new Date(at).toISOString().slice(0, 10);
}

/** Length of a span of time: "340 ms", "4.2 s", "12 min 5 s", "3 h 20 min". */
export function formatDuration(ms: number | undefined): string {
  if (ms === undefined || ms < 0 || Number.isNaN(ms)) return missing;
  if (ms === 0) return "0 s";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < minute) return `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`;
  if (ms < hour) return two(Math.floor(ms / minute), "min", Math.floor((ms % minute) / 1000), "s");
  if (ms < day) return two(Math.floor(ms / hour), "h", Math.floor((ms % hour) / minute), "min");
  return two(Math.floor(ms / day), "d", Math.floor((ms % day) / hour), "h");
}

/** Two parts of a span; the smaller one only where it is not zero. */
function two(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}

/** Date and time of the reader's zone, to the second. */
export function formatMoment(at: number | undefined): string {
  if (!isMoment(at)) return missing;
  const date = new Date(at);
  const padded = (value: number) => String(value).padStart(2, "0");
  return (
    `${date.getFullYear()}-${padded(date.getMonth() + 1)}-${padded(date.getDate())} ` +
    `${padded(date.getHours())}:${padded(date.getMinutes())}:${padded(date.getSeconds())}`
  );
}

/** A moment as a field for date and time has it, in the reader's zone, to the minute; "" for none. */
export function fieldMoment(at: number | undefined): string {
  if (!isMoment(at)) return "";
  return new Date(at - new Date(at).getTimezoneOffset() * minute).toISOString().slice(0, 16);
}
