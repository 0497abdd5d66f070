import { useSyncExternalStore } from "react";

interface Toast {
  id: number;
  text: string;
  bad: boolean;
}

const shownMs = 5000;
const listeners = new Set<() => void>();
let toasts: readonly Toast[] = [];
let lastId = 0;

function change(next: readonly Toast[]): void {
  toasts = next;
  for (const listener of listeners) listener();
}

/** Says in passing what was done, or why not. */
export function toast(text: string, options: { bad?: boolean } = {}): void {
  lastId += 1;
  const one = { id: lastId, text, bad: options.bad ?? false };
  change([...toasts.slice(-3), one]);
  setTimeout(() => change(toasts.filter((other) => other !== one)), shownMs);
}

/** Where the toasts stand; a polite live region. */
export function Toasts() {
  const shown = useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => toasts,
  );
  return (
    <div className="toasts" role="status" aria-live="polite">
      {shown.map((one) => (
        <p key={one.id} className={one.bad ? "toast toast-bad" : "toast"}>
          {one.text}
        </p>
      ))}
    </div>
  );
}
