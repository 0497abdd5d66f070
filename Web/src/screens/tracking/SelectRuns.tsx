import type { RunSelection } from "./RunsTable";
import type { RunView } from "./runs";

/** Chooses all of some runs, or none of them. */
export function SelectRuns({ label, runs, selection }: { label: string; runs: RunView[]; selection: RunSelection }) {
  const chosen = runs.filter((run) => selection.ids.has(run.id)).length;
  const all = chosen === runs.length;
  return (
    <input
      type="checkbox"
      aria-label={label}
      checked={all}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && !all;
      }}
      onChange={() => selection.toggle(runs.map((run) => run.id), !all)}
    />
  );
}
