import assert from "node:assert/strict";
import { test } from "node:test";
import { urlOf } from "../src/api/client";
import { placeOfHash, places, routeOf } from "../src/places";
import { rank } from "../src/frame/rank";

test("each place leads back to its screen", () => {
  assert.deepEqual(routeOf(places.experiment("12")), { screen: "experiment", subject: "12", detail: "" });
  assert.deepEqual(routeOf("/runs/ab/"), { screen: "run", subject: "ab", detail: "" });
  assert.deepEqual(routeOf(places.model("a b%c")), { screen: "model", subject: "a b%c", detail: "" });
  assert.deepEqual(routeOf(places.version("a/b", "3")), { screen: "version", subject: "a/b", detail: "3" });
  assert.deepEqual(routeOf(places.lineage("model_version", "a/b/3")), { screen: "lineage", subject: "model_version", detail: "a/b/3" });
  assert.deepEqual(routeOf(places.webhook("ab")), { screen: "webhook", subject: "ab", detail: "" });
  assert.equal(routeOf(places.webhooks()).screen, "webhooks");
  assert.equal(routeOf("/models/m/compare").screen, "compareVersions");
  assert.equal(routeOf("/nowhere").screen, "missing");
  assert.equal(routeOf("/").screen, "home");
});

test("no page lies below a path of the API", () => {
  const all = [
    places.home(), places.experiments(), places.experiment("1"), places.run("1"), places.compare(["a"]), places.models(), places.model("m"),
    places.version("m", "1"), places.compareVersions("m", ["1", "2"]),
    places.serving("e"), places.monitoring("e", "c"), places.lineage("run", "1"), places.webhooks(), places.webhook("1"),
  ];
  for (const place of all) {
    assert.ok(!/^\/(api|ajax-api|v1|v2|mlops|predict|invocations|assets|metrics|health|version|openapi|get-artifact)/.test(place), place);
  }
});

test("the hash URLs that MLflow's client prints lead to our pages", () => {
  assert.equal(placeOfHash("#/experiments/1/runs/ab"), "/runs/ab");
  assert.equal(placeOfHash("#/experiments/1/runs/ab/artifacts"), "/runs/ab");
  assert.equal(placeOfHash("#/experiments/1"), "/experiments/1");
  assert.equal(placeOfHash("#/experiments/1?searchFilter=x"), "/experiments/1");
  assert.equal(placeOfHash("#/models/a%20b/versions/3"), "/models/a%20b/versions/3");
  assert.equal(placeOfHash("#/models/m"), "/models/m");
  assert.equal(placeOfHash("#section"), undefined);
});

test("URLs of the API take their parameters", () => {
  assert.equal(urlOf("/a/{name}", { name: "x/y" }, { q: ["1", "2"], none: undefined }), "/a/x%2Fy?q=1&q=2");
});

test("the palette prefers whole names, then starts of words", () => {
  const labels = ["my-calm-owl", "calm-owl", "calm", "scam", "c-a-l-m-x"];
  assert.deepEqual(rank(labels, "calm", (label) => label), ["calm", "calm-owl", "my-calm-owl", "c-a-l-m-x"]);
  assert.deepEqual(rank(labels, "", (label) => label), labels);
});
