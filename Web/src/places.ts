/** The URLs of the pages. They never lie below a path of the API. */
export const places = {
  home: () => "/",
  experiments: () => "/experiments",
  experiment: (id: string) => `/experiments/${encodeURIComponent(id)}`,
  run: (id: string) => `/runs/${encodeURIComponent(id)}`,
  compare: (runIds: readonly string[]) => `/compare?runs=${runIds.map(encodeURIComponent).join(",")}`,
  models: () => "/models",
  model: (name: string) => `/models/${encodeURIComponent(name)}`,
  /** Where `request` is given, the transition request with that id is open. */
  version: (name: string, version: string, request?: string) =>
    `/models/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}${request ? `?request=${request}` : ""}`,
  compareVersions: (name: string, versions: readonly string[]) =>
    `/models/${encodeURIComponent(name)}/compare?versions=${versions.map(encodeURIComponent).join(",")}`,
  serving: (endpoint?: string) => `/serving${endpoint ? `?endpoint=${encodeURIComponent(endpoint)}` : ""}`,
  monitoring: (endpoint?: string, column?: string) => {
    const search = new URLSearchParams();
    if (endpoint) search.set("endpoint", endpoint);
    if (column) search.set("column", column);
    const text = search.toString();
    return `/monitoring${text ? `?${text}` : ""}`;
  },
  webhooks: () => "/webhooks",
  webhook: (id: string) => `/webhooks/${encodeURIComponent(id)}`,
  activities: () => "/activities",
  lineage: (kind: string, id: string) => `/lineage/${encodeURIComponent(kind)}/${encodeURIComponent(id)}`,
};

export type ScreenName =
  | "home" | "experiments" | "experiment" | "run" | "compare" | "models" | "model" | "version" | "compareVersions"
  | "serving" | "monitoring" | "webhooks" | "webhook" | "activities" | "lineage" | "missing";

export interface Route {
  screen: ScreenName;
  /** The first variable part of the path, decoded; "" where there is none. */
  subject: string;
  /** The second one: the version of a model, the id of a thing; "" where there is none. */
  detail: string;
}

const patterns: [RegExp, ScreenName][] = [
  [/^\/$/, "home"],
  [/^\/experiments$/, "experiments"],
  [/^\/experiments\/([^/]+)$/, "experiment"],
  [/^\/runs\/([^/]+)$/, "run"],
  [/^\/compare$/, "compare"],
  [/^\/models$/, "models"],
  [/^\/models\/([^/]+)$/, "model"],
  [/^\/models\/([^/]+)\/compare$/, "compareVersions"],
  [/^\/models\/([^/]+)\/versions\/([^/]+)$/, "version"],
  [/^\/serving$/, "serving"],
  [/^\/monitoring$/, "monitoring"],
  [/^\/webhooks$/, "webhooks"],
  [/^\/webhooks\/([^/]+)$/, "webhook"],
  [/^\/activities$/, "activities"],
  [/^\/lineage\/([^/]+)\/([^/]+)$/, "lineage"],
];

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The screen of a path; a slash at its end does not matter. */
export function routeOf(path: string): Route {
  const plain = path.length > 1 ? path.replace(/\/+$/, "") || "/" : path;
  for (const [pattern, screen] of patterns) {
    const match = pattern.exec(plain);
    if (match) return { screen, subject: decoded(match[1] ?? ""), detail: decoded(match[2] ?? "") };
  }
  return { screen: "missing", subject: plain, detail: "" };
}

/** Our page for one of MLflow's hash URLs, which its client prints after each run; undefined for anything else. */
export function placeOfHash(hash: string): string | undefined {
  const [path = ""] = hash.replace(/^#/, "").split("?", 1);
  const parts = path.split("/").filter(Boolean).map(decoded);
  const [kind, first, second, third] = parts;
  if (kind === "experiments") {
    if (first === undefined) return places.experiments();
    if (second === "runs" && third !== undefined) return places.run(third);
    return places.experiment(first);
  }
  if (kind === "models") {
    if (first === undefined) return places.models();
    return second === "versions" && third !== undefined ? places.version(first, third) : places.model(first);
  }
  if (kind === "runs" && first !== undefined) return places.run(first);
  return undefined;
}
