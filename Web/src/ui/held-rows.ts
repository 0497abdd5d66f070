import { useRef, useState } from "react";

/** The rows to show, when those that came since are held back: old rows in their order, with their newest content. */
export function heldRows<T extends { id: string }>(shown: readonly string[], now: readonly T[]): T[] {
  const current = new Map(now.map((row) => [row.id, row]));
  return shown.flatMap((id) => current.get(id) ?? []);
}

/**
 * Keeps rows still while the pointer or the focus is on them: new rows are counted and wait, values change in place.
 *
 * `subject` names the question asked; with another question the rows are simply the answer.
 */
export function useHeldRows<T extends { id: string }>(now: T[], subject: string) {
  const [holding, setHolding] = useState(false);
  const shown = useRef<{ subject: string; ids: string[] }>({ subject: "", ids: [] });
  const isHeld = holding && shown.current.subject === subject && shown.current.ids.length > 0;
  const rows = isHeld ? heldRows(shown.current.ids, now) : now;
  if (!isHeld) shown.current = { subject, ids: now.map((row) => row.id) };
  const known = new Set(shown.current.ids);
  const waiting = isHeld ? now.filter((row) => !known.has(row.id)).length : 0;
  return { rows, waiting, hold: setHolding, release: () => setHolding(false) };
}
