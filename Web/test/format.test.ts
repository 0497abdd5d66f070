import assert from "node:assert/strict";
import { test } from "node:test";
import { formatBytes, formatCount, formatLatency, formatNumber, formatShare, numberOf } from "../src/format/number";
import { formatAge, formatDuration } from "../src/format/time";

test("a missing number is a dash, NaN is NaN, neither is 0", () => {
  assert.equal(formatNumber(undefined), "—");
  assert.equal(formatNumber(Number.NaN), "NaN");
  assert.equal(formatNumber(0), "0");
  assert.equal(formatCount(undefined), "—");
  assert.equal(formatShare(undefined), "—");
  assert.equal(formatLatency(undefined), "—");
});

test("numbers from the wire may be text", () => {
  assert.ok(Number.isNaN(numberOf("NaN")));
  assert.equal(numberOf("0.5"), 0.5);
  assert.equal(numberOf("-Infinity"), Number.NEGATIVE_INFINITY);
  assert.equal(numberOf(undefined), undefined);
  assert.equal(numberOf(""), undefined);
  assert.equal(numberOf("lgbm"), undefined);
});

test("numbers keep their significant digits", () => {
  assert.equal(formatNumber(0.091234), "0.09123");
  assert.equal(formatNumber(1234.5678), "1,235");
  assert.equal(formatNumber(12.345678, 6), "12.3457");
  assert.equal(formatNumber(-0.5), "−0.5");
  assert.equal(formatNumber(0.00001234), "1.234e-5");
  assert.equal(formatNumber(2e12), "2e12");
  assert.equal(formatNumber(1000000), "1,000,000");
  assert.equal(formatNumber(Number.MAX_VALUE), "∞");
  assert.equal(formatNumber(-Number.MAX_VALUE), "−∞");
});

test("shares, sizes and latencies have their unit", () => {
  assert.equal(formatShare(0.0002), "0.02%");
  assert.equal(formatShare(0.09), "9%");
  assert.equal(formatShare(0.314), "31%");
  assert.equal(formatShare(0), "0%");
  assert.equal(formatBytes(0), "0 B");
  assert.equal(formatBytes(1500), "1.50 kB");
  assert.equal(formatLatency(1.234), "1.23 ms");
  assert.equal(formatLatency(2500), "2.5 s");
});

test("ages are coarse and never in the future", () => {
  const now = 1_000_000_000;
  assert.equal(formatAge(undefined, now), "—");
  assert.equal(formatAge(now + 50, now), "just now");
  assert.equal(formatAge(now - 12_000, now), "12 s ago");
  assert.equal(formatAge(now - 180_000, now), "3 min ago");
  assert.equal(formatAge(now - 7_200_000, now), "2 h ago");
});

test("spans name at most two units", () => {
  assert.equal(formatDuration(undefined), "—");
  assert.equal(formatDuration(0), "0 s");
  assert.equal(formatDuration(340), "340 ms");
  assert.equal(formatDuration(4200), "4.2 s");
  assert.equal(formatDuration(725_000), "12 min 5 s");
  assert.equal(formatDuration(600_000), "10 min");
  assert.equal(formatDuration(12_000_000), "3 h 20 min");
});
