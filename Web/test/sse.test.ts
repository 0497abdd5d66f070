import assert from "node:assert/strict";
import { test } from "node:test";
import { EventParser } from "../src/api/sse";

const stream = 'event: activity\nid: 7\ndata: {"a":1}\n\n: beat\n\ndata: x\ndata: y\n\n';

test("events are read however the text is cut", () => {
  const whole = new EventParser().push(stream);
  assert.deepEqual(whole, [
    { name: "activity", data: '{"a":1}', id: "7" },
    { name: "", data: "beat" },
    { name: "message", data: "x\ny", id: undefined },
  ]);
  for (let cut = 1; cut < stream.length; cut += 1) {
    const parser = new EventParser();
    assert.deepEqual([...parser.push(stream.slice(0, cut)), ...parser.push(stream.slice(cut))], whole, `cut at ${cut}`);
  }
});

test("all three line ends are line ends, also across a cut", () => {
  const parser = new EventParser();
  const events = [...parser.push("data: a\r"), ...parser.push("\n\r\n"), ...parser.push("data: b\r\rdata: c\n\n")];
  assert.deepEqual(events.map((event) => event.data), ["a", "b", "c"]);
});
