import type { NestedRunCount } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { Spark } from "../../charts/spark";
import { formatCount, formatNumber, numberOf } from "../../format/number";
import { formatDuration } from "../../format/time";
import { places } from "../../places";
import { Link } from "../../router";
import { Swatch } from "../../ui/basics";
import { Age, useNow } from "../../ui/now";
import { RunStatus } from "../../ui/status";
import { columnName, durationMs, filterWith, type ColumnChoice, type RunView } from "./runs";
import type { RunSelection } from "./RunsTable";
import type { Sparks } from "./useSparks";

/** What the rows of one table share. */
export interface RowsContext {
  columns: ColumnChoice[];
  sparks: Sparks;
  filter: string;
  onFilter: (text: string) => void;
  orderBy: string;
  selection: RunSelection;
  /** How many runs are nested in each, as far as that is known. */
  nestedCounts: ReadonlyMap<string, NestedRunCount>;
  /** Whether a run began while the table was on the screen: such a row is shown with a short glow. */
  isNew: (run: RunView) => boolean;
  /** Runs that are here only because others are nested in them. */
  absent: ReadonlySet<string>;
}

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

/** How many runs are nested in one: those that are shown beneath it, and those that the server counted. */
export interface NestedCount {
  shown: number;
  counted: NestedRunCount | undefined;
}

/** The most that is known. */
export const nestedTotal = ({ shown, counted }: NestedCount) => Math.max(shown, counted?.count ?? 0);
export const nestedText = (count: NestedCount) =>
  `${formatCount(nestedTotal(count))}${count.counted?.truncated ? "+" : ""}`;

/** A run in the table, with the button that shows what is nested in it. */
export function RunRow({ run, depth, nested, open, onToggle, context }: {
  run: RunView;
  depth: number;
  nested: NestedCount;
  /** Whether the nested runs are shown. */
  open: boolean;
  onToggle: () => void;
  context: RowsContext;
}) {
  const { columns, sparks, filter, onFilter, selection, isNew, absent } = context;
  const now = useNow();
  const isAbsent = absent.has(run.id);
  const classes = [isNew(run) && "row-new", selection.ids.has(run.id) && "chosen", isAbsent && "row-absent"];
  return (
    <tr className={classes.filter(Boolean).join(" ")}>
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
        <span className={`run-head indent-${Math.min(depth, 2)}`}>
          <Link className="cell-name" href={places.run(run.id)} data-row-link>
            <Swatch colour={runStyle(run.id).colour} />
            {run.name}
          </Link>
          {nestedTotal(nested) > 0 && (
            <button
              type="button"
              className="plain nested-toggle"
              aria-expanded={open}
              aria-label={`${nestedText(nested)} runs nested in ${run.name}`}
              title={open ? "Fold the nested runs" : "Unfold the nested runs"}
              onClick={onToggle}
            >
              <span aria-hidden="true">{open ? "▾" : "▸"}</span>
              {nestedText(nested)}
            </button>
          )}
          {isAbsent && <span className="note" title="It is here for the runs nested in it.">elsewhere</span>}
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
  );
}
