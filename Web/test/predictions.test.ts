import assert from "node:assert/strict";
import { test } from "node:test";
import type { Prediction, PredictionSeries } from "../src/api/schema";
import { fieldMoment, formatMoment } from "../src/format/time";
import { isNarrowed, paramsOf, searchOf, textsOf } from "../src/screens/serving/prediction-search";
import {
  emptyText, failedShare, medianMs, predictionsASecond, rangeOf, seriesLines, slowestMs, totals,
} from "../src/screens/serving/series-lines";
import { truthTexts, truthTold } from "../src/screens/serving/truth-form";

const point = (variant: string, time: number, predictions: number, errors: number, p50: number | null = null) =>
  ({ variant, time, predictions, errors, latency_ms_p50: p50, latency_ms_p99: p50 && 2 * p50 });

const series: PredictionSeries = {
  endpoint: "vol",
  start_time: 10_000,
  end_time: 25_000,
  span_ms: 10_000,
  is_cut: false,
  points: [point("v1", 10_000, 40, 10, 3), point("v1", 20_000, 10, 0, 4), point("v2", 20_000, 0, 2)],
};

const values = (line: { name: string; points: readonly { at: number; value: number | undefined }[] }) =>
  [line.name, line.points.map(({ at, value }) => [at, value])];

test("a series is a line for each variant, of which the last span is as long as it was until now", () => {
  assert.deepEqual(
    seriesLines(series, predictionsASecond).map(values),
    [["v1", [[10_000, 4], [20_000, 2]]], ["v2", [[10_000, 0], [20_000, 0]]]],
  );
  assert.deepEqual(
    seriesLines(series, failedShare).map(values),
    [["v1", [[10_000, 0.2], [20_000, 0]]], ["v2", [[10_000, undefined], [20_000, 1]]]],
  );
  assert.deepEqual(seriesLines(series, medianMs).map(values)[1], ["v2", [[10_000, undefined], [20_000, undefined]]]);
  assert.deepEqual(seriesLines(series, slowestMs).map(values)[0], ["v1", [[10_000, 6], [20_000, 8]]]);
  assert.deepEqual(totals(series), { predictions: 50, errors: 12 });
});

test("a rate leaves out a span that has only begun, what is no rate has it", () => {
  const begun = { ...series, end_time: 22_000 };
  assert.deepEqual(seriesLines(begun, predictionsASecond).map((line) => line.points.length), [1, 1]);
  assert.deepEqual(seriesLines(begun, medianMs).map(values)[0], ["v1", [[10_000, 3], [20_000, 4]]]);
  assert.deepEqual(seriesLines(begun, failedShare).map((line) => line.points.length), [2, 2]);
  assert.deepEqual(seriesLines({ ...series, end_time: 20_000 }, medianMs).map((line) => line.points.length), [1, 1]);
  assert.deepEqual(seriesLines({ ...series, points: [] }, predictionsASecond), []);
});

test("a rate has the last of long spans after some seconds", () => {
  const hour = 3_600_000;
  const long = { ...series, start_time: 0, span_ms: hour, points: [point("v1", hour, 10, 0)] };
  const told = (end: number) => seriesLines({ ...long, end_time: end }, predictionsASecond).map(values);
  assert.deepEqual(told(hour + 2_499), [["v1", [[0, 0]]]]);
  assert.deepEqual(told(hour + 2_500), [["v1", [[0, 0], [hour, 4]]]]);
});

test("a series that is cut behind all that was logged does not say that nothing was", () => {
  const empty = { ...series, points: [] };
  assert.equal(emptyText(empty, rangeOf("15m")), "Nothing was logged in the last 15 minutes.");
  const since = formatMoment(series.start_time);
  assert.equal(
    emptyText({ ...empty, is_cut: true }, rangeOf("15m")),
    `Nothing was logged since ${since}; before that, more than is looked at.`,
  );
});

test("a range that the URL does not know is an hour", () => {
  assert.equal(rangeOf("24h").ms, 86_400_000);
  assert.equal(rangeOf("century").id, "1h");
});

test("a search is what the URL says, and its fields say it again", () => {
  const search = searchOf("endpoint=vol&tab=predictions&variant=v2&version=3&shadow=true&request=ab&from=61234");
  assert.deepEqual(search, { variant: "v2", version: 3, shadow: true, request: "ab", from: 61_234, until: undefined });
  const texts = textsOf(search);
  assert.deepEqual(texts, { request: "ab", version: "3", from: fieldMoment(61_234), until: "" });
  const params = { request: "ab", version: "3", from: "61234", until: undefined, page: undefined };
  assert.deepEqual(paramsOf(texts, search), params);
  const until = "1980-01-01T12:00";
  const changed = paramsOf({ ...texts, request: " ", version: "", from: "", until }, search);
  assert.deepEqual(changed, {
    request: undefined, version: undefined, from: undefined, until: String(new Date(until).getTime()), page: undefined,
  });
});

test("of a prediction that is told, what was not changed is not told again", () => {
  const first = { truth: "9007199254740992", value: "1" };
  assert.deepEqual(truthTold(first, { ...first, value: "2.5" }), { value: 2.5 });
  assert.deepEqual(truthTold(first, { ...first, truth: '"up"' }), { ground_truth: "up" });
  assert.deepEqual(truthTold(first, { truth: " ", value: "" }), {});
  assert.deepEqual(truthTold(first, first), {});
  assert.throws(() => truthTold(first, { ...first, truth: "up" }), /must be JSON/);
});

test("the fields of what turned out to be true are empty where the log has nothing", () => {
  const one: Prediction = {
    request_id: "a", endpoint: "vol", model_name: "vol", model_version: "1", timestamp: "2024-01-01T00:00:00Z",
    features: {}, prediction: 1, latency_ms: 1, status: 200, metric_value: null, ground_truth: null,
  };
  assert.deepEqual(truthTexts(one), { truth: "", value: "" });
  const told = { ...one, ground_truth: { side: "up" }, metric_value: 0 };
  assert.deepEqual(truthTexts(told), { truth: '{"side":"up"}', value: "0" });
});

test("what is no number in the URL is left open", () => {
  const search = searchOf("version=newest&from=yesterday&shadow=perhaps");
  assert.equal(search.version ?? search.from, undefined);
  assert.equal(search.shadow, false);
  assert.equal(isNarrowed(search), false);
  assert.equal(isNarrowed(searchOf("variant=v1")), true);
});
