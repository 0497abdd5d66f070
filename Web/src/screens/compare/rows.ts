import { dimensionOf, type Dimension } from "../../charts/dimension";
import { columnName, columnOf, type ColumnChoice, type RunView } from "../tracking/runs";

/** A line of a comparison: one name, a value for each of the things compared. */
export interface ComparedRow {
  key: string;
  /** As it was recorded; undefined where the thing has none. */
  values: (string | undefined)[];
  differs: boolean;
}

/** Every name of the maps in order, with the value that each map has for it. */
export function comparedRows(maps: readonly ReadonlyMap<string, string>[]): ComparedRow[] {
  const keys = [...new Set(maps.flatMap((map) => [...map.keys()]))].sort((a, b) => a.localeCompare(b));
  return keys.map((key) => {
    const values = maps.map((map) => map.get(key));
    return { key, values, differs: values.some((value) => value !== values[0]) };
  });
}

/** The last values of a run's metrics as text. */
export const metricTexts = (run: RunView) =>
  new Map([...run.metrics].map(([key, metric]) => [key, String(metric.value ?? "")]));

/** The tags of a run that somebody set, without those of MLflow's clients. */
export const ownTags = (run: RunView) => new Map([...run.tags].filter(([key]) => !key.startsWith("mlflow.")));

function textsOf(runs: readonly RunView[], column: ColumnChoice): (string | undefined)[] {
  const { kind, key } = column;
  if (kind !== "metrics") return runs.map((run) => run[kind].get(key));
  return runs.map((run) => {
    const value = run.metrics.get(key)?.value;
    return value === undefined ? undefined : String(value);
  });
}

/** A column of the runs as the axis of a plot. */
export const runDimension = (runs: readonly RunView[], column: ColumnChoice): Dimension =>
  dimensionOf(column.key, textsOf(runs, column));

/** What can be an axis: metrics and params of the runs, those that differ first within each kind. */
export function axisColumns(runs: readonly RunView[]): ColumnChoice[] {
  const ofKind = (kind: "metrics" | "params", maps: ReadonlyMap<string, string>[]) => {
    const rows = comparedRows(maps);
    const ordered = [...rows.filter((row) => row.differs), ...rows.filter((row) => !row.differs)];
    return ordered.map(({ key }) => ({ kind, key }));
  };
  return [
    ...ofKind("params", runs.map((run) => run.params)),
    ...ofKind("metrics", runs.map(metricTexts)),
  ];
}

const differs = (runs: readonly RunView[], column: ColumnChoice) => new Set(textsOf(runs, column)).size > 1;

/** The axes when nobody chose: params that differ, then metrics that are not the system's. */
export function defaultAxes(runs: readonly RunView[], paramsMax = 4, metricsMax = 3): ColumnChoice[] {
  const all = axisColumns(runs);
  const params = all.filter((column) => column.kind === "params" && differs(runs, column));
  const metrics = all.filter((column) => column.kind === "metrics" && !column.key.startsWith("system/"));
  return [...params.slice(0, paramsMax), ...metrics.slice(0, metricsMax)];
}

/** The pair of a scatter plot when nobody chose: a param of numbers that differs, or else a metric, against a metric. */
export function defaultPair(runs: readonly RunView[]): [ColumnChoice, ColumnChoice] | undefined {
  const all = axisColumns(runs);
  const metrics = all.filter((column) => column.kind === "metrics");
  const params = all.filter((column) => column.kind === "params" && differs(runs, column));
  const numeric = params.find((column) => runDimension(runs, column).kind === "number");
  const x = numeric ?? metrics[1] ?? params[0] ?? metrics[0];
  const y = metrics.find((column) => column !== x) ?? metrics[0];
  return x && y ? [x, y] : undefined;
}

/** A list of columns as the URL has it. */
export const columnsText = (columns: readonly ColumnChoice[]) => columns.map(columnName).join("|");

/** The columns that such a text names. */
export const columnsOf = (text: string) =>
  text.split("|").map(columnOf).filter((column): column is ColumnChoice => column !== undefined);
