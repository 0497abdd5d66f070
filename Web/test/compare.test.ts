import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../src/api/schema";
import { curvesSentence, stopsOf, stopSentence } from "../src/charts/curves";
import { dimensionOf, extentOf, placeOn, suitsLog } from "../src/charts/dimension";
import { parallelOption } from "../src/charts/parallel";
import { dashes, runStyle, stylesTogether } from "../src/charts/run-style";
import { axisColumns, columnsOf, columnsText, comparedRows, defaultAxes, defaultPair } from "../src/screens/compare/rows";
import { runView } from "../src/screens/tracking/runs";

const theme = {
  text: "t", quiet: "q", line: "l", surface: "s", accent: "a", reference: "r", runs: ["c0", "c1", "c2"],
};

function run(id: string, params: Record<string, string>, metrics: Record<string, number | "NaN">) {
  const wire = {
    info: { run_id: id, run_name: id },
    data: {
      params: Object.entries(params).map(([key, value]) => ({ key, value })),
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value, timestamp: 1, step: 1 })),
    },
  } as Run;
  return runView(wire);
}

test("rows of a comparison say where things differ, also by being absent", () => {
  const rows = comparedRows([new Map([["b", "1"], ["a", "x"]]), new Map([["a", "x"]])]);
  assert.deepEqual(rows.map((row) => [row.key, row.differs]), [["a", false], ["b", true]]);
  assert.deepEqual(rows[1]?.values, ["1", undefined]);
});

test("numbers make an axis of numbers, anything else categories", () => {
  assert.equal(dimensionOf("lr", ["0.1", undefined, "1e-3"]).kind, "number");
  assert.equal(dimensionOf("loss", ["NaN", "1"]).kind, "number");
  const models = dimensionOf("model", ["xgb", "3", "lgbm", "xgb"]);
  assert.deepEqual([models.kind, models.categories], ["category", ["3", "lgbm", "xgb"]]);
  assert.equal(dimensionOf("none", [undefined]).kind, "category");
});

test("NaN and what is missing stand apart, below the lowest number", () => {
  const dimension = dimensionOf("loss", ["1", "NaN", "2", undefined]);
  const extent = extentOf(dimension, false);
  assert.equal(extent.odd?.label, "— NaN");
  assert.ok((extent.odd?.at ?? 1) < 1 && extent.min === extent.odd?.at && extent.max === 2);
  assert.equal(placeOn(extent, Number.NaN, false), extent.odd?.at);
  assert.equal(placeOn(extent, undefined, false), extent.odd?.at);
  assert.equal(placeOn(extent, 1.5, false), 1.5);
  assert.equal(extentOf(dimensionOf("loss", ["1", "2"]), false).odd, undefined);
});

test("a log axis is for numbers above zero over decades", () => {
  assert.ok(suitsLog(dimensionOf("lr", ["0.0001", "0.1"])));
  assert.ok(!suitsLog(dimensionOf("lr", ["0.05", "0.1"])));
  assert.ok(!suitsLog(dimensionOf("lr", ["0", "1000"])));
  assert.ok((extentOf(dimensionOf("lr", ["-1", "1", "10"]), true).odd?.at ?? 1) > 0);
});

test("parallel coordinates have an axis a dimension and a line a run", () => {
  const dimensions = [dimensionOf("model", ["lgbm", undefined]), dimensionOf("loss", ["0.5", "0.25"])];
  const option = parallelOption(dimensions, [runStyle("a"), runStyle("b")].map((style) => ({ name: "n", style })), theme);
  const axes = option["parallelAxis"] as { type: string; data?: string[] }[];
  const [series] = option["series"] as { data: { value: unknown[] }[] }[];
  assert.deepEqual(axes.map((axis) => axis.type), ["category", "value"]);
  assert.deepEqual(axes[0]?.data, ["—", "lgbm"]);
  assert.deepEqual(series?.data.map((line) => line.value), [["lgbm", 0.5], ["—", 0.25]]);
});

test("the axes nobody chose are params that differ, and metrics", () => {
  const runs = [run("a", { lr: "1", same: "x" }, { loss: 1, "system/cpu": 2 }), run("b", { lr: "2", same: "x" }, { loss: "NaN" })];
  assert.equal(columnsText(defaultAxes(runs)), "params.lr|metrics.loss");
  assert.equal(columnsText(axisColumns(runs)), "params.lr|params.same|metrics.loss|metrics.system/cpu");
  assert.deepEqual(defaultPair(runs)?.map((column) => column.key), ["lr", "loss"]);
  assert.equal(defaultPair([run("a", {}, {})]), undefined);
  assert.deepEqual(columnsOf("params.lr|start_time|metrics.a|metrics.b").map((column) => column.key), ["lr", "a", "b"]);
});

test("runs of one colour that are shown together have dashes of their own", () => {
  const ids = Array.from({ length: 30 }, (_, index) => `run-${index}`);
  const styles = stylesTogether(ids);
  for (const id of ids) assert.equal(styles.get(id)?.colour, runStyle(id).colour);
  assert.equal(stylesTogether(["run-1"]).get("run-1")?.dash, runStyle("run-1").dash);
  for (let colour = 0; colour < 10; colour += 1) {
    const alike = ids.map((id) => styles.get(id)).filter((style) => style?.colour === colour);
    const apart = new Set(alike.map((style) => style?.dash)).size;
    assert.equal(apart, Math.min(alike.length, dashes.length));
  }
});

test("curves of several runs are said and walked along by their steps", () => {
  const point = (step: number, value: number) => ({ step, timestamp: step, value });
  const series = [
    { name: "a", style: runStyle("a"), points: [point(0, 1), point(2, 0.5)] },
    { name: "b", style: runStyle("b"), points: [point(1, 2), point(2, Number.NaN)] },
  ];
  assert.equal(curvesSentence("loss", series), "loss of 2 runs: last a 0.5, b NaN; lowest 0.5 of a, highest 2 of b");
  const stops = stopsOf(series);
  assert.deepEqual(stops.map((stop) => [stop.step, stop.series, stop.point]), [[0, 0, 0], [1, 1, 0], [2, 0, 1]]);
  assert.equal(stops[2] && stopSentence(series, stops[2]), "step 2: a 0.5, b NaN");
});
