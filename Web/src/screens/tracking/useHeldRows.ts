import { useRef, useState } from "react";
import type { RunView } from "./runs";

/** The rows to show, when those that came since are held back: old rows in their order, with their newest content. */
export function heldRows(shown: readonly string[], now: readonly RunView[]): RunView[] {
  const current = new Map(now.map((run) => [run.id, run]));
  return shown.flatMap((id) => current.get(id) ?? []);
}

/**
 * Keeps rows still while the pointer or the focus is on them: new runs are counted and wait, values change in place.
 *
 * `subject` names the question asked; with another question the rows are simply the answer.
 */
export function useHeldRows(runs: RunView[], subject: string) {
  const [holding, setHolding] = useState(false);
  const shown = useRef<{ subject: string; ids: string[] }>({ subject: "", ids: [] });
  const isHeld = holding && shown.current.subject === subject && shown.current.ids.length > 0;
  const rows = isHeld ? heldRows(shown.current.ids, runs) : runs;
  if (!isHeld) shown.current = { subject, ids: runs.map((run) => run.id) };
  const known = new Set(shown.current.ids);
  const waiting = isHeld ? runs.filter((run) => !known.has(run.id)).length : 0;
  return { rows, waiting, hold: setHolding, release: () => setHolding(false) };
}
