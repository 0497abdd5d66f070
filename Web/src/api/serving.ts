import { call, callText } from "./client";
import type { Query } from "./query";
import { readingOf, withReading, type Reading } from "./readings";
import type { Prediction, Rollout } from "./schema";

/** Requests to an endpoint are counted without events. */
const servingPollMs = 5000;
/** What is looked at while it moves. */
const livePollMs = 2000;
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

/** The newest predictions of an endpoint, of all variants or one; those of shadows, which callers never saw, apart. */
export const predictionsQuery = (endpoint: string, variant: string, shadow: boolean): Query<Prediction[]> => ({
  key: `predictions ${shadow} ${variant} ${endpoint}`,
  topics: ["endpoints"],
  load: async (signal) => {
    const query = { endpoint, variant: variant || undefined, shadow: shadow || undefined, limit: predictionsMax };
    return (await call("GET /api/v1/predictions", { query }, signal)).predictions ?? [];
  },
  pollMs: () => servingPollMs,
});

/** An endpoint's own OpenAPI document; it changes with what is served. */
export const descriptionQuery = (endpoint: string, policyVersion: number): Query<Record<string, unknown>> => ({
  key: `description ${policyVersion} ${endpoint}`,
  topics: [],
  load: (signal) => call("GET /api/v1/mlflow/serving/endpoints/{name}/openapi.json", { path: { name: endpoint } }, signal),
});
