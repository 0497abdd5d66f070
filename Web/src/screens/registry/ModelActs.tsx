import { useState } from "react";
import { endpointsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { DeployDialog } from "./DeployDialog";
import { StageDialog } from "./StageDialog";
import { RequestDialog } from "./transitions/RequestDialog";
import { stageOf, stages, type StageName } from "./versions";

/** What can be done with the versions of a model, and where they are served. */
export interface ModelActs {
  servedBy: (version: string) => string[];
  /** Whether stages change by approved requests alone. */
  isProtected: boolean;
  change: (version: string, stage: StageName) => void;
  /** Asks somebody else for a change of stage; without a stage for one that is chosen then. */
  request: (version: string, stage?: StageName) => void;
  deploy: (version: string) => void;
  /** The dialog that asks, while one does. */
  dialog: JSX.Element | null;
}

/** The acts on the versions of a model. */
export function useModelActs(name: string, versions: ModelVersion[], isProtected: boolean): ModelActs {
  const endpoints = useQuery(endpointsQuery()).value ?? [];
  const [changing, setChanging] = useState<{ version: string; stage: StageName }>();
  const [requesting, setRequesting] = useState<{ version: string; stage?: StageName | undefined }>();
  const [deploying, setDeploying] = useState<string>();
  const servedBy = (version: string) =>
    endpoints.filter((one) => one.model_name === name && one.model_version === version).map((one) => one.name);
  const dialog = changing ? (
    <StageDialog
      name={name}
      versions={versions}
      version={changing.version}
      stage={changing.stage}
      servedBy={servedBy}
      onClose={() => setChanging(undefined)}
    />
  ) : requesting ? (
    <RequestDialog name={name} versions={versions} asked={requesting} onClose={() => setRequesting(undefined)} />
  ) : deploying !== undefined ? (
    <DeployDialog name={name} version={deploying} endpoints={endpoints} onClose={() => setDeploying(undefined)} />
  ) : null;
  return {
    servedBy,
    isProtected,
    change: (version, stage) => setChanging({ version, stage }),
    request: (version, stage) => setRequesting({ version, stage }),
    deploy: setDeploying,
    dialog,
  };
}

/** The choice of another stage for a version; where its model is protected, of a stage to ask for. */
export function StageChoice({ version, acts }: { version: ModelVersion; acts: ModelActs }) {
  const number = version.version ?? "";
  return (
    <select
      aria-label={acts.isProtected ? `Ask for a stage of version ${number}` : `Move version ${number} to a stage`}
      value=""
      onChange={(event) => (acts.isProtected ? acts.request : acts.change)(number, event.target.value as StageName)}
    >
      <option value="">{acts.isProtected ? "Ask for…" : "Move to…"}</option>
      {stages.filter((one) => one !== stageOf(version)).map((one) => <option key={one}>{one}</option>)}
    </select>
  );
}

/** The button that deploys a version. */
export function DeployButton({ version, acts }: { version: ModelVersion; acts: ModelActs }) {
  const number = version.version ?? "";
  return (
    <button type="button" onClick={() => acts.deploy(number)} aria-label={`Deploy version ${number}`}>
      Deploy…
    </button>
  );
}
