import { ApiError, call } from "./client";
import type { Query } from "./query";
import type { Caller, DescribedVersion, Protection, TransitionRequest, VersionComparison } from "./schema";

/** Requests of a page. */
export const requestsMax = 20;
/** The most documents that the server gives at once. */
export const documentsMax = 1000;

export type RequestState = TransitionRequest["state"];

/** A failure as one to show; nothing where a server before MLflow's does not keep what was asked for. */
export const shownError = (error: Error | undefined) =>
  error instanceof ApiError && (error.status === 404 || error.status === 501) ? undefined : error;

/** Who the reader of the page is to the server; it changes with the credentials that the browser sends, not by events. */
export const callerQuery = (): Query<Caller> => ({
  key: "caller",
  topics: [],
  load: (signal) => call("GET /api/v1/me", {}, signal),
});

export interface RequestsPage {
  requests: TransitionRequest[];
  nextPageToken: string | undefined;
}

/** Which transition requests are asked for. */
export interface RequestsFilter {
  /** Those of all models where absent. */
  model?: string;
  /** Those of all versions where absent; its number. */
  version?: string;
  /** In any state where absent. */
  state?: RequestState;
  pageToken?: string;
  max?: number;
}

/** A page of transition requests, newest first. */
export const requestsQuery = ({ model, version, state, pageToken, max = requestsMax }: RequestsFilter): Query<RequestsPage> => ({
  key: `transition requests ${JSON.stringify([model, version, state, pageToken, max])}`,
  topics: ["models"],
  load: async (signal) => {
    const query = { model_name: model, version, state, limit: max, page_token: pageToken };
    const answer = await call("GET /api/v1/registry/transition-requests", { query }, signal);
    return { requests: answer.transition_requests, nextPageToken: answer.next_page_token };
  },
});

/** A version with all that is told of it; `version` is a number or a semantic version. */
export const documentQuery = (name: string, version: string): Query<DescribedVersion> => ({
  key: `document ${version} ${name}`,
  topics: ["models"],
  load: (signal) => call("GET /api/v1/registry/models/{name}/versions/{version}", { path: { name, version } }, signal),
});

/** The newest `limit` versions of a model, with all that is told of them. */
export const documentsQuery = (name: string, limit: number): Query<DescribedVersion[]> => ({
  key: `documents ${limit} ${name}`,
  topics: ["models"],
  load: async (signal) => {
    const query = { limit };
    return (await call("GET /api/v1/registry/models/{name}/versions", { path: { name }, query }, signal)).versions;
  },
});

/** Whether the stages of a model's versions change by approved requests alone, and who wishes that lifted. */
export const protectionQuery = (name: string): Query<Protection> => ({
  key: `protection ${name}`,
  topics: ["models"],
  load: (signal) => call("GET /api/v1/registry/models/{name}/protection", { path: { name } }, signal),
});

/** Versions of a model side by side, with the runs that made them. */
export const versionComparisonQuery = (name: string, versions: readonly string[]): Query<VersionComparison> => ({
  key: `compared ${versions.join(" ")} ${name}`,
  topics: ["models"],
  load: (signal) => {
    const body = { versions: versions.map((version) => ({ model_name: name, version })) };
    return call("POST /api/v1/registry/versions/compare", { body }, signal);
  },
});
