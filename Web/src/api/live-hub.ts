import { EventParser, type ServerEvent } from "./sse";
import type { ActivityEvent, MetricsEvent } from "./schema";

/** What the hub tells a page. */
export type FromHub =
  | { kind: "state"; state: LiveState }
  | { kind: "activity"; activity: ActivityEvent }
  | { kind: "metrics"; metrics: MetricsEvent }
  /** Topics are followed that were not before: what was read earlier may have changed since, unheard. */
  | { kind: "following"; topics: string[] }
  | { kind: "resumed" };

/** What a page tells the hub: its topics, again and again as a sign of life; none when it is hidden. */
export type ToHub = { kind: "topics"; topics: string[] } | { kind: "bye" };

export type LiveState = "connecting" | "live" | "lost";

export interface HubPort {
  post(message: FromHub): void;
}

interface Subscriber {
  topics: string[];
  heardAt: number;
}

/** What a hub waits for. */
interface Waits {
  /** For more changes of topics before a stream is asked for. */
  debounceMs: number;
  /** How long a stream is read on when another has taken its place: the server holds back a frame for 250 ms. */
  overlapMs: number;
}

const usualWaits: Waits = { debounceMs: 120, overlapMs: 750 };
const silenceMsMax = 40_000;
const subscriberSilenceMsMax = 180_000;
const retryMsMax = 10_000;
const seenMax = 1000;
/** The server takes no more topics in one stream. */
const topicsMax = 200;

/**
 * Holds the one event stream of this browser and hands its events to every page that is subscribed.
 *
 * It reads the stream by fetch, not EventSource: a change of topics can then take the last sequence along, the old
 * stream stays open until the new one has answered and what it held back has come, and the heartbeat is seen.
 */
export class LiveHub {
  private subscribers = new Map<HubPort, Subscriber>();
  private state: LiveState = "connecting";
  private topics = "";
  private followed = new Set<string>();
  private lastId: string | undefined;
  private seen = new Set<string>();
  private current: AbortController | undefined;
  /** The stream whose place `current` takes, until it is let go. */
  private replaced: AbortController | undefined;
  private pending: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private readonly waits: Waits;

  constructor(waits: Partial<Waits> = {}) {
    this.waits = { ...usualWaits, ...waits };
  }

  receive(port: HubPort, message: ToHub): void {
    if (message.kind === "bye") this.subscribers.delete(port);
    else {
      if (!this.subscribers.has(port)) port.post({ kind: "state", state: this.state });
      this.subscribers.set(port, { topics: message.topics, heardAt: Date.now() });
    }
    this.schedule(this.waits.debounceMs);
  }

  private schedule(delayMs: number): void {
    if (this.pending !== undefined) clearTimeout(this.pending);
    this.pending = setTimeout(() => {
      this.pending = undefined;
      this.reconcile();
    }, delayMs);
  }

  private reconcile(): void {
    const oldest = Date.now() - subscriberSilenceMsMax;
    for (const [port, subscriber] of this.subscribers) {
      if (subscriber.heardAt < oldest) this.subscribers.delete(port);
    }
    const union = new Set([...this.subscribers.values()].flatMap((subscriber) => subscriber.topics));
    // Single runs come last, since there may be more of them than fit.
    const isRun = (topic: string) => Number(topic.startsWith("run:"));
    const ordered = [...union].sort((a, b) => isRun(a) - isRun(b) || (a < b ? -1 : 1));
    const topics = ordered.slice(0, topicsMax).join(",");
    if (topics === this.topics && this.current) return;
    // A browser has few connections for one server: one change of topics after the other.
    if (this.replaced && topics !== "") return;
    this.topics = topics;
    if (topics === "") {
      this.current?.abort();
      this.current = undefined;
      this.letGo(this.replaced);
      this.followed.clear();
      return;
    }
    void this.read(topics);
  }

  private async read(topics: string): Promise<void> {
    const previous = this.current;
    const controller = new AbortController();
    this.replaced = previous;
    this.current = controller;
    let quiet = setTimeout(() => controller.abort(), silenceMsMax);
    try {
      const asked = this.lastId;
      const headers: Record<string, string> = { Accept: "text/event-stream" };
      if (asked !== undefined) headers["Last-Event-ID"] = asked;
      const url = `/api/v1/events?topics=${encodeURIComponent(topics)}`;
      const response = await fetch(url, { headers, signal: controller.signal, cache: "no-store" });
      if (!response.ok || !response.body) throw new Error(`events answered ${response.status}`);
      setTimeout(() => this.letGo(previous), this.waits.overlapMs);
      this.opened(topics.split(","));
      const reader = response.body.getReader();
      const decoder = new TextDecoder();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) break;
        clearTimeout(quiet);
        quiet = setTimeout(() => controller.abort(), silenceMsMax);
        for (const event of parser.push(decoder.decode(value, { stream: true }))) this.deliver(event, asked);
      }
    } catch {
      // A broken stream and one that the server ended are the same to the reader: try again below.
    }
    clearTimeout(quiet);
    this.letGo(previous);
    if (this.current === controller) this.broken();
  }

  /** Ends a stream that another has replaced; topics that were changed meanwhile are followed now. */
  private letGo(stream: AbortController | undefined): void {
    stream?.abort();
    if (!stream || this.replaced !== stream) return;
    this.replaced = undefined;
    this.schedule(this.waits.debounceMs);
  }

  private opened(topics: string[]): void {
    const resumes = this.state === "lost";
    const added = topics.filter((topic) => !this.followed.has(topic));
    this.followed = new Set(topics);
    this.failures = 0;
    this.become("live");
    if (resumes) this.broadcast({ kind: "resumed" });
    else if (added.length > 0) this.broadcast({ kind: "following", topics: added });
  }

  private broken(): void {
    this.current = undefined;
    this.become("lost");
    this.failures += 1;
    this.schedule(Math.min(retryMsMax, 500 * 2 ** (this.failures - 1)));
  }

  private become(state: LiveState): void {
    if (this.state === state) return;
    this.state = state;
    this.broadcast({ kind: "state", state });
  }

  /** Takes an event of a stream that was asked for what comes after `asked`. */
  private deliver(event: ServerEvent, asked: string | undefined): void {
    if (event.name === "metrics") {
      this.broadcast({ kind: "metrics", metrics: JSON.parse(event.data) as MetricsEvent });
      return;
    }
    if (event.name === "" && event.id !== undefined) this.begin(event.id, asked);
    if (event.name !== "activity") return;
    if (event.id !== undefined) {
      // Two streams overlap while topics change, so one activity may come twice.
      if (this.seen.has(event.id)) return;
      this.seen.add(event.id);
      if (this.seen.size > seenMax) this.seen.delete(this.seen.values().next().value as string);
      this.advance(event.id);
    }
    this.broadcast({ kind: "activity", activity: JSON.parse(event.data) as ActivityEvent });
  }

  /** A stream goes on after `id`: what is asked for by the next one, even if nothing comes of this. */
  private begin(id: string, asked: string | undefined): void {
    // A stream that goes on before what it was asked for is another database's. What has been seen is no measure: the
    // stream whose place it takes may have told of more meanwhile.
    if (Number(id) >= Number(asked ?? 0)) return this.advance(id);
    this.seen.clear();
    this.lastId = id;
  }

  private advance(id: string): void {
    if (this.lastId === undefined || Number(id) > Number(this.lastId)) this.lastId = id;
  }

  private broadcast(message: FromHub): void {
    for (const port of this.subscribers.keys()) port.post(message);
  }
}
