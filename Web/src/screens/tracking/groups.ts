import { numberOf } from "../../format/number";
import type { ColumnChoice, RunView } from "./runs";

/** The last values of a metric of some runs. */
export interface MetricSummary {
  /** Of the finite values; undefined without any. */
  mean: number | undefined;
  /** The sample's standard deviation; undefined with fewer than two finite values. */
  deviation: number | undefined;
  /** How many values are finite. */
  finite: number;
  /** How many are NaN or infinite. */
  notFinite: number;
}

/** Runs that have the same value in a column. */
export interface RunGroup {
  /** Undefined for the runs without one. */
  value: string | undefined;
  runs: RunView[];
}

/** Runs by their value in a column of params or tags; a group stands where its first run does. */
export function groupRuns(runs: readonly RunView[], column: ColumnChoice): RunGroup[] {
  const groups = new Map<string | undefined, RunView[]>();
  for (const run of runs) {
    const value = column.kind === "metrics" ? undefined : run[column.kind].get(column.key);
    const members = groups.get(value);
    if (members) members.push(run);
    else groups.set(value, [run]);
  }
  return [...groups].map(([value, members]) => ({ value, runs: members }));
}

// MLflow stores the infinities as the largest double.
const isFiniteValue = (value: number) => Math.abs(value) < Number.MAX_VALUE;

/** The last values of a metric: mean and spread of those that are finite. */
export function metricSummary(runs: readonly RunView[], key: string): MetricSummary {
  const values = runs.flatMap((run) => numberOf(run.metrics.get(key)?.value) ?? []);
  const finite = values.filter(isFiniteValue);
  const notFinite = values.length - finite.length;
  if (finite.length === 0) return { mean: undefined, deviation: undefined, finite: 0, notFinite };
  const mean = finite.reduce((sum, value) => sum + value / finite.length, 0);
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const deviation = finite.length > 1 ? Math.sqrt(squares / (finite.length - 1)) : undefined;
  return { mean, deviation, finite: finite.length, notFinite };
}
