import { places } from "../../places";
import type { IconName } from "../../ui/icon";

interface Kind {
  one: string;
  many: string;
  icon: IconName;
}

/** The kinds of things that come of one another, those first whose users notice a change first. */
const kinds: Record<string, Kind> = {
  endpoint: { one: "endpoint", many: "endpoints", icon: "bolt" },
  model_version: { one: "model version", many: "model versions", icon: "box" },
  deleted_model_version: { one: "deleted model version", many: "deleted model versions", icon: "box" },
  logged_model: { one: "logged model", many: "logged models", icon: "file" },
  run: { one: "run", many: "runs", icon: "run" },
  dataset_version: { one: "dataset", many: "datasets", icon: "table" },
  external_model: { one: "external model", many: "external models", icon: "box" },
  code: { one: "code", many: "pieces of code", icon: "file" },
};
const order = Object.keys(kinds);

/** Where a kind stands in lists; unknown ones at the end. */
export const kindRank = (kind: string) => (order.includes(kind) ? order.indexOf(kind) : order.length);

export const kindIcon = (kind: string): IconName => kinds[kind]?.icon ?? "file";

/** A kind in words, as many of it as there are. */
export function kindWords(kind: string, count = 1): string {
  const plain = kind.replace(/_/g, " ");
  return count === 1 ? kinds[kind]?.one ?? plain : kinds[kind]?.many ?? `${plain}s`;
}

/** "3 runs", "1 endpoint". */
export const countWords = (kind: string, count: number) => `${count.toLocaleString("en-US")} ${kindWords(kind, count)}`;

/** How far a thing is from the one that the page is about. */
export function distanceWords(depth: number): string {
  if (depth === 0) return "here";
  const steps = Math.abs(depth);
  return `${steps} step${steps === 1 ? "" : "s"} ${depth < 0 ? "upstream" : "downstream"}`;
}

/** The id of a dataset's version or digest: the last slash parts them, so that those in the version are written otherwise. */
export const datasetThing = (name: string, version: string) =>
  `${name}/${version.replaceAll("%", "%25").replaceAll("/", "%2F")}`;

/** The two parts of an id of the form name/version; names may hold slashes. */
function parts(id: string): [string, string] | undefined {
  const at = id.lastIndexOf("/");
  return at > 0 && at < id.length - 1 ? [id.slice(0, at), id.slice(at + 1)] : undefined;
}

/** The parts of a deleted version's id without what tells its deletion from others. */
const deletedParts = (id: string) => parts(id.slice(0, Math.max(0, id.lastIndexOf("@"))));

const short = (id: string, length: number) => (id.length > length + 4 ? id.slice(0, length) : id);

/** A name for reading, from the id alone; `runNames` knows those of runs. */
export function thingName(kind: string, id: string, runNames?: ReadonlyMap<string, string>): string {
  const [name, version] = (kind === "deleted_model_version" ? deletedParts(id) : parts(id)) ?? [];
  switch (kind) {
    case "run": return runNames?.get(id) || short(id, 8);
    case "code": return short(id, 10);
    case "logged_model": return short(id, 12);
    case "model_version":
    case "deleted_model_version":
    case "external_model": return name === undefined ? id : `${name} ${version}`;
    case "dataset_version": return name ?? id;
    default: return id;
  }
}

/** What tells a thing from others of its name: the version of a dataset; "" where the name does. */
export const thingDetail = (kind: string, id: string) =>
  kind === "dataset_version" ? short((parts(id)?.[1] ?? "").replaceAll("%2F", "/").replaceAll("%25", "%"), 10) : "";

/** A thing on two short lines: its name, and what it is with its version. */
export function thingLines(kind: string, id: string, runNames?: ReadonlyMap<string, string>): [string, string] {
  const [name, version] = (kind === "deleted_model_version" ? deletedParts(id) : parts(id)) ?? [];
  const isVersion = kind === "model_version" || kind === "deleted_model_version" || kind === "external_model";
  if (isVersion && name !== undefined) return [name, `${kindWords(kind)} ${version}`];
  const detail = thingDetail(kind, id);
  return [thingName(kind, id, runNames), detail ? `${kindWords(kind)} ${detail}` : kindWords(kind)];
}

/** The page of a thing: its own, or else its lineage. */
export function thingPlace(kind: string, id: string): string {
  const [name, version] = parts(id) ?? [];
  switch (kind) {
    case "run": return places.run(id);
    case "model_version": return name && version ? places.version(name, version) : places.lineage(kind, id);
    case "endpoint": return places.serving(id);
    default: return places.lineage(kind, id);
  }
}
