import { useSyncExternalStore } from "react";
import { formatAge, formatMoment, isMoment } from "../format/time";

const tickMs = 5000;
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick(): void {
  if (document.visibilityState === "hidden") return;
  now = Date.now();
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(tick, tickMs);
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) {
      clearInterval(timer);
      timer = undefined;
    }
  };
}

/** The time now, as one clock for the page that moves every few seconds. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** A moment as its age; the exact time is in its title. */
export function Age({ at }: { at: number | undefined }) {
  const current = useNow();
  if (!isMoment(at)) return <>—</>;
  return (
    <time dateTime={new Date(at).toISOString()} title={formatMoment(at)}>
      {formatAge(at, Math.max(current, at))}
    </time>
  );
}
