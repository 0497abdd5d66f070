import assert from "node:assert/strict";
import { test } from "node:test";
import { nestedCountsQuery } from "../src/api/queries";
import type { Run } from "../src/api/schema";
import {
  absentParents, columnOf, defaultColumns, durationMs, filterWith, orderBy, runTree, runView, topFilter, withParents,
  type RunNode,
} from "../src/screens/tracking/runs";
import { sortOf, sortText } from "../src/format/sort";
import { metricGroups } from "../src/screens/tracking/metric-groups";
import { heldRows } from "../src/ui/held-rows";

function run(id: string, more: { parent?: string; params?: Record<string, string>; metrics?: string[] } = {}) {
  const tags = more.parent ? [{ key: "mlflow.parentRunId", value: more.parent }] : [];
  const wire: Run = {
    info: { run_id: id, run_name: id, experiment_id: "1", status: "RUNNING", start_time: 1000 },
    data: {
      tags,
      params: Object.entries(more.params ?? {}).map(([key, value]) => ({ key, value })),
      metrics: (more.metrics ?? []).map((key) => ({ key, value: 1, timestamp: 1, step: 1 })),
    },
  };
  return runView(wire);
}

const ids = (nodes: readonly RunNode[], depth = 0): string[] =>
  nodes.flatMap((node) => [`${node.run.id}${depth}`, ...ids(node.children, depth + 1)]);

test("an answer without data is a run without metrics", () => {
  const bare = runView({ info: { run_uuid: "a" } });
  assert.equal(bare.id, "a");
  assert.equal(bare.name, "");
  assert.equal(bare.startTime, undefined);
  assert.equal(bare.metrics.size, 0);
});

test("children stand under their parents, whatever the order", () => {
  const runs = [run("c", { parent: "a" }), run("b"), run("a"), run("d", { parent: "a" })];
  assert.deepEqual(ids(runTree(runs)), ["b0", "a0", "c1", "d1"]);
  assert.deepEqual(ids(runTree([run("e", { parent: "c" }), ...runs])), ["b0", "a0", "c1", "e2", "d1"]);
});

test("a parent that is on another page is asked for, and stands before the first of its children", () => {
  const runs = [run("b"), run("c", { parent: "a" }), run("d", { parent: "a" }), run("e", { parent: "b" })];
  assert.deepEqual(absentParents(runs), ["a"]);
  assert.deepEqual(ids(runTree(withParents(runs, [run("a")]))), ["b0", "e1", "a0", "c1", "d1"]);
  assert.deepEqual(ids(runTree(withParents(runs, []))), ["b0", "e1", "c0", "d0"]);
});

test("what can't be a run's id is no parent to ask for", () => {
  assert.deepEqual(absentParents([run("c", { parent: "x') or (" }), run("d", { parent: "" })]), []);
});

test("the top level is part of whatever filter there is", () => {
  assert.equal(topFilter(" "), "tags.`mlflow.parentRunId` IS NULL");
  assert.equal(topFilter("metrics.a > 1 "), "metrics.a > 1 and tags.`mlflow.parentRunId` IS NULL");
});

test("a circle of parents loses no run", () => {
  const runs = [run("a", { parent: "b" }), run("b", { parent: "a" }), run("c", { parent: "c" })];
  assert.deepEqual(ids(runTree([...runs, run("d", { parent: "a" })])).sort(), ["a0", "b0", "c0", "d0"]);
});

test("params that differ come before those that are the same", () => {
  const runs = [run("a", { params: { same: "1", lr: "1" } }), run("b", { params: { same: "1", lr: "2" } })];
  assert.deepEqual(defaultColumns(runs, 4, 1).map((column) => column.key), ["lr"]);
});

test("a column is its kind and its key, dots and all", () => {
  assert.deepEqual(columnOf("metrics.val.loss"), { kind: "metrics", key: "val.loss" });
  assert.equal(columnOf("start_time"), undefined);
});

test("a sort goes into the URL and into order_by", () => {
  assert.deepEqual(sortOf("-metrics.loss"), { key: "metrics.loss", descending: true });
  assert.equal(sortText({ key: "start_time", descending: false }), "start_time");
  assert.equal(orderBy(sortOf("-metrics.val/loss")), "metrics.`val/loss` DESC");
  assert.equal(orderBy(sortOf("start_time")), "attributes.start_time ASC");
});

test("a value clicked becomes a condition, once", () => {
  const once = filterWith("", { kind: "params", key: "model" }, "lgbm");
  assert.equal(once, 'params.model = "lgbm"');
  assert.equal(filterWith(once, { kind: "params", key: "model" }, "lgbm"), once);
  assert.equal(filterWith(once, { kind: "tags", key: "a b" }, 'x"y'), `${once} and tags.\`a b\` = 'x"y'`);
  assert.equal(filterWith("", { kind: "params", key: "p" }, `'"`), "");
});

test("the duration of a run grows until it ends", () => {
  const running = run("a");
  assert.equal(durationMs(running, 5000), 4000);
  assert.equal(durationMs({ ...running, endTime: 3000 }, 5000), 2000);
  assert.equal(durationMs({ ...running, status: "KILLED" }, 5000), undefined);
});

test("metrics stand in sections by prefix, the system's last", () => {
  const groups = metricGroups(["val/loss", "system/cpu", "auc", "train/loss", "val/auc"]);
  assert.deepEqual(groups.map((group) => group.prefix), ["", "train", "val", "system"]);
  assert.deepEqual(groups[2]?.keys, ["val/auc", "val/loss"]);
});

test("held rows keep their order and take new values; new runs wait", () => {
  const now = [run("new"), run("b"), run("a")];
  const shown = [run("a"), run("b"), run("gone")];
  assert.deepEqual(heldRows(shown, now).map((one) => one.id), ["a", "b"]);
  assert.deepEqual(heldRows(shown, now, true).map((one) => one.id), ["a", "b", "gone"]);
  assert.equal(heldRows(shown, now)[0], now[2]);
});

test("nested runs of more runs than the server takes at once are counted a hundred at a time", async () => {
  const asked: number[] = [];
  const real = globalThis.fetch;
  globalThis.fetch = async (url) => {
    const ids = new URL(String(url), "http://martlet").searchParams.getAll("run_id");
    asked.push(ids.length);
    const nested_runs = ids.map((run_id) => ({ run_id, count: run_id === "r7" ? 0 : 2, truncated: false }));
    return new Response(JSON.stringify({ nested_runs }));
  };
  try {
    const counts = await nestedCountsQuery("1", Array.from({ length: 203 }, (_, index) => `r${index}`)).load(
      new AbortController().signal,
    );
    assert.deepEqual(asked, [100, 100, 3]);
    assert.equal(counts.size, 202);
    assert.equal(counts.get("r202")?.count, 2);
  } finally {
    globalThis.fetch = real;
  }
});
