import { useCallback, useEffect, useSyncExternalStore } from "react";
import { followTopics, liveState, onActivity, onFollowing, onResumed } from "./live";

/** Stands for every activity that comes; it is not asked of the server. */
export const anyTopic = "*";

/** What to ask, how to name the answer in the cache, and which topics make it stale. */
export interface Query<T> {
  key: string;
  topics: readonly string[];
  /** Topics that follow from what was answered. */
  topicsOf?: (value: T) => readonly string[];
  load: (signal: AbortSignal) => Promise<T>;
  /** How long an answer is good, where parts of it change without an event; undefined where events say it all. */
  pollMs?: (value: T) => number | undefined;
}

export interface Answer<T> {
  value?: T;
  error?: Error;
  loading: boolean;
}

interface Entry {
  query: Query<unknown>;
  answer: Answer<unknown>;
  startedAt: number;
  timer?: ReturnType<typeof setTimeout> | undefined;
  poll?: ReturnType<typeof setTimeout> | undefined;
  abort?: AbortController | undefined;
  listeners: Set<() => void>;
}

/** A query is not asked again within this time, however many events name it. */
const coalesceMs = 400;
const freshMs = 1500;
const pollMs = 10_000;
const entriesMax = 300;

const entries = new Map<string, Entry>();
const busyListeners = new Set<() => void>();
let busy = 0;

function changeBusy(by: number): void {
  busy += by;
  for (const listener of busyListeners) listener();
}

function publish(entry: Entry, answer: Answer<unknown>): void {
  entry.answer = answer;
  for (const listener of entry.listeners) listener();
}

async function load(entry: Entry): Promise<void> {
  entry.abort?.abort();
  const abort = new AbortController();
  entry.abort = abort;
  entry.startedAt = Date.now();
  publish(entry, { ...entry.answer, loading: true });
  changeBusy(1);
  try {
    const value = await entry.query.load(abort.signal);
    if (entry.abort === abort) publish(entry, { value, loading: false });
  } catch (error) {
    if (entry.abort === abort) {
      // What was read before stays on the screen beside the error.
      publish(entry, { value: entry.answer.value, error: error as Error, loading: false });
    }
  } finally {
    changeBusy(-1);
    if (entry.abort === abort) {
      entry.abort = undefined;
      schedulePoll(entry);
    }
  }
}

/** Asks again when the answer is as old as its query allows. */
function schedulePoll(entry: Entry): void {
  clearTimeout(entry.poll);
  const wait = entry.answer.value === undefined ? undefined : entry.query.pollMs?.(entry.answer.value);
  if (wait === undefined || entry.listeners.size === 0) return;
  entry.poll = setTimeout(() => {
    if (document.visibilityState === "visible") refresh(entry);
    else schedulePoll(entry);
  }, wait);
}

/** Asks again now, or when the coalescing time is over; an entry that nobody looks at is asked when one does. */
function refresh(entry: Entry): void {
  if (entry.listeners.size === 0) {
    entry.startedAt = 0;
    return;
  }
  if (entry.timer !== undefined) return;
  const wait = Math.max(0, entry.startedAt + coalesceMs - Date.now());
  entry.timer = setTimeout(() => {
    entry.timer = undefined;
    if (entry.listeners.size > 0) void load(entry);
    else entry.startedAt = 0;
  }, wait);
}

function topicsOf<T>(query: Query<T>, { value }: Answer<T>): readonly string[] {
  const more = value === undefined ? undefined : query.topicsOf?.(value);
  return more ? [...query.topics, ...more] : query.topics;
}

/** Marks as stale what depends on one of the topics. */
export function invalidate(topics: readonly string[]): void {
  const named = new Set(topics);
  for (const entry of entries.values()) {
    if (topicsOf(entry.query, entry.answer).some((topic) => named.has(topic))) refresh(entry);
  }
}

function invalidateAll(): void {
  for (const entry of entries.values()) refresh(entry);
}

/** Binds the cache to the event stream; without the stream it polls. Called once, when the page starts. */
export function startQueries(): void {
  onActivity((activity) => invalidate([...activity.topics, anyTopic]));
  onFollowing(invalidate);
  onResumed(invalidateAll);
  setInterval(() => {
    if (liveState() !== "live" && document.visibilityState === "visible") invalidateAll();
  }, pollMs);
}

function entryOf(query: Query<unknown>): Entry {
  let entry = entries.get(query.key);
  if (!entry) {
    for (const [key, old] of entries) {
      if (entries.size < entriesMax) break;
      if (old.listeners.size === 0) entries.delete(key);
    }
    entry = { query, answer: { loading: true }, startedAt: 0, listeners: new Set() };
    entries.set(query.key, entry);
  }
  entry.query = query;
  return entry;
}

const nothing: Answer<never> = { loading: false };

/** The answer to a query, kept current while the component is mounted. `null` asks nothing. */
export function useQuery<T>(query: Query<T> | null): Answer<T> & { reload: () => void } {
  const entry = query ? entryOf(query as Query<unknown>) : undefined;
  const key = query?.key;
  const subscribe = useCallback(
    (listener: () => void) => {
      const current = key === undefined ? undefined : entries.get(key);
      if (!current) return () => undefined;
      current.listeners.add(listener);
      if (Date.now() - current.startedAt > freshMs && !current.abort) void load(current);
      return () => current.listeners.delete(listener);
    },
    [key],
  );
  const answer = useSyncExternalStore(subscribe, () => entry?.answer ?? nothing) as Answer<T>;
  const topics = query ? topicsOf(query, answer).filter((topic) => topic !== anyTopic).join(",") : "";
  useEffect(() => (topics ? followTopics(topics.split(",")) : undefined), [topics]);
  const reload = useCallback(() => {
    const current = key === undefined ? undefined : entries.get(key);
    if (current) void load(current);
  }, [key]);
  return { ...answer, reload };
}

/** Whether there is something to show for a query: what was read, or why nothing was. */
export const hasSettled = (answer: Answer<unknown>) =>
  answer.value !== undefined || answer.error !== undefined || !answer.loading;

/** Whether any query runs. */
export function useBusy(): boolean {
  return useSyncExternalStore(
    (listener) => {
      busyListeners.add(listener);
      return () => busyListeners.delete(listener);
    },
    () => busy > 0,
  );
}
