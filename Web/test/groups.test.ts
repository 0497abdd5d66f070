import assert from "node:assert/strict";
import { test } from "node:test";
import type { Run } from "../src/api/schema";
import { eachRun, refusalText } from "../src/screens/tracking/each-run";
import { groupRuns, metricSummary } from "../src/screens/tracking/groups";
import { runView } from "../src/screens/tracking/runs";

function run(id: string, model: string | undefined, loss: number | string | undefined) {
  const wire: Run = {
    info: { run_id: id },
    data: {
      params: model === undefined ? [] : [{ key: "model", value: model }],
      metrics: loss === undefined ? [] : [{ key: "loss", value: loss as number, timestamp: 1, step: 1 }],
    },
  };
  return runView(wire);
}

test("groups stand where their first run does, and runs without a value are a group", () => {
  const runs = [run("a", "xgb", 1), run("b", undefined, 1), run("c", "lgbm", 1), run("d", "xgb", 1), run("e", "", 1)];
  const groups = groupRuns(runs, { kind: "params", key: "model" });
  assert.deepEqual(groups.map(({ value, runs: members }) => [value, members.map((one) => one.id).join("")]), [
    ["xgb", "ad"], [undefined, "b"], ["lgbm", "c"], ["", "e"],
  ]);
});

test("mean and deviation are of the finite values, the others are counted", () => {
  const values = [2, 4, "NaN", undefined, -Number.MAX_VALUE];
  const runs = values.map((value, index) => run(`run ${index}`, "", value));
  const { mean, deviation, finite, notFinite } = metricSummary(runs, "loss");
  assert.deepEqual([mean, finite, notFinite], [3, 2, 2]);
  assert.ok(Math.abs((deviation ?? 0) - Math.SQRT2) < 1e-12);
  assert.equal(metricSummary(runs.slice(0, 1), "loss").deviation, undefined);
  assert.equal(metricSummary(runs.slice(2), "loss").mean, undefined);
});

test("a run that is refused does not keep the others, and the refusal is told", async () => {
  const outcome = await eachRun(["a", "b", "c"], async (id) => {
    if (id === "b") throw new Error("it is gone");
  });
  assert.deepEqual(outcome.done, ["a", "c"]);
  assert.equal(refusalText(outcome), "1 run of 3 refused: it is gone");
  assert.equal(refusalText({ done: ["a"], refused: [] }), undefined);
});
