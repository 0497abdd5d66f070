import { useRef } from "react";
import { runStyle } from "../../charts/run-style";
import { Spark } from "../../charts/spark";
import { formatNumber, numberOf } from "../../format/number";
import type { SortChoice } from "../../format/sort";
import { formatDuration } from "../../format/time";
import { places } from "../../places";
import { Link } from "../../router";
import { Swatch } from "../../ui/basics";
import { Age, useNow } from "../../ui/now";
import { RunStatus } from "../../ui/status";
import { SortHead, TableBox } from "../../ui/table";
import {
  columnName, durationMs, filterWith, nestRuns, type ColumnChoice, type RunView,
} from "./runs";
import type { Sparks } from "./useSparks";

function MetricCell({ run, metricKey, sparks }: { run: RunView; metricKey: string; sparks: Sparks }) {
  const points = sparks.get(metricKey)?.get(run.id) ?? [];
  const metric = run.metrics.get(metricKey);
  const newest = points[points.length - 1];
  const isNewer = newest !== undefined && (metric === undefined || newest.step >= (metric.step ?? 0));
  const value = isNewer ? newest.value : numberOf(metric?.value);
  const step = isNewer ? newest.step : metric?.step;
  return (
    <td className="number">
      <span className="cell-metric" title={step === undefined ? undefined : `last value, step ${step}`}>
        {points.length > 1 && <Spark values={points.map((point) => point.value)} colour={runStyle(run.id).colour} />}
        <span>{formatNumber(value)}</span>
      </span>
    </td>
  );
}

function TextCell({ value, onFilter }: { value: string | undefined; onFilter: (value: string) => void }) {
  if (value === undefined) return <td className="quiet">—</td>;
  return (
    <td>
      <button
        type="button"
        className="cell-value"
        aria-label={`Filter by ${value}`}
        title={`Filter by ${value}`}
        onClick={() => onFilter(value)}
      >
        <span className="cell-clip">{value === "" ? "“”" : value}</span>
      </button>
    </td>
  );
}

/** Whether a run began while this table was on the screen: such a row is shown with a short glow. */
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

/** Chooses all rows of the page, or none. */
function SelectAll({ rows, selection }: { rows: RunView[]; selection: RunSelection }) {
  const chosen = rows.filter((run) => selection.ids.has(run.id)).length;
  const all = chosen === rows.length;
  return (
    <input
      type="checkbox"
      aria-label="Select all runs of this page"
      checked={all}
      ref={(box) => {
        if (box) box.indeterminate = chosen > 0 && !all;
      }}
      onChange={() => selection.toggle(rows.map((run) => run.id), !all)}
    />
  );
}

/** The table of runs. Children stand under their parents; a click on a param or tag adds it to the filter. */
export function RunsTable({ rows, columns, sparks, sort, onSort, filter, onFilter, onHold, selection }: {
  rows: RunView[];
  columns: ColumnChoice[];
  sparks: Sparks;
  sort: SortChoice;
  onSort: (text: string) => void;
  filter: string;
  onFilter: (text: string) => void;
  onHold: (hold: boolean) => void;
  selection: RunSelection;
}) {
  const now = useNow();
  const isNew = useIsNew();
  const head = { sort, onSort };
  return (
    <div
      className="framed-box"
      onPointerEnter={() => onHold(true)}
      onPointerLeave={() => onHold(false)}
    >
      <TableBox label="Runs">
        <table>
          <thead>
            <tr>
              <th scope="col" className="cell-check"><SelectAll rows={rows} selection={selection} /></th>
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
            {nestRuns(rows).map(({ run, depth }) => (
              <tr
                key={run.id}
                className={[isNew(run) && "row-new", selection.ids.has(run.id) && "chosen"].filter(Boolean).join(" ")}
              >
                <td className="cell-check">
                  <input
                    type="checkbox"
                    aria-label={`Select ${run.name}`}
                    data-row-select
                    checked={selection.ids.has(run.id)}
                    onChange={(event) => selection.toggle([run.id], event.target.checked)}
                  />
                </td>
                <th scope="row" className="stick-start">
                  <span className={`indent-${Math.min(depth, 2)}`}>
                    <Link className="cell-name" href={places.run(run.id)} data-row-link>
                      <Swatch colour={runStyle(run.id).colour} />
                      {run.name}
                    </Link>
                  </span>
                </th>
                <td><RunStatus status={run.status} /></td>
                <td><Age at={run.startTime} /></td>
                <td className="number">{formatDuration(durationMs(run, now))}</td>
                {columns.map((column) =>
                  column.kind === "metrics" ? (
                    <MetricCell key={columnName(column)} run={run} metricKey={column.key} sparks={sparks} />
                  ) : (
                    <TextCell
                      key={columnName(column)}
                      value={run[column.kind].get(column.key)}
                      onFilter={(value) => onFilter(filterWith(filter, column, value))}
                    />
                  ),
                )}
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </div>
  );
}
