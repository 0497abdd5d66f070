import { useEffect, useRef, useState, type FocusEvent } from "react";

/**
 * The rows to show, when those that came since are held back: old rows in their order, with their newest content.
 *
 * Rows that are not in `now` any more go, or stay as they are where `keepsGone`.
 */
export function heldRows<T extends { id: string }>(shown: readonly T[], now: readonly T[], keepsGone = false): T[] {
  const current = new Map(now.map((row) => [row.id, row]));
  return shown.flatMap((row) => current.get(row.id) ?? (keepsGone ? row : []));
}

/**
 * Keeps rows still while the pointer or the focus is on them: new rows are counted and wait, values change in place.
 *
 * `subject` names the question asked; with another question the rows are simply the answer. `keepsGone` is for lists of
 * which new rows push out the old. `holders` go to the element around the rows.
 */
export function useHeldRows<T extends { id: string }>(now: T[], subject: string, keepsGone = false) {
  const [isPointed, setPointed] = useState(false);
  const [isFocused, setFocused] = useState(false);
  const shown = useRef<{ subject: string; rows: T[] }>({ subject: "", rows: [] });
  const isHeld = (isPointed || isFocused) && shown.current.subject === subject && shown.current.rows.length > 0;
  const rows = isHeld ? heldRows(shown.current.rows, now, keepsGone) : now;
  if (!isHeld) shown.current = { subject, rows: now };
  const known = new Set(shown.current.rows.map((row) => row.id));
  const waiting = isHeld ? now.filter((row) => !known.has(row.id)).length : 0;
  useEffect(() => {
    // A row that goes takes the focus with it, of which no event tells.
    if (isFocused && document.activeElement === document.body) setFocused(false);
  });
  const holders = {
    onPointerEnter: () => setPointed(true),
    onPointerLeave: () => setPointed(false),
    onFocus: () => setFocused(true),
    onBlur: ({ currentTarget, relatedTarget }: FocusEvent) => setFocused(currentTarget.contains(relatedTarget)),
  };
  const release = () => {
    setPointed(false);
    setFocused(false);
  };
  return { rows, waiting, holders, release };
}

/** What an element around rows that are kept still tells. */
export type RowHolders = ReturnType<typeof useHeldRows>["holders"];
