import type { ReactNode } from "react";

/** A field that narrows a list as one types, how much of the list is shown, and other filters beside it. */
export function FindBar({ label, find, onFind, status, children }: {
  label: string;
  find: string;
  onFind: (text: string) => void;
  status: string;
  children?: ReactNode;
}) {
  return (
    <div className="filter-bar">
      <form role="search" onSubmit={(event) => event.preventDefault()}>
        <input
          type="search"
          aria-label={label}
          placeholder={label}
          data-filter
          value={find}
          onChange={(event) => onFind(event.target.value)}
        />
      </form>
      {children}
      <span className="note" role="status">{status}</span>
    </div>
  );
}
