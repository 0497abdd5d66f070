import { useRef } from "react";
import type { SortChoice } from "../../format/sort";
import type { RowHolders } from "../../ui/held-rows";
import { SortHead, TableBox } from "../../ui/table";
import type { RowsContext } from "./RunRow";
import { RunRows, useNestedCounts } from "./RunRows";
import { columnName, runTree, withParents, type ColumnChoice, type RunView } from "./runs";
import { SelectRuns } from "./SelectRuns";

/** Whether a run began while this table was on the screen. */
function useIsNew(): (run: RunView) => boolean {
  const openedAt = useRef(Date.now());
  return (run) => (run.startTime ?? 0) > openedAt.current;
}

function headLabel(column: ColumnChoice) {
  return column.kind === "tags" ? `${column.key} (tag)` : column.key;
}

/** What is chosen among the rows, and the way to change it. */
export interface RunSelection {
  ids: ReadonlySet<string>;
  toggle: (ids: readonly string[], on: boolean) => void;
}

/**
 * The table of runs. Children stand under their parents; a click on a param or tag adds it to the filter.
 *
 * `parents` are runs in which some of `rows` are nested, and which are not among them.
 */
export function RunsTable({ experimentId, rows, parents, sort, onSort, holders, ...shared }: {
  experimentId: string;
  rows: RunView[];
  parents: RunView[];
  sort: SortChoice;
  onSort: (text: string) => void;
  holders: RowHolders;
} & Omit<RowsContext, "isNew" | "absent" | "nestedCounts">) {
  const isNew = useIsNew();
  const head = { sort, onSort };
  const absent = new Set(parents.map((run) => run.id));
  const all = withParents(rows, parents);
  const context = { ...shared, isNew, absent, nestedCounts: useNestedCounts(experimentId, all) };
  const { columns, selection } = shared;
  return (
    <div className="framed-box" {...holders}>
      <TableBox label="Runs">
        <table>
          <thead>
            <tr>
              <th scope="col" className="cell-check">
                <SelectRuns label="Select all runs of this page" runs={rows} selection={selection} />
              </th>
              <SortHead label="Run" sortKey="run_name" stick {...head} />
              <SortHead label="Status" sortKey="status" {...head} />
              <SortHead label="Began" sortKey="start_time" descendingFirst {...head} />
              <th scope="col" className="number">Duration</th>
              {columns.map((column) => (
                <SortHead
                  key={columnName(column)}
                  label={headLabel(column)}
                  sortKey={columnName(column)}
                  number={column.kind === "metrics"}
                  title={column.kind === "metrics" ? "last value" : undefined}
                  {...head}
                />
              ))}
            </tr>
          </thead>
          <tbody>
            <RunRows nodes={runTree(all)} depth={0} context={context} />
          </tbody>
        </table>
      </TableBox>
    </div>
  );
}
