import assert from "node:assert/strict";
import { test } from "node:test";
import { LiveHub, type FromHub } from "../src/api/live-hub";

interface Opened {
  url: string;
  lastId: string | undefined;
  write: (text: string) => void;
  end: () => void;
  isAborted: () => boolean;
}

/** A server whose streams the test holds in its hands. */
function fakeServer(): { opened: Opened[]; refuse: { on: boolean } } {
  const opened: Opened[] = [];
  const refuse = { on: false };
  globalThis.fetch = (async (url: string, init: RequestInit) => {
    if (refuse.on) throw new TypeError("refused");
    let out: ReadableStreamDefaultController<Uint8Array> | undefined;
    const body = new ReadableStream<Uint8Array>({ start: (controller) => { out = controller; } });
    init.signal?.addEventListener("abort", () => {
      try { out?.error(new Error("aborted")); } catch { /* closed before */ }
    });
    opened.push({
      url: decodeURIComponent(url),
      lastId: (init.headers as Record<string, string>)["Last-Event-ID"],
      write: (text) => out?.enqueue(new TextEncoder().encode(text)),
      end: () => out?.close(),
      isAborted: () => init.signal?.aborted ?? false,
    });
    return new Response(body);
  }) as typeof fetch;
  return { opened, refuse };
}

/** Waits until the condition holds; fails after ten seconds, which a busy machine may need. */
async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!condition()) {
    assert.ok(Date.now() < deadline, "waited in vain");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

const waits = { debounceMs: 5, overlapMs: 100 };

const metrics = 'event: metrics\ndata: {"run_id":"a","points":[]}\n\n';
const activity = (id: number) => `event: activity\nid: ${id}\ndata: {"sequence":${id},"topics":["models"]}\n\n`;

function page() {
  const heard: FromHub[] = [];
  return { heard, port: { post: (message: FromHub) => { heard.push(message); } }, of: (kind: string) => heard.filter((one) => one.kind === kind) };
}

/** A page whose hub has one stream, for the topic `models`. */
async function watching(overlapMs = waits.overlapMs) {
  const server = fakeServer();
  const hub = new LiveHub({ ...waits, overlapMs });
  const one = page();
  hub.receive(one.port, { kind: "topics", topics: ["models"] });
  await until(() => server.opened.length === 1);
  return { ...server, hub, one };
}

test("one stream carries the topics of all pages, and every page hears it", async () => {
  const { opened } = fakeServer();
  const hub = new LiveHub(waits);
  const [one, two] = [page(), page()];
  hub.receive(one.port, { kind: "topics", topics: ["models"] });
  hub.receive(two.port, { kind: "topics", topics: ["run:a"] });
  await until(() => opened.length === 1);
  assert.equal(opened[0]?.url, "/api/v1/events?topics=models,run:a");
  opened[0]?.write(activity(1));
  await until(() => one.of("activity").length === 1 && two.of("activity").length === 1);
  hub.receive(one.port, { kind: "bye" });
  hub.receive(two.port, { kind: "bye" });
  await until(() => opened[0]?.isAborted() === true);
});

test("other topics take the last sequence along, and an activity told twice is heard once", async () => {
  const { opened, hub, one } = await watching();
  opened[0]?.write(activity(41) + activity(42));
  await until(() => one.of("activity").length === 2);
  hub.receive(one.port, { kind: "topics", topics: ["models", "alerts"] });
  await until(() => opened.length === 2 && opened[0]?.isAborted() === true);
  assert.equal(opened[1]?.lastId, "42");
  opened[1]?.write(activity(42) + activity(43));
  await until(() => one.of("activity").length === 3);
  assert.equal(one.of("state").filter((message) => message.kind === "state" && message.state === "lost").length, 0);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened[1]?.isAborted() === true);
});

test("a change of topics loses nothing that the old stream held back", async () => {
  const { opened, hub, one } = await watching(1000);
  opened[0]?.write("retry: 2000\nid: 40\n\n" + metrics);
  await until(() => one.of("metrics").length === 1);
  hub.receive(one.port, { kind: "topics", topics: ["models", "run:a"] });
  await until(() => opened.length === 2);
  assert.equal(opened[1]?.lastId, "40");
  opened[0]?.write(metrics + activity(41));
  await until(() => one.of("metrics").length === 2 && one.of("activity").length === 1);
  await until(() => opened[0]?.isAborted() === true);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened[1]?.isAborted() === true);
});

test("changes in a row hold two streams open at most, and the last topics are followed", async () => {
  const { opened } = fakeServer();
  const hub = new LiveHub(waits);
  const one = page();
  for (let count = 1; count <= 4; count += 1) {
    hub.receive(one.port, { kind: "topics", topics: [...Array(count).keys()].map((index) => `run:${index}`) });
    await new Promise((resolve) => setTimeout(resolve, 4 * waits.debounceMs));
    assert.ok(opened.filter((stream) => !stream.isAborted()).length <= 2);
  }
  await until(() => opened[opened.length - 1]?.url.endsWith("run:3") ?? false);
  assert.ok(opened.filter((stream) => !stream.isAborted()).length <= 2);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened.every((stream) => stream.isAborted()));
});

test("a database that begins anew is followed from its own numbers", async () => {
  const { opened, hub, one } = await watching();
  opened[0]?.write(activity(1) + activity(2));
  await until(() => one.of("activity").length === 2);
  opened[0]?.end();
  await until(() => opened.length === 2);
  assert.equal(opened[1]?.lastId, "2");
  opened[1]?.write("retry: 2000\nid: 0\n\n" + activity(1));
  await until(() => one.of("activity").length === 3);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened[1]?.isAborted() === true);
});

test("what the old stream tells before the new one begins is heard once", async () => {
  const { opened, hub, one } = await watching(1000);
  opened[0]?.write(activity(41) + activity(42));
  await until(() => one.of("activity").length === 2);
  hub.receive(one.port, { kind: "topics", topics: ["models", "alerts"] });
  await until(() => opened.length === 2);
  opened[0]?.write(activity(43));
  await until(() => one.of("activity").length === 3);
  opened[1]?.write("retry: 2000\nid: 42\n\n" + activity(43) + activity(44));
  await until(() => one.of("activity").length >= 4);
  const heard = one.heard.flatMap((message) => (message.kind === "activity" ? [message.activity.sequence] : []));
  assert.deepEqual(heard, [41, 42, 43, 44]);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened[1]?.isAborted() === true);
});

test("a stream that breaks is told, tried again, and resumed", async () => {
  const { opened, refuse, hub, one } = await watching();
  opened[0]?.write(activity(7));
  await until(() => one.of("activity").length === 1);
  refuse.on = true;
  opened[0]?.end();
  const states = () => one.heard.flatMap((message) => (message.kind === "state" ? [message.state] : []));
  await until(() => states().includes("lost"));
  refuse.on = false;
  await until(() => opened.length === 2);
  assert.equal(opened[1]?.lastId, "7");
  await until(() => one.of("resumed").length === 1);
  assert.deepEqual(states(), ["connecting", "live", "lost", "live"]);
  hub.receive(one.port, { kind: "bye" });
  await until(() => opened[1]?.isAborted() === true);
});
