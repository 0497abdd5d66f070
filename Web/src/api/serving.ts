import { call, callText } from "./client";
import type { Query } from "./query";
import { readingOf, withReading, type Reading } from "./readings";
import type { Prediction, PredictionSeries, Rollout } from "./schema";

/** Requests to an endpoint are counted without events. */
const servingPollMs = 5000;
/** What is looked at while it moves. */
const livePollMs = 2000;
/** A series costs the server most: it is asked for as its spans grow, but no oftener and no more seldom than this. */
const seriesPollMinMs = 10_000;
const seriesPollMaxMs = 60_000;
/** Predictions of a page. */
const predictionsMax = 50;

const histories = new Map<string, Reading[]>();

/** The counters of an endpoint over the last minutes in which somebody looked at them. */
export const readingsQuery = (endpoint: string): Query<Reading[]> => ({
  key: `readings ${endpoint}`,
  topics: [],
  load: async (signal) => {
    const metrics = await callText("GET /metrics", {}, signal);
    const readings = withReading(histories.get(endpoint) ?? [], readingOf(metrics, endpoint, Date.now()));
    histories.set(endpoint, readings);
    return readings;
  },
  pollMs: () => livePollMs,
});

/** What the policies of an endpoint have compared, newest first. */
export const rolloutsQuery = (endpoint: string): Query<Rollout[]> => ({
  key: `rollouts ${endpoint}`,
  topics: ["endpoints"],
  load: async (signal) =>
    (await call("GET /api/v1/mlflow/serving/endpoints/{name}/rollouts", { path: { name: endpoint } }, signal)).rollouts,
  pollMs: (rollouts) => (rollouts[0]?.status === "running" ? livePollMs : servingPollMs),
});

/** What is looked for in the log of an endpoint; what is undefined or "" is open. */
export interface PredictionSearch {
  variant: string;
  version: number | undefined;
  /** Whether the answers of shadows are meant, which callers never saw. */
  shadow: boolean;
  /** The name of one prediction. */
  request: string;
  /** The first and the last moment, in milliseconds since 1970 UTC. */
  from: number | undefined;
  until: number | undefined;
}

export interface PredictionPage {
  predictions: Prediction[];
  nextPageToken: string | undefined;
}

/** A page of an endpoint's predictions, newest first. */
export const predictionsQuery = (endpoint: string, search: PredictionSearch, token: string): Query<PredictionPage> => ({
  key: `predictions ${JSON.stringify(search)} ${token} ${endpoint}`,
  topics: ["endpoints"],
  load: async (signal) => {
    const query = {
      endpoint,
      variant: search.variant,
      model_version: search.version,
      shadow: search.shadow || undefined,
      request_id: search.request,
      start_time: search.from,
      end_time: search.until,
      limit: predictionsMax,
      page_token: token,
    };
    const { predictions, next_page_token: nextPageToken } = await call("GET /api/v1/predictions", { query }, signal);
    return { predictions: predictions ?? [], nextPageToken };
  },
  pollMs: () => servingPollMs,
});

/** One prediction of an endpoint, null where it is not in the log. */
export const predictionQuery = (endpoint: string, request: string, shadow: boolean): Query<Prediction | null> => ({
  key: `prediction ${request} ${shadow} ${endpoint}`,
  topics: ["endpoints"],
  load: async (signal) => {
    const query = { endpoint, request_id: request, shadow: shadow || undefined, limit: 1 };
    return (await call("GET /api/v1/predictions", { query }, signal)).predictions?.[0] ?? null;
  },
});

/** What the variants of an endpoint predicted in the last so many milliseconds. */
export const predictionSeriesQuery = (endpoint: string, rangeMs: number): Query<PredictionSeries> => ({
  key: `series ${rangeMs} ${endpoint}`,
  topics: ["endpoints"],
  load: (signal) =>
    call("GET /api/v1/predictions/series", { query: { endpoint, start_time: Date.now() - rangeMs } }, signal),
  pollMs: ({ span_ms: spanMs }) => Math.min(seriesPollMaxMs, Math.max(seriesPollMinMs, spanMs)),
});

/** An endpoint's own OpenAPI document; it changes with what is served. */
export const descriptionQuery = (endpoint: string, policyVersion: number): Query<Record<string, unknown>> => ({
  key: `description ${policyVersion} ${endpoint}`,
  topics: [],
  load: (signal) => call("GET /api/v1/mlflow/serving/endpoints/{name}/openapi.json", { path: { name: endpoint } }, signal),
});
