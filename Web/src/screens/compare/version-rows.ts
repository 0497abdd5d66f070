import type { ComparisonRow, DescribedVersion, VersionComparison } from "../../api/schema";
import { formatBytes, formatNumber, numberOf } from "../../format/number";
import { formatMoment } from "../../format/time";
import { semanticOf } from "../registry/version-document";
import type { ComparedSection } from "./CompareTable";
import { comparedRows, type ComparedRow } from "./rows";

const stageWords = { development: "None", staging: "Staging", production: "Production", archived: "Archived" };

/** A value as it was recorded; numbers are formatted where they are shown. */
const recorded = (value: unknown): string | undefined =>
  value === null || value === undefined ? undefined : typeof value === "string" ? value : JSON.stringify(value);

/** The rows of the wire. What reads the same is the same: params of a run are texts, those of a document may be numbers. */
const rowsOf = (rows: readonly ComparisonRow[]): ComparedRow[] =>
  rows.map(({ key, values: wire }) => {
    const values = wire.map(recorded);
    return { key, values, differs: values.some((value) => value !== values[0]) };
  });

/** Pairs as a map; those of one name stand together, those without a value are left out. */
function mapOf(pairs: readonly (readonly [string, string | undefined])[]): Map<string, string> {
  const map = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (value) map.set(key, map.has(key) ? `${map.get(key)}, ${value}` : value);
  }
  return map;
}

const details = (one: DescribedVersion, runName: (id: string) => string | undefined) =>
  mapOf([
    ["semantic version", semanticOf(one)],
    ["stage", stageWords[one.stage]],
    ["aliases", one.aliases?.join(", ")],
    ["framework", one.framework],
    ["type", one.model_type],
    ["author", one.author],
    ["size", one.model_size_bytes === undefined ? undefined : formatBytes(one.model_size_bytes)],
    ["description", one.description],
    ["registered", formatMoment(one.created_at)],
    ["run", one.run_id && (runName(one.run_id) ?? one.run_id)],
    ["source", one.artifact_uri],
    ["files", one.digest],
  ]);

const datasets = (one: DescribedVersion) =>
  mapOf((one.datasets ?? []).map(({ dataset_id, version, split, size }) => [
    split ? `${dataset_id} (${split})` : dataset_id,
    size === undefined ? `${version}` : `${version}, ${size.toLocaleString("en-US")} rows`,
  ]));

const parents = (one: DescribedVersion) =>
  mapOf((one.parent_models ?? []).map(({ model_id = "", version, relationship }) => [relationship, `${model_id} ${version}`]));

const code = (one: DescribedVersion, commitOfRun: (id: string) => string | undefined) =>
  mapOf([
    ["repository", one.code?.repository],
    ["commit", one.code?.commit ?? (one.run_id && commitOfRun(one.run_id))],
    ["digest", one.code?.digest],
  ]);

/** What is known of the runs that made the versions. */
export interface RunsKnown {
  nameOf: (id: string) => string | undefined;
  commitOf: (id: string) => string | undefined;
}

/** The parts of a comparison of versions: what was told of them, else what their runs recorded. */
export function versionSections(comparison: VersionComparison, runs: RunsKnown): ComparedSection[] {
  const { versions } = comparison;
  return [
    { title: "Version", rows: comparedRows(versions.map((one) => details(one, runs.nameOf))) },
    { title: "Metrics", rows: rowsOf(comparison.metrics), format: (text) => formatNumber(numberOf(text), 6) },
    { title: "Hyperparameters", rows: rowsOf(comparison.hyperparameters) },
    { title: "Datasets", rows: comparedRows(versions.map(datasets)) },
    { title: "Parents", rows: comparedRows(versions.map(parents)) },
    { title: "Code", rows: comparedRows(versions.map((one) => code(one, runs.commitOf))) },
    { title: "Tags", rows: rowsOf(comparison.tags) },
  ];
}
