import { comparedMax } from "../../api/queries";
import { places } from "../../places";
import { Link } from "../../router";
import type { RunSelection } from "./RunsTable";

/** What can be done with the runs that are chosen. */
export function SelectionBar({ selection }: { selection: RunSelection }) {
  const ids = [...selection.ids];
  if (ids.length === 0) return null;
  return (
    <div className="selection-bar" role="group" aria-label="Selected runs">
      <span role="status">{ids.length} selected</span>
      <Link className="button primary" href={places.compare(ids)} data-compare title="Compare (c)">
        Compare
      </Link>
      {ids.length > comparedMax && <span className="note">the first {comparedMax}</span>}
      <button type="button" onClick={() => selection.toggle(ids, false)}>Clear</button>
    </div>
  );
}
