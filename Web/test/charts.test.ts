import assert from "node:assert/strict";
import { test } from "node:test";
import { binLabels, histogramOption } from "../src/charts/histogram";
import { lineOption } from "../src/charts/line";
import type { ChartTheme } from "../src/charts/option";
import { colourCount, dashes, runStyle } from "../src/charts/run-style";
import { csv, joinTail, smooth, summarize, type Point } from "../src/charts/series";
import { sparkPath } from "../src/charts/spark";

const theme: ChartTheme = {
  text: "t", quiet: "q", line: "l", surface: "s", accent: "a", reference: "r",
  runs: Array.from({ length: colourCount }, (_, index) => `c${index}`),
};
const point = (step: number, value: number): Point => ({ step, timestamp: 1000 + step * 10, value });

test("a run has the same style always, and many runs have many", () => {
  const ids = Array.from({ length: 400 }, (_, index) => index.toString(16).padStart(32, "0"));
  assert.deepEqual(runStyle(ids[5] ?? ""), runStyle(ids[5] ?? ""));
  const styles = new Set(ids.map((id) => JSON.stringify(runStyle(id))));
  assert.equal(styles.size, colourCount * dashes.length);
});

test("the tail joins the history in order, once", () => {
  const history = [point(0, 1), point(1, 2)];
  assert.deepEqual(joinTail(history, [point(2, 3), point(1, 2)]).map((one) => one.value), [1, 2, 3]);
  assert.equal(joinTail([point(0, Number.NaN)], [point(0, Number.NaN)]).length, 1);
});

test("smoothing starts at the first value and passes over what cannot be drawn", () => {
  assert.deepEqual(smooth([1, 2, 3], 0), [1, 2, 3]);
  const smoothed = smooth([4, Number.NaN, 4, 4], 0.9);
  assert.ok(Number.isNaN(smoothed[1]));
  assert.ok(Math.abs((smoothed[3] ?? 0) - 4) < 1e-12);
});

test("a summary knows the lowest, the highest and what is not finite", () => {
  const { last, lowest, highest, odd } = summarize([point(0, 3), point(1, Number.NaN), point(2, 1)]);
  assert.deepEqual([last?.step, lowest?.step, highest?.step, odd], [2, 2, 0, 1]);
  assert.equal(summarize([]).last, undefined);
});

interface Drawn {
  series: { id: string; type: string; data: [number, number | null][]; lineStyle?: { type: unknown } }[];
}

test("NaN and the stand-ins for infinity are gaps with a mark", () => {
  const points = [point(0, 1), point(1, Number.NaN), point(2, Number.MAX_VALUE), point(3, 2)];
  const choice = { x: "step" as const, log: false, smoothing: 0 };
  const { series } = lineOption([{ name: "a", style: { colour: 1, dash: 2 }, points }], choice, theme) as unknown as Drawn;
  assert.deepEqual(series[0]?.data, [[0, 1], [1, null], [2, null], [3, 2]]);
  assert.deepEqual(series[1]?.data, [[1, 1], [2, 1]]);
  assert.equal(series[0]?.lineStyle?.type, "solid");
});

test("a log axis leaves out what has no logarithm; time begins at the first point", () => {
  const choice = { x: "time" as const, log: true, smoothing: 0.5 };
  const lines = [{ name: "a", style: { colour: 1, dash: 2 }, points: [point(0, 0), point(100, 5)] }];
  const { series } = lineOption(lines, choice, theme) as unknown as Drawn;
  assert.equal(series[0]?.data[0]?.[1], null);
  assert.equal(series[0]?.data[1]?.[0], 1);
  assert.deepEqual(series.map((one) => one.id), ["line 0", "raw 0", "odd 0"]);
});

test("a small line has gaps, and is nothing below two values", () => {
  assert.equal(sparkPath([1], 56, 16), "");
  assert.equal(sparkPath([1, Number.NaN], 56, 16), "");
  assert.equal((sparkPath([1, 2, Number.NaN, 3, 4], 56, 16).match(/M/g) ?? []).length, 2);
  assert.ok(!sparkPath([2, 2, 2], 56, 16).includes("NaN"));
});

test("bins are named by their edges, open ends included", () => {
  assert.deepEqual(binLabels([null, 0, 1.5, null], 3), ["≤ 0", "0 – 1.5", "> 1.5"]);
  assert.deepEqual(binLabels(["XNAS", "XNYS"], 2), ["XNAS", "XNYS"]);
  assert.deepEqual(binLabels([null, null], 1), ["all"]);
});

test("the histogram lays the current shares over the reference", () => {
  const option = histogramOption({ labels: ["a", "b"], reference: [0.5, 0.5], current: [0.1, 0.9] }, theme);
  const series = option["series"] as { name: string; data: number[]; barGap?: string }[];
  assert.deepEqual(series.map((one) => one.name), ["Reference", "Current"]);
  assert.equal(series[0]?.barGap, "-100%");
});

test("CSV quotes what needs quotes", () => {
  assert.equal(csv(["a,b", "c"], [[1, 'x"y']]), '"a,b",c\r\n1,"x""y"\r\n');
});
