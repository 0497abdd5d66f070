import assert from "node:assert/strict";
import { test } from "node:test";
import { pagesBefore } from "../src/ui/trail";

test("the pages before one are those that were turned over to come to it", () => {
  assert.deepEqual(pagesBefore([], ""), []);
  assert.deepEqual(pagesBefore([""], "b"), [""]);
  assert.deepEqual(pagesBefore(["", "b"], "c"), ["", "b"]);
});

test("a page to which the browser went back has before it what it had", () => {
  assert.deepEqual(pagesBefore(["", "b"], "b"), [""]);
  assert.deepEqual(pagesBefore(["", "b"], ""), []);
  // Turned to twice without an answer in between.
  assert.deepEqual(pagesBefore(["", "b", "c"], "c"), ["", "b"]);
  assert.deepEqual(pagesBefore(["", "b", ""], ""), ["", "b"]);
});
