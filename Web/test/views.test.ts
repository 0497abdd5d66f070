import assert from "node:assert/strict";
import { test } from "node:test";
import { viewsOf, viewTag, viewText } from "../src/screens/tracking/views";

test("a view is the state of the table in one spelling, without page and selection", () => {
  const text = viewText("?select=a,b&sort=-metrics.loss&page=t&filter=params.a+%3D+%221%22&view=best");
  assert.equal(text, "filter=params.a+%3D+%221%22&sort=-metrics.loss");
  assert.equal(viewText(text), text);
  assert.equal(viewText("select=a"), "");
});

test("views are tags of the experiment, and hold nothing else than a state", () => {
  const tags = [
    { key: "team", value: "risk" },
    { key: viewTag("worst"), value: "sort=metrics.loss" },
    { key: viewTag("best"), value: "sort=-metrics.loss&select=x&evil=1" },
    { key: viewTag(""), value: "sort=a" },
    { key: viewTag("all") },
  ];
  assert.deepEqual(viewsOf(tags), [
    { name: "all", text: "" },
    { name: "best", text: "sort=-metrics.loss" },
    { name: "worst", text: "sort=metrics.loss" },
  ]);
});
