import type { ModelVersion, RegisteredModel } from "../../api/schema";

/** The stages, in the order of a version's life. */
export const stages = ["None", "Staging", "Production", "Archived"] as const;
export type StageName = (typeof stages)[number];

export const stageOf = (version: ModelVersion): StageName =>
  stages.find((stage) => stage === version.current_stage) ?? "None";

/** Aliases by version number; searches leave them out of the versions, the model has them. */
export function aliasesByVersion(model: RegisteredModel | undefined): Map<string, string[]> {
  const aliases = new Map<string, string[]>();
  for (const { alias, version } of model?.aliases ?? []) {
    if (alias === undefined || version === undefined) continue;
    aliases.set(version, [...(aliases.get(version) ?? []), alias].sort());
  }
  return aliases;
}

/** What a change of stage does to one version. */
export interface StageMove {
  version: string;
  from: StageName;
  to: StageName;
}

/**
 * Every move that a transition causes: the version itself, then those that leave the stage for the archive.
 *
 * Only Staging and Production are emptied for the one that comes.
 */
export function movesOf(versions: readonly ModelVersion[], moved: string, to: StageName, archives: boolean): StageMove[] {
  const one = versions.find((version) => version.version === moved);
  if (!one) return [];
  const moves: StageMove[] = [{ version: moved, from: stageOf(one), to }];
  if (!archives || !canArchive(to)) return moves;
  for (const other of versions) {
    if (other.version !== moved && stageOf(other) === to) {
      moves.push({ version: other.version ?? "", from: to, to: "Archived" });
    }
  }
  return moves;
}

export const canArchive = (stage: StageName) => stage === "Staging" || stage === "Production";

/** The newest version in a stage, among a model's newest ones. */
export function latestIn(model: RegisteredModel, stage: StageName): string | undefined {
  return model.latest_versions?.find((version) => version.current_stage === stage)?.version;
}

/** The highest version number of a model. */
export function latestNumber(model: RegisteredModel): string | undefined {
  const numbers = (model.latest_versions ?? []).map((version) => Number(version.version));
  return numbers.length > 0 ? String(Math.max(...numbers)) : undefined;
}

/** The version that an alias stands for now. */
export const holderOf = (model: RegisteredModel, alias: string): string | undefined =>
  model.aliases?.find((one) => one.alias === alias)?.version;

/** The version to hold another against: the one in Production, or else the one before it. */
export function peerOf(versions: readonly ModelVersion[], number: string): string | undefined {
  const others = versions.filter((version) => version.version !== number);
  const before = others
    .filter((version) => Number(version.version) < Number(number))
    .sort((a, b) => Number(b.version) - Number(a.version))[0];
  return (others.find((version) => stageOf(version) === "Production") ?? before)?.version;
}

const ownScheme = "mlflow-artifacts:/";

/** Where a file of a version is downloaded; undefined where this server does not keep the files. */
export function fileUrl(source: string, path: string): string | undefined {
  if (!source.startsWith(ownScheme)) return undefined;
  const folder = source.slice(ownScheme.length).replace(/^\/+|\/+$/g, "");
  const encoded = `${folder}/${path}`.split("/").map((part) => encodeURIComponent(decoded(part))).join("/");
  return `/api/2.0/mlflow-artifacts/artifacts/${encoded}`;
}

/** The URI of a source may be encoded already. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** A digest short enough for a table; its title has the whole. */
export const shortDigest = (digest: string) => `${digest.replace(/^sha256:/, "").slice(0, 12)}…`;
