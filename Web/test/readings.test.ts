import assert from "node:assert/strict";
import { test } from "node:test";
import { latestRates, rateOf, ratesOf, readingOf, readingsMax, withReading, type Counts, type Reading } from "../src/api/readings";
import { momentSentence, momentsOption, momentsSentence, type MomentLine } from "../src/charts/moments";
import { linesOf } from "../src/screens/serving/lines";

const metrics = `# HELP martlet_serving_requests_total Requests for predictions, by how they ended.
martlet_serving_requests_total{endpoint="vol",outcome="success"} 90
martlet_serving_requests_total{endpoint="vol",outcome="error"} 10
martlet_serving_requests_total{endpoint="other",outcome="success"} 7
martlet_serving_request_duration_seconds_bucket{endpoint="vol",le="+Inf"} 90
martlet_serving_request_duration_seconds_sum{endpoint="vol"} 0.45
martlet_serving_request_duration_seconds_count{endpoint="vol"} 90
martlet_serving_variant_requests_total{endpoint="vol",variant="v1",outcome="success"} 80
martlet_serving_variant_requests_total{endpoint="vol",variant="v1",outcome="error"} 10
martlet_serving_variant_request_duration_seconds_sum{endpoint="vol",variant="v1"} 0.4
martlet_serving_variant_request_duration_seconds_count{endpoint="vol",variant="v1"} 80
martlet_serving_variant_requests_total{endpoint="vol",variant="a\\"} b",outcome="success"} 10
martlet_serving_queue_runs_total{endpoint="vol",variant="v1"} 6
martlet_serving_queue_requests_total{endpoint="vol",variant="v1"} 24
martlet_serving_queue_waiting{endpoint="vol",variant="v1"} 3
martlet_serving_policy_version{endpoint="vol"} 3
`;

test("the counters of an endpoint are read out of the metrics", () => {
  const reading = readingOf(metrics, "vol", 5);
  const unqueued = { runs: 0, batched: 0, waiting: 0 };
  assert.deepEqual(reading.whole, { requests: 100, errors: 10, answers: 90, seconds: 0.45, ...unqueued });
  assert.deepEqual(
    reading.variants.get("v1"),
    { requests: 90, errors: 10, answers: 80, seconds: 0.4, runs: 6, batched: 24, waiting: 3 },
  );
  assert.deepEqual([...reading.variants.keys()], ["v1", 'a"} b']);
  assert.deepEqual(readingOf(metrics, "none", 5).whole, { requests: 0, errors: 0, answers: 0, seconds: 0, ...unqueued });
});

const counts = (requests: number, errors: number, seconds: number): Counts =>
  ({ requests, errors, answers: requests - errors, seconds, runs: 0, batched: 0, waiting: 0 });
const unqueued = { batch: undefined, waiting: 0 };

test("a rate is the difference of two counts", () => {
  assert.deepEqual(
    rateOf(counts(100, 1, 1), counts(140, 11, 1.3), 4),
    { perSecond: 10, errorShare: 0.25, latencyMs: 10.000000000000002, ...unqueued },
  );
  assert.deepEqual(
    rateOf(counts(9, 9, 1), counts(9, 9, 1), 4),
    { perSecond: 0, errorShare: undefined, latencyMs: undefined, ...unqueued },
  );
});

test("counters that a restart has put to zero count from there", () => {
  assert.deepEqual(
    rateOf(counts(1000, 50, 90), counts(20, 5, 0.03), 10),
    { perSecond: 2, errorShare: 0.25, latencyMs: 2, ...unqueued },
  );
});

test("a model that was loaded anew begins its runs again, and the requests go on", () => {
  const before = { ...counts(100, 0, 1), runs: 50, batched: 90, waiting: 2 };
  const after = { ...counts(110, 0, 1.1), runs: 2, batched: 8, waiting: 1 };
  const { perSecond, batch, waiting } = rateOf(before, after, 10);
  assert.deepEqual([perSecond, batch, waiting], [1, 4, 1]);
  assert.equal(rateOf({ ...before, runs: 1, batched: 5 }, after, 10).batch, 3);
});

const reading = (at: number, requests: number, variants: Record<string, number> = {}): Reading => ({
  at,
  whole: counts(requests, 0, requests / 100),
  variants: new Map(Object.entries(variants).map(([name, count]) => [name, counts(count, 0, count / 100)])),
});

test("a variant that comes begins at zero, and one that goes has a gap", () => {
  const readings = [reading(0, 0, { v1: 10 }), reading(2000, 0, { v1: 14, v2: 6 }), reading(4000, 0, { v2: 8 })];
  const rates = ratesOf(readings);
  assert.equal(rates[0]?.variants.get("v1")?.perSecond, 2);
  assert.equal(rates[0]?.variants.get("v2")?.perSecond, 3);
  assert.equal(rates[1]?.variants.has("v1"), false);
  const lines = linesOf(readings, (rate) => rate.perSecond);
  assert.deepEqual(lines.map(({ name, points }) => [name, points.map((point) => point.value)]), [["v1", [2, undefined]], ["v2", [3, 1]]]);
});

test("what happened lately is told over a span, or as far as there is", () => {
  const readings = [reading(0, 0), reading(8000, 80), reading(12_000, 100), reading(20_000, 140)];
  assert.equal(latestRates(readings, 10_000)?.whole.perSecond, 5);
  assert.equal(latestRates(readings, 10_000)?.seconds, 12);
  assert.equal(latestRates(readings.slice(2), 10_000)?.whole.perSecond, 5);
  assert.equal(latestRates(readings.slice(2), 10_000)?.seconds, 8);
  assert.equal(latestRates(readings, 60_000)?.whole.perSecond, 7);
  assert.equal(latestRates(readings.slice(0, 1), 10_000), undefined);
});

test("readings that come too soon take the place of the last, and the oldest go", () => {
  const first = withReading([reading(0, 0)], reading(2000, 1));
  assert.deepEqual(withReading(first, reading(2500, 2)).map((one) => one.at), [0, 2500]);
  assert.deepEqual(withReading([reading(0, 0)], reading(500, 1)).map((one) => one.at), [0, 500]);
  const many = Array.from({ length: readingsMax }, (_, index) => reading(index * 2000, 0));
  const kept = withReading(many, reading(1e6, 0));
  assert.deepEqual([kept.length, kept[0]?.at], [readingsMax, 2000]);
});

const theme = { text: "", quiet: "", line: "", surface: "", accent: "", reference: "", runs: ["#000001", "#000002"] };
const format = (value: number) => `${value}/s`;
const lines: MomentLine[] = [
  { name: "v1", style: { colour: 0, dash: 0 }, points: [{ at: 1, value: 4 }, { at: 2, value: 3 }] },
  { name: "v2", style: { colour: 1, dash: 1 }, points: [{ at: 1, value: undefined }, { at: 2, value: 7 }] },
];

test("lines against the clock have gaps and say what they show", () => {
  const { series, xAxis } = momentsOption(lines, format, theme);
  assert.deepEqual([(xAxis as { min: number }).min, (xAxis as { max: number }).max], [2 - 60_000, 2]);
  const drawn = series as { data: unknown; color: string }[];
  assert.deepEqual(drawn.map((one) => one.data), [[[1, 4], [2, 3]], [[1, null], [2, 7]]]);
  assert.deepEqual(drawn.map((one) => one.color), ["#000001", "#000002"]);
  assert.equal(momentsSentence("Requests", lines, format), "Requests: v1 last 3/s, highest 4/s; v2 last 7/s, highest 7/s");
  assert.match(momentSentence(lines, 0, format), /^\d\d:\d\d:\d\d: v1 4\/s, v2 none$/);
  assert.equal(momentsSentence("Requests", [], format), "Requests: no values yet");
});

test("moments that lie far apart are told with their day", () => {
  const far: MomentLine[] = [{ name: "v1", style: { colour: 0, dash: 0 }, points: [{ at: 0, value: 4 }, { at: 86_400_000, value: 3 }] }];
  assert.match(momentSentence(far, 1, format), /^01-0\d \d\d:\d\d: v1 3\/s$/);
});
