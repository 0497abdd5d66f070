import { ApiError, call } from "./client";
import { anyTopic, type Query } from "./query";
import type {
  Activity, Alert, DriftReport, Endpoint, Experiment, FileInfo, LineageGraph, LoggedModelInfo, MetricWithRunId,
  ModelVersion, NestedRunCount, RegisteredModel, Run, VersionFiles,
} from "./schema";

/** Rows a page of a list. */
export const pageSize = 100;

/** How often a run that runs is read again: params, tags and artifacts come without events. */
const runningPollMs = 5000;
/** Requests to an endpoint are counted without events. */
const servingPollMs = 5000;

const isRunning = (run: Run | undefined) => run?.info?.status === "RUNNING";

/** A text for a filter, where nothing can be escaped: in the quotes that it does not hold. */
const inQuotes = (text: string) => (text.includes("'") ? `"${text}"` : `'${text}'`);

/** The first of a list, and whether there are more. */
export interface Listed<T> {
  items: T[];
  more: boolean;
}

const nameHolds = (text: string) => (text ? { filter: `name ILIKE ${inQuotes(`%${text}%`)}` } : {});

/** The experiments changed last, all or those whose name holds a text. */
export const experimentsQuery = (find = ""): Query<Listed<Experiment>> => ({
  key: `experiments ${find}`,
  topics: ["experiments"],
  load: async (signal) => {
    const body = { max_results: 500, order_by: ["last_update_time DESC"], ...nameHolds(find) };
    const answer = await call("POST /api/2.0/mlflow/experiments/search", { body }, signal);
    return { items: answer.experiments ?? [], more: !!answer.next_page_token };
  },
});

export const experimentQuery = (id: string): Query<Experiment | undefined> => ({
  key: `experiment ${id}`,
  topics: ["experiments", `experiment:${id}`],
  load: async (signal) =>
    (await call("GET /api/2.0/mlflow/experiments/get", { query: { experiment_id: id } }, signal)).experiment,
});

export interface RunsRequest {
  experimentIds: string[];
  filter?: string;
  orderBy?: string;
  pageToken?: string;
  max?: number;
  /** Those that were deleted, rather than the others. */
  deleted?: boolean;
}

export interface RunsPage {
  runs: Run[];
  nextPageToken?: string | undefined;
}

/** From how many experiments on the runs of all are followed rather than those of each. */
const experimentTopicsMax = 5;

/** What tells that runs of these experiments have changed. */
const runTopics = (experimentIds: readonly string[]) =>
  experimentIds.length > experimentTopicsMax
    ? ["experiments", "runs"]
    : ["experiments", ...experimentIds.map((id) => `experiment:${id}`)];

export const runsQuery = (request: RunsRequest): Query<RunsPage> => ({
  key: `runs ${JSON.stringify(request)}`,
  topics: runTopics(request.experimentIds),
  load: async (signal) => {
    const body = {
      experiment_ids: request.experimentIds,
      max_results: request.max ?? pageSize,
      ...(request.deleted ? { run_view_type: "DELETED_ONLY" as const } : {}),
      ...(request.filter ? { filter: request.filter } : {}),
      ...(request.orderBy ? { order_by: [request.orderBy] } : {}),
      ...(request.pageToken ? { page_token: request.pageToken } : {}),
    };
    const answer = await call("POST /api/2.0/mlflow/runs/search", { body }, signal);
    return { runs: answer.runs ?? [], nextPageToken: answer.next_page_token };
  },
  pollMs: (page) => (page.runs.some(isRunning) ? 2 * runningPollMs : undefined),
});

/** The most runs that the server counts the nested ones of at once. */
const countedMax = 100;

/** How many runs are nested in each of some runs of an experiment; those without any are left out. */
export const nestedCountsQuery = (experimentId: string, ids: string[]): Query<Map<string, NestedRunCount>> => ({
  key: `nested ${ids.join(" ")}`,
  topics: [`experiment:${experimentId}`],
  load: async (signal) => {
    const chunks = Array.from({ length: Math.ceil(ids.length / countedMax) }, (_, index) =>
      ids.slice(index * countedMax, (index + 1) * countedMax),
    );
    const answers = await Promise.all(
      chunks.map((run_id) => call("GET /api/v1/tracking/nested-runs", { query: { run_id } }, signal)),
    );
    const counts = answers.flatMap(({ nested_runs }) => nested_runs);
    return new Map(counts.filter(({ count }) => count > 0).map((one) => [one.run_id, one]));
  },
});

export const runQuery = (id: string): Query<Run | undefined> => ({
  key: `run ${id}`,
  topics: [`run:${id}`],
  load: async (signal) => (await call("GET /api/2.0/mlflow/runs/get", { query: { run_id: id } }, signal)).run,
  pollMs: (run) => (isRunning(run) ? runningPollMs : undefined),
});

/** How many runs can be compared: the most that the server gives histories of at once. */
export const comparedMax = 100;

/** The experiment of each run that was asked for by its id, which never changes. */
const experimentOfRun = new Map<string, string>();

async function findExperimentOf(id: string, signal: AbortSignal): Promise<void> {
  try {
    const { run } = await call("GET /api/2.0/mlflow/runs/get", { query: { run_id: id } }, signal);
    if (run?.info?.experiment_id) experimentOfRun.set(id, run.info.experiment_id);
  } catch (error) {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  }
}

/** Some runs by their ids, in that order, deleted ones too; those that are not there are left out. */
export const runsByIdQuery = (ids: string[]): Query<Run[]> => ({
  key: `runs by id ${ids.join(" ")}`,
  topics: ids.map((id) => `run:${id}`),
  load: async (signal) => {
    await Promise.all(ids.filter((id) => !experimentOfRun.has(id)).map((id) => findExperimentOf(id, signal)));
    const experiments = new Set(ids.flatMap((id) => experimentOfRun.get(id) ?? []));
    if (experiments.size === 0) return [];
    const body = {
      experiment_ids: [...experiments],
      filter: `attributes.run_id IN (${ids.map(inQuotes).join(", ")})`,
      run_view_type: "ALL" as const,
      max_results: comparedMax,
    };
    const { runs = [] } = await call("POST /api/2.0/mlflow/runs/search", { body }, signal);
    const byId = new Map(runs.map((run) => [run.info?.run_id ?? "", run]));
    return ids.flatMap((id) => byId.get(id) ?? []);
  },
  pollMs: (runs) => (runs.some(isRunning) ? 2 * runningPollMs : undefined),
});

/** History of one metric of some runs, sampled by the server to at most `max` points a run. */
export const historyQuery = (runIds: string[], key: string, max: number): Query<MetricWithRunId[]> => ({
  key: `history ${max} ${key} ${runIds.join(" ")}`,
  topics: [],
  load: async (signal) => {
    const query = { run_ids: runIds, metric_key: key, max_results: max };
    return (await call("GET /api/2.0/mlflow/metrics/get-history-bulk-interval", { query }, signal)).metrics ?? [];
  },
});

export const artifactsQuery = (runId: string, path: string, running: boolean): Query<FileInfo[]> => ({
  key: `artifacts ${runId} ${path}`,
  topics: [`run:${runId}`],
  load: async (signal) => {
    const query = path ? { run_id: runId, path } : { run_id: runId };
    return (await call("GET /api/2.0/mlflow/artifacts/list", { query }, signal)).files ?? [];
  },
  pollMs: () => (running ? runningPollMs : undefined),
});

/** The registered models by their names, all or those whose name holds a text. */
export const modelsQuery = (find = ""): Query<Listed<RegisteredModel>> => ({
  key: `models ${find}`,
  topics: ["models"],
  load: async (signal) => {
    const query = { max_results: 500, ...nameHolds(find) };
    const answer = await call("GET /api/2.0/mlflow/registered-models/search", { query }, signal);
    return { items: answer.registered_models ?? [], more: !!answer.next_page_token };
  },
});

export const modelQuery = (name: string): Query<RegisteredModel | undefined> => ({
  key: `model ${name}`,
  topics: ["models"],
  load: async (signal) =>
    (await call("GET /api/2.0/mlflow/registered-models/get", { query: { name } }, signal)).registered_model,
});

export const versionsQuery = (name: string): Query<ModelVersion[]> => ({
  key: `versions ${name}`,
  topics: ["models"],
  load: async (signal) => {
    const query = { filter: `name=${inQuotes(name)}`, max_results: 1000, order_by: ["version_number DESC"] };
    return (await call("GET /api/2.0/mlflow/model-versions/search", { query }, signal)).model_versions ?? [];
  },
});

export const versionQuery = (name: string, version: string): Query<ModelVersion | undefined> => ({
  key: `version ${version} ${name}`,
  topics: ["models"],
  load: async (signal) =>
    (await call("GET /api/2.0/mlflow/model-versions/get", { query: { name, version } }, signal)).model_version,
});

/** What a version is made of; it changes until the version is pinned. */
export const filesQuery = (name: string, version: string): Query<VersionFiles> => ({
  key: `files ${version} ${name}`,
  topics: ["models"],
  load: (signal) => call("GET /api/v1/registry/models/{name}/versions/{version}/files", { path: { name, version } }, signal),
});

/** A model that a run logged. */
export const loggedModelQuery = (id: string): Query<LoggedModelInfo | undefined> => ({
  key: `logged model ${id}`,
  topics: [],
  load: async (signal) =>
    (await call("GET /api/2.0/mlflow/logged-models/{model_id}", { path: { model_id: id } }, signal)).model?.info,
  pollMs: (model) => (model?.status === "LOGGED_MODEL_PENDING" ? runningPollMs : undefined),
});

/** The model versions that came out of a run. */
export const producedQuery = (runId: string): Query<ModelVersion[]> => ({
  key: `produced ${runId}`,
  topics: ["models"],
  load: async (signal) => {
    const query = { filter: `run_id=${inQuotes(runId)}`, max_results: 100 };
    return (await call("GET /api/2.0/mlflow/model-versions/search", { query }, signal)).model_versions ?? [];
  },
});

/** How many edges of a lineage are read in each direction, nearest first. */
export const lineageEdgesMax = 3000;
/** The farthest that the server walks. */
const lineageDepthMax = 50;
/** From how many runs on all are followed rather than each. */
const lineageRunsFollowed = 50;

/** What tells that a lineage has grown: its runs by themselves, unless there are many or data that any run may use. */
function lineageTopics({ nodes }: LineageGraph): string[] {
  const runs = nodes.filter((node) => node.kind === "run");
  const mayBeUsed = nodes.some((node) => node.kind === "dataset_version" || node.kind === "logged_model");
  return mayBeUsed || runs.length > lineageRunsFollowed ? ["runs"] : runs.map((run) => `run:${run.id}`);
}

/** All that a thing came from and all that came of it, as far as the server gives at once. */
export const lineageQuery = (kind: string, id: string): Query<LineageGraph> => ({
  key: `lineage ${kind} ${id}`,
  topics: ["models", "endpoints"],
  topicsOf: lineageTopics,
  load: (signal) =>
    call("GET /api/v1/lineage", { query: { kind, id, depth: lineageDepthMax, limit: lineageEdgesMax } }, signal),
});

export const endpointsQuery = (): Query<Endpoint[]> => ({
  key: "endpoints",
  topics: ["endpoints"],
  load: async (signal) => (await call("GET /api/v1/mlflow/serving/endpoints", {}, signal)).endpoints ?? [],
  pollMs: (endpoints) => (endpoints.length > 0 ? servingPollMs : undefined),
});

export type AlertState = "open" | "acknowledged" | "all";

export const alertsQuery = (state: AlertState): Query<Alert[]> => ({
  key: `alerts ${state}`,
  topics: ["alerts"],
  load: async (signal) => (await call("GET /mlops/alerts", { query: { state, limit: pageSize } }, signal)).alerts ?? [],
});

export const driftQuery = (endpoint: string, limit = 50): Query<DriftReport[]> => ({
  key: `drift ${limit} ${endpoint}`,
  topics: ["drift"],
  load: async (signal) =>
    (await call("GET /api/v1/monitoring/drift", { query: { endpoint, limit } }, signal)).reports ?? [],
});

/** The newest activities, newest first. */
export const activitiesQuery = (max: number): Query<Activity[]> => ({
  key: `activities ${max}`,
  topics: [anyTopic, "experiments", "runs", "models", "endpoints", "alerts", "drift", "webhooks"],
  load: async (signal) =>
    (await call("GET /api/v1/activities", { query: { limit: max } }, signal)).activities ?? [],
});

/** Up to `max` activities before one with this sequence number, newest first. */
export async function olderActivities(before: number, max: number): Promise<Activity[]> {
  const after = Math.max(0, before - 1 - max);
  const query = { after, limit: Math.max(1, Math.min(max, before - 1 - after)) };
  return [...((await call("GET /api/v1/activities", { query })).activities ?? [])].reverse();
}
