import type { ReactNode } from "react";
import { sortText, type SortChoice } from "../format/sort";

/** The box in which a wide table scrolls by itself; it can be focused, so that the keyboard scrolls it too. */
export function TableBox({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div className="table-box" role="region" aria-label={label} tabIndex={0}>
      {children}
    </div>
  );
}

/** The head of a column that can be sorted: a button, with the sort told to assistive technology. */
export function SortHead({ label, sortKey, sort, onSort, number = false, stick = false, descendingFirst = false, title }: {
  label: ReactNode;
  sortKey: string;
  sort: SortChoice;
  onSort: (text: string) => void;
  number?: boolean;
  stick?: boolean;
  descendingFirst?: boolean;
  title?: string;
}) {
  const active = sort.key === sortKey;
  const next = active ? { key: sortKey, descending: !sort.descending } : { key: sortKey, descending: descendingFirst };
  const state = active ? (sort.descending ? "descending" : "ascending") : "none";
  return (
    <th scope="col" aria-sort={state} className={number ? "number" : stick ? "stick-start" : undefined} title={title}>
      <button type="button" className="sort" onClick={() => onSort(sortText(next))}>
        <span>{label}</span>
        <span className="sort-mark" aria-hidden="true">
          {active ? (sort.descending ? "▾" : "▴") : ""}
        </span>
      </button>
    </th>
  );
}
