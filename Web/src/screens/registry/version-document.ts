import type { DescribedVersion } from "../../api/schema";
import { formatNumber } from "../../format/number";

export type ParentModel = NonNullable<DescribedVersion["parent_models"]>[number];
export type ParentNode = NonNullable<DescribedVersion["parent_nodes"]>[number];

/** The semantic version; undefined where a version has its number alone. */
export const semanticOf = ({ version, number }: DescribedVersion): string | undefined =>
  version === String(number) ? undefined : version;

/** Semantic versions by the numbers of their versions. */
export const semanticsByNumber = (documents: readonly DescribedVersion[]) =>
  new Map(documents.flatMap((one): [string, string][] => {
    const semantic = semanticOf(one);
    return semantic === undefined ? [] : [[String(one.number), semantic]];
  }));

/** Whether anything was told of a version when it was registered, or later. What the server finds by itself is not. */
export const isTold = (one: DescribedVersion): boolean =>
  semanticOf(one) !== undefined ||
  [one.framework, one.model_type, one.author, one.code, one.hyperparameters, one.metrics, one.experiment_id].some(Boolean) ||
  (one.parent_models?.length ?? 0) + (one.datasets?.length ?? 0) > 0;

/** A value of a document as text: texts as they are, numbers for reading, anything else as JSON. */
export function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  if (typeof value === "number") return formatNumber(value, 6);
  return JSON.stringify(value);
}

/** Names and values in the order of the names. */
export const sortedEntries = <T>(values: Record<string, T> | undefined): [string, T][] =>
  Object.entries(values ?? {}).sort(([a], [b]) => a.localeCompare(b));
