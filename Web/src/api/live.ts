import { LiveHub, type FromHub, type LiveState, type ToHub } from "./live-hub";
import type { ActivityEvent, MetricsEvent } from "./schema";

type Listener<T> = (value: T) => void;

/** How often a page tells the hub that it is still there. */
const signOfLifeMs = 30_000;

const activityListeners = new Set<Listener<ActivityEvent>>();
const metricListeners = new Set<Listener<MetricsEvent>>();
const followingListeners = new Set<Listener<string[]>>();
const resumeListeners = new Set<() => void>();
const stateListeners = new Set<() => void>();
const topicCounts = new Map<string, number>();

let state: LiveState = "connecting";
let scheduled = false;
let send: ((message: ToHub) => void) | undefined;

function receive(message: FromHub): void {
  if (message.kind === "activity") for (const listener of activityListeners) listener(message.activity);
  else if (message.kind === "metrics") for (const listener of metricListeners) listener(message.metrics);
  else if (message.kind === "following") for (const listener of followingListeners) listener(message.topics);
  else if (message.kind === "resumed") for (const listener of resumeListeners) listener();
  else {
    state = message.state;
    for (const listener of stateListeners) listener();
  }
}

function connect(): (message: ToHub) => void {
  if (typeof SharedWorker === "function") {
    const worker = new SharedWorker(LIVE_WORKER_URL, { name: "martlet-live" });
    worker.port.onmessage = (message: MessageEvent<FromHub>) => receive(message.data);
    return (message) => worker.port.postMessage(message);
  }
  const hub = new LiveHub();
  const port = { post: receive };
  return (message) => hub.receive(port, message);
}

function tell(): void {
  scheduled = false;
  const topics = document.visibilityState === "hidden" ? [] : [...topicCounts.keys()];
  send?.({ kind: "topics", topics });
}

function scheduleTell(): void {
  if (scheduled) return;
  scheduled = true;
  queueMicrotask(tell);
}

/** Opens the way to the hub. Called once, when the page starts. */
export function startLive(): void {
  send = connect();
  setInterval(tell, signOfLifeMs);
  addEventListener("pagehide", () => send?.({ kind: "bye" }));
  addEventListener("pageshow", scheduleTell);
  document.addEventListener("visibilitychange", () => {
    tell();
    // What happened while nobody looked was not followed.
    if (document.visibilityState === "visible") for (const listener of resumeListeners) listener();
  });
  scheduleTell();
}

/** Follows topics until the returned function is called. */
export function followTopics(topics: readonly string[]): () => void {
  for (const topic of topics) topicCounts.set(topic, (topicCounts.get(topic) ?? 0) + 1);
  scheduleTell();
  return () => {
    for (const topic of topics) {
      const count = (topicCounts.get(topic) ?? 1) - 1;
      if (count === 0) topicCounts.delete(topic);
      else topicCounts.set(topic, count);
    }
    scheduleTell();
  };
}

function register<T>(set: Set<T>, listener: T): () => void {
  set.add(listener);
  return () => set.delete(listener);
}

export const onActivity = (listener: Listener<ActivityEvent>) => register(activityListeners, listener);
export const onMetrics = (listener: Listener<MetricsEvent>) => register(metricListeners, listener);
/** Called with topics that are followed from now on: what was read of them before may be old. */
export const onFollowing = (listener: Listener<string[]>) => register(followingListeners, listener);
/** Called when events may have been missed: after a break, and when a hidden page is shown again. */
export const onResumed = (listener: () => void) => register(resumeListeners, listener);
export const onLiveState = (listener: () => void) => register(stateListeners, listener);
export const liveState = (): LiveState => state;
