import type { Metric, Run } from "../../api/schema";
import { numberOf } from "../../format/number";
import type { SortChoice } from "../../format/sort";

/** What the screens need of a run; fields that MLflow leaves out are "" or undefined. */
export interface RunView {
  id: string;
  name: string;
  experimentId: string;
  status: string;
  startTime: number | undefined;
  endTime: number | undefined;
  userId: string;
  artifactUri: string;
  deleted: boolean;
  parentId: string | undefined;
  metrics: Map<string, Metric>;
  params: Map<string, string>;
  tags: Map<string, string>;
}

export function runView(run: Run): RunView {
  const info = run.info ?? {};
  const tags = new Map((run.data?.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""]));
  return {
    id: info.run_id ?? info.run_uuid ?? "",
    name: info.run_name || tags.get("mlflow.runName") || info.run_id || "",
    experimentId: info.experiment_id ?? "",
    status: info.status ?? "",
    startTime: info.start_time || undefined,
    endTime: info.end_time || undefined,
    userId: info.user_id || tags.get("mlflow.user") || "",
    artifactUri: info.artifact_uri ?? "",
    deleted: info.lifecycle_stage === "deleted",
    parentId: tags.get("mlflow.parentRunId"),
    metrics: new Map((run.data?.metrics ?? []).map((metric) => [metric.key ?? "", metric])),
    params: new Map((run.data?.params ?? []).map((param) => [param.key ?? "", param.value ?? ""])),
    tags,
  };
}

/** Duration of a run in milliseconds: to its end, or until now while it runs; undefined when it says neither. */
export function durationMs(run: RunView, now: number): number | undefined {
  if (run.startTime === undefined) return undefined;
  if (run.endTime !== undefined) return Math.max(0, run.endTime - run.startTime);
  return run.status === "RUNNING" ? Math.max(0, now - run.startTime) : undefined;
}

/** A run with those of a list that are nested in it. */
export interface RunNode {
  run: RunView;
  children: RunNode[];
}

/** Puts children under their parents where both are in the list; the order is otherwise kept. */
export function runTree(runs: readonly RunView[]): RunNode[] {
  const nodes = new Map(runs.map((run) => [run.id, { run, children: [] as RunNode[] }]));
  /** Whether a run's parents end at one that has none here; those of a circle do not. */
  const hasRoot = (run: RunView) => {
    const passed = new Set<string>();
    let at: RunView | undefined = run;
    while (at?.parentId !== undefined && nodes.has(at.parentId)) {
      if (passed.has(at.id)) return false;
      passed.add(at.id);
      at = nodes.get(at.parentId)?.run;
    }
    return true;
  };
  const roots: RunNode[] = [];
  for (const node of nodes.values()) {
    const parent = node.run.parentId === undefined ? undefined : nodes.get(node.run.parentId);
    if (parent && hasRoot(node.run)) parent.children.push(node);
    else roots.push(node);
  }
  return roots;
}

/** The parents that runs name and that are not among them. What can't be the id of a run is left out. */
export function absentParents(runs: readonly RunView[]): string[] {
  const here = new Set(runs.map((run) => run.id));
  const named = runs.flatMap((run) => run.parentId ?? []);
  return [...new Set(named)].filter((id) => !here.has(id) && /^[\w-]{1,64}$/.test(id));
}

/** Runs with each of some parents before the first that is nested in it. */
export function withParents(runs: readonly RunView[], parents: readonly RunView[]): RunView[] {
  const left = new Map(parents.map((run) => [run.id, run]));
  return runs.flatMap((run) => {
    const parent = run.parentId === undefined ? undefined : left.get(run.parentId);
    if (!parent) return [run];
    left.delete(parent.id);
    return [parent, run];
  });
}

/** Which runs of an experiment are listed. */
export type RunsShown = "all" | "top" | "deleted";

export const runsShownOf = (text: string): RunsShown => (text === "top" || text === "deleted" ? text : "all");

const parentTag = "tags.`mlflow.parentRunId`";

/** The filter of the runs that are nested in none, among those of another filter. */
export const topFilter = (filter: string) => [filter.trim(), `${parentTag} IS NULL`].filter(Boolean).join(" and ");

/** The filter of the runs that are nested in one. */
export const nestedFilter = (parentId: string) => `${parentTag} = "${parentId}"`;

/** Columns of the runs table: "metrics.KEY", "params.KEY", "tags.KEY". */
export interface ColumnChoice {
  kind: "metrics" | "params" | "tags";
  key: string;
}

export const columnName = (column: ColumnChoice) => `${column.kind}.${column.key}`;

export function columnOf(name: string): ColumnChoice | undefined {
  const match = /^(metrics|params|tags)\.(.+)$/.exec(name);
  return match ? { kind: match[1] as ColumnChoice["kind"], key: match[2] as string } : undefined;
}

/** Every metric and param of the runs, and tags that are not the system's; the most frequent first. */
export function availableColumns(runs: readonly RunView[]): ColumnChoice[] {
  const count = (keys: (run: RunView) => Iterable<string>) => {
    const counts = new Map<string, number>();
    for (const run of runs) for (const key of keys(run)) counts.set(key, (counts.get(key) ?? 0) + 1);
    return [...counts].sort(([a, m], [b, n]) => n - m || a.localeCompare(b)).map(([key]) => key);
  };
  return [
    ...count((run) => run.metrics.keys()).map((key) => ({ kind: "metrics" as const, key })),
    ...count((run) => run.params.keys()).map((key) => ({ kind: "params" as const, key })),
    ...count((run) => run.tags.keys())
      .filter((key) => !key.startsWith("mlflow."))
      .map((key) => ({ kind: "tags" as const, key })),
  ];
}

/** What the table shows when nobody chose: the first metrics, then params that differ between runs before others. */
export function defaultColumns(runs: readonly RunView[], metricsMax = 4, paramsMax = 4): ColumnChoice[] {
  const all = availableColumns(runs);
  const differs = (key: string) => new Set(runs.map((run) => run.params.get(key))).size > 1;
  const params = all.filter((column) => column.kind === "params");
  const ranked = [...params.filter((column) => differs(column.key)), ...params.filter((column) => !differs(column.key))];
  return [
    ...all.filter((column) => column.kind === "metrics" && !column.key.startsWith("system/")).slice(0, metricsMax),
    ...ranked.slice(0, paramsMax),
  ];
}

/** The order_by item of MLflow's grammar. */
export function orderBy(sort: SortChoice): string {
  const column = columnOf(sort.key);
  const field = column ? `${column.kind}.\`${column.key}\`` : `attributes.${sort.key}`;
  return `${field} ${sort.descending ? "DESC" : "ASC"}`;
}

/** Adds "column = value" to a filter. A value with both kinds of quotes cannot be written and is left out. */
export function filterWith(filter: string, column: ColumnChoice, value: string): string {
  const quote = value.includes('"') ? (value.includes("'") ? undefined : "'") : '"';
  if (column.kind !== "metrics" && quote === undefined) return filter;
  const right = column.kind === "metrics" ? String(numberOf(value) ?? value) : `${quote}${value}${quote}`;
  const plain = /^[A-Za-z_][\w.]*$/.test(column.key) ? column.key : `\`${column.key}\``;
  const condition = `${column.kind}.${plain} = ${right}`;
  if (filter.includes(condition)) return filter;
  return filter.trim() ? `${filter.trim()} and ${condition}` : condition;
}
