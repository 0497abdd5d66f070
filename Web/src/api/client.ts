import type { Operations } from "./schema";

/** An answer that refuses. `message` is the server's own. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
  }
}

type Scalar = string | number | boolean | undefined;
type Part<K extends string, T> = T extends undefined ? { [P in K]?: undefined } : { [P in K]: T };

/** What an operation takes: its query, the parameters of its path, its body. */
export type Request<K extends keyof Operations> = Parts<Operations[K]>;

// One operation at a time: parts of all of them at once would be combined with each other.
type Parts<O> = O extends { query: infer Q; path: infer P; body: infer B }
  ? Part<"query", Q> & Part<"path", P> & Part<"body", B>
  : never;

/** The URL of an operation with its parameters filled in. A list becomes a repeated key. */
export function urlOf(template: string, path: object = {}, query: object = {}): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(String((path as Record<string, Scalar>)[name])),
  );
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query) as [string, Scalar | Scalar[]][]) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== "") search.append(name, String(one));
    }
  }
  const text = search.toString();
  return text ? `${filled}?${text}` : filled;
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const body = (await response.json()) as { error_code?: string; message?: string; error?: string };
    return new ApiError(body.error_code ?? "", body.message ?? body.error ?? response.statusText, response.status);
  } catch {
    return new ApiError("", `The server answered ${response.status} ${response.statusText}`.trim(), response.status);
  }
}

async function ask<K extends keyof Operations>(operation: K, request: Request<K>, signal?: AbortSignal): Promise<Response> {
  const [method, template] = operation.split(" ", 2) as [string, string];
  const { path, query, body } = request as { path?: object; query?: object; body?: unknown };
  const init: RequestInit = { method, signal: signal ?? null, cache: "no-store" };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json" };
  }
  const response = await fetch(urlOf(template, path, query), init);
  if (!response.ok) throw await refusal(response);
  return response;
}

/** Calls an operation of the API. Throws ApiError when the server refuses, TypeError when it is not there. */
export async function call<K extends keyof Operations>(
  operation: K,
  request: Request<K>,
  signal?: AbortSignal,
): Promise<Operations[K]["response"]> {
  return (await (await ask(operation, request, signal)).json()) as Operations[K]["response"];
}

/** As `call`, of an operation that answers in plain text. */
export async function callText<K extends keyof Operations>(
  operation: K,
  request: Request<K>,
  signal?: AbortSignal,
): Promise<string> {
  return (await ask(operation, request, signal)).text();
}

/** The URL from which an artifact of a run is downloaded, or shown by the browser where `inline`. */
export function artifactUrl(runId: string, path: string, inline = false): string {
  return urlOf("/get-artifact", {}, { run_id: runId, path, ...(inline ? { inline } : {}) });
}
