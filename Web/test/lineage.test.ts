import assert from "node:assert/strict";
import { test } from "node:test";
import type { LineageGraph } from "../src/api/schema";
import { arranged, boxHeight, boxWidth, spread, type Picture } from "../src/graph/layout";
import { farthest, neighboursOf, reached } from "../src/graph/ways";
import { nextBox } from "../src/screens/lineage/keys";
import {
  crowdedKinds, depthOf, downstreamOf, groupFrom, grouped, layersOf, lineageOf, togetherOf, togetherText, waysThrough, within,
} from "../src/screens/lineage/connections";
import { countWords, datasetThing, thingDetail, thingLines, thingName, thingPlace } from "../src/screens/lineage/things";

const node = (text: string) => {
  const [kind = "", id = ""] = text.split(" ");
  return { kind, id };
};

/** A graph from its root, the depths of its things, and its edges as "from > to". */
function graphOf(root: string, depths: Record<string, number>, edges: string[]): LineageGraph {
  return {
    root: node(root),
    nodes: Object.entries(depths).map(([text, depth]) => ({ ...node(text), depth })),
    edges: edges.map((text) => {
      const [from = "", to = ""] = text.split(" > ");
      return { from: node(from), relation: "made", to: node(to), at: 1 };
    }),
    truncated: false,
  };
}

const chain = lineageOf(graphOf(
  "run r",
  { "dataset_version d/1": -1, "run r": 0, "logged_model m": 1, "model_version v/1": 1, "endpoint e": 2 },
  ["dataset_version d/1 > run r", "run r > logged_model m", "run r > model_version v/1", "logged_model m > model_version v/1",
    "model_version v/1 > endpoint e"],
));

function assertApart(picture: Picture): void {
  const all = [...picture.boxes.values()];
  for (const [index, a] of all.entries()) {
    assert.ok(a.x >= 0 && a.y >= 0 && a.x + boxWidth <= picture.width && a.y + boxHeight <= picture.height, "a box is outside");
    for (const b of all.slice(index + 1)) {
      assert.ok(a.x !== b.x || Math.abs(a.y - b.y) >= boxHeight, "two boxes overlap");
    }
  }
}

test("every tie leads to the right, by its longest way", () => {
  assert.deepEqual(Object.fromEntries(layersOf(chain)), {
    "dataset_version d/1": -1, "run r": 0, "logged_model m": 1, "model_version v/1": 2, "endpoint e": 3,
  });
  const { groups, edges } = grouped(chain, layersOf(chain), new Set());
  const picture = arranged(groups, edges);
  for (const { from, to } of edges) {
    assert.ok((picture.boxes.get(from)?.x ?? 0) < (picture.boxes.get(to)?.x ?? 0), `${from} is not left of ${to}`);
  }
  assertApart(picture);
});

test("an edge over a layer goes round the boxes in it", () => {
  const { groups, edges } = grouped(chain, layersOf(chain), new Set());
  const picture = arranged(groups, edges);
  const long = picture.paths[edges.findIndex((edge) => edge.from === "run r" && edge.to === "model_version v/1")] ?? "";
  const passed = picture.boxes.get("logged_model m");
  const bend = /C[\d. ]+ (\d+) (\d+)H(\d+)/.exec(long);
  assert.ok(passed && bend, "the long edge has no bend");
  assert.equal(Number(bend?.[1]), passed?.x);
  const height = Number(bend?.[2]);
  assert.ok(passed && (height < passed.y || height > passed.y + boxHeight), "the edge runs through a box");
});

test("a circle has an end", () => {
  const circle = lineageOf(graphOf("run a", { "run a": 0, "run b": 1, "run c": -1 }, ["run a > run b", "run b > run c", "run c > run a"]));
  assert.deepEqual(Object.fromEntries(layersOf(circle)), { "run a": 0, "run b": 1, "run c": 2 });
  const { groups, edges } = grouped(circle, layersOf(circle), new Set());
  const picture = arranged(groups, edges);
  assert.equal(picture.paths.length, 3);
  assertApart(picture);
  assert.deepEqual(downstreamOf(circle).map((thing) => thing.id), ["b", "c"]);
});

test("neither nothing nor one box alone breaks the layout", () => {
  assert.deepEqual(arranged([], []), { boxes: new Map(), paths: [], width: 0, height: 0 });
  const one = arranged([{ key: "a", layer: -3 }], []);
  assertApart(one);
  assert.deepEqual(one.width - boxWidth, one.height - boxHeight);
});

test("boxes lie level with what they are tied to, and edges do not cross without need", () => {
  const boxes = ["a", "b", "c"].flatMap((key) => [{ key, layer: 0 }, { key: `${key}2`, layer: 1 }]).reverse();
  const edges = ["a", "c", "b"].map((key) => ({ from: key, to: `${key}2` }));
  const picture = arranged(boxes, edges);
  for (const key of ["a", "b", "c"]) assert.equal(picture.boxes.get(key)?.y, picture.boxes.get(`${key}2`)?.y);
  assertApart(picture);
});

test("places keep their distance and move no farther than they must", () => {
  assert.deepEqual(spread([0, 100], [0, 10]), [0, 100]);
  assert.deepEqual(spread([5, 5], [0, 10]), [0, 10]);
  assert.deepEqual(spread([0, 0, 0, 50], [0, 10, 10, 10]), [-10, 0, 10, 50]);
  assert.deepEqual(spread([], []), []);
});

test("hundreds of things are placed at once, and drawn together where they crowd", () => {
  const runs = Array.from({ length: 800 }, (_, at) => `run r${at}`);
  const many = lineageOf(graphOf(
    "dataset_version d/1",
    { "dataset_version d/1": 0, ...Object.fromEntries(runs.map((run) => [run, 1])), "model_version v/1": 2 },
    runs.flatMap((run) => [`dataset_version d/1 > ${run}`, `${run} > model_version v/1`]),
  ));
  const layers = layersOf(many);
  assert.deepEqual([...crowdedKinds(many, layers)], ["run"]);
  const few = grouped(many, layers, new Set(["run"]));
  assert.deepEqual(few.groups.map((group) => group.things.length), [1, 800, 1]);
  assert.deepEqual(few.edges.map((edge) => edge.relations), [["made"], ["made"]]);
  const all = grouped(many, layers, new Set());
  const before = process.cpuUsage();
  const picture = arranged(all.groups, all.edges);
  // Processor time: others may be at work on the machine.
  assert.ok(process.cpuUsage(before).user < 2_000_000, "the layout is slow");
  assert.equal(picture.boxes.size, 802);
  const heights = [...picture.boxes.values()].filter((box) => box.x > boxWidth && box.x < 2 * boxWidth + 60).map((box) => box.y);
  heights.sort((a, b) => a - b).forEach((y, at) => assert.ok(at === 0 || y - (heights[at - 1] ?? 0) >= boxHeight));
});

test("as many things as may stand in a layer are drawn each, and the root always is", () => {
  const of = (count: number) => {
    const runs = Array.from({ length: count }, (_, at) => `run r${at}`);
    return lineageOf(graphOf("run root", { "run root": 0, ...Object.fromEntries(runs.map((run) => [run, 1])) }, runs.map((run) => `run root > ${run}`)));
  };
  const crowd = (count: number) => crowdedKinds(of(count), layersOf(of(count))).size;
  assert.deepEqual([crowd(groupFrom), crowd(groupFrom + 1)], [0, 1]);
  const { groups } = grouped(of(3), layersOf(of(3)), new Set(["run"]));
  assert.deepEqual(groups.map((group) => [group.key, group.things.length]), [["run root", 1], ["group 1 run", 3]]);
});

test("depths are steps from the root; what breaks is all of it", () => {
  assert.deepEqual([...within(chain, 0, 1).things.keys()], ["run r", "logged_model m", "model_version v/1"]);
  assert.equal(within(chain, 0, 1).ties.length, 3);
  assert.equal(within(chain, depthOf("all"), depthOf("2")).things.size, 5);
  assert.deepEqual(downstreamOf(chain).map((thing) => thing.id).sort(), ["e", "m", "v/1"]);
  assert.equal(depthOf("nonsense"), Infinity);
});

test("ways through a thing are what it came from and what came of it, not its siblings", () => {
  const edges = [{ from: "a", to: "b" }, { from: "a", to: "c" }, { from: "b", to: "d" }, { from: "x", to: "d" }];
  assert.deepEqual([...waysThrough("b", edges)].sort(), ["a", "b", "d"]);
  assert.deepEqual([...reached("a", neighboursOf(edges))].slice(-1), [["d", 2]]);
  assert.deepEqual(farthest("d", neighboursOf(edges, true)).get("a"), 2);
});

test("the choice of kinds survives the URL", () => {
  assert.equal(togetherOf(""), undefined);
  assert.equal(togetherOf("none")?.size, 0);
  assert.equal(togetherText(togetherOf("run,endpoint") ?? new Set()), "endpoint,run");
  assert.equal(togetherText(new Set()), "none");
});

test("arrows follow the edges, and move within a layer", () => {
  const boxes = new Map([["a", { x: 0, y: 0 }], ["b", { x: 9, y: 0 }], ["c", { x: 9, y: 60 }], ["d", { x: 9, y: 120 }]]);
  const edges = [{ from: "a", to: "c" }, { from: "a", to: "b" }];
  const go = (key: string, from: string) => nextBox(key, from, "a", boxes, edges);
  assert.deepEqual([go("ArrowRight", "a"), go("ArrowLeft", "c"), go("ArrowDown", "b"), go("ArrowUp", "d")], ["b", "a", "c", "c"]);
  assert.deepEqual([go("ArrowRight", "b"), go("ArrowDown", "d"), go("Home", "d"), go("x", "a")], [undefined, "d", "a", undefined]);
});

test("a thing has a name and a page", () => {
  assert.equal(thingName("model_version", "a/b/3"), "a/b 3");
  assert.deepEqual(thingLines("model_version", "a/b/3"), ["a/b", "model version 3"]);
  assert.deepEqual(thingLines("deleted_model_version", "a@b/3@01J9"), ["a@b", "deleted model version 3"]);
  assert.equal(thingName("deleted_model_version", "a@b/3@01J9"), "a@b 3");
  assert.equal(thingPlace("deleted_model_version", "a/3@01J9"), "/lineage/deleted_model_version/a%2F3%4001J9");
  assert.deepEqual(thingLines("dataset_version", "prices/41"), ["prices", "dataset 41"]);
  assert.deepEqual([datasetThing("a/b", "1"), datasetThing("a", "b/1")], ["a/b/1", "a/b%2F1"]);
  assert.deepEqual(thingLines("dataset_version", datasetThing("a", "b/1%2F")), ["a", "dataset b/1%2F"]);
  assert.equal(thingPlace("model_version", "a/b/3"), "/models/a%2Fb/versions/3");
  assert.equal(thingName("run", "0123456789abcdef"), "01234567");
  assert.equal(thingName("run", "0123456789abcdef", new Map([["0123456789abcdef", "calm-owl"]])), "calm-owl");
  assert.deepEqual([thingName("dataset_version", "prices/41"), thingDetail("dataset_version", "prices/41")], ["prices", "41"]);
  assert.equal(thingPlace("dataset_version", "prices/41"), "/lineage/dataset_version/prices%2F41");
  assert.equal(thingPlace("endpoint", "vol"), "/serving?endpoint=vol");
  assert.deepEqual([countWords("run", 1), countWords("run", 2), countWords("new_kind", 1200)], ["1 run", "2 runs", "1,200 new kinds"]);
});
