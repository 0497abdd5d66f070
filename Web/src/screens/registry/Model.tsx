import { useState } from "react";
import { endpointsQuery, modelQuery, versionsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { Age } from "../../ui/now";
import { DeployDialog } from "./DeployDialog";
import { StageDialog } from "./StageDialog";
import { aliasesByVersion, stageOf, stages, type StageName } from "./versions";
import { VersionsTable } from "./VersionsTable";

const lanesShownMax = 12;

/** The stages side by side, with what stands in each. */
function Lanes({ versions, aliases, onPick }: {
  versions: ModelVersion[];
  aliases: Map<string, string[]>;
  onPick: (version: string) => void;
}) {
  return (
    <div className="stages">
      {stages.map((stage) => {
        const here = versions.filter((version) => stageOf(version) === stage);
        return (
          <section key={stage} className={`stage-lane lane-${stage.toLowerCase()}`} aria-label={`Stage ${stage}`}>
            <h2>
              {stage} <span className="note">{here.length}</span>
            </h2>
            <div className="chips">
              {here.length === 0 && <span className="quiet">—</span>}
              {here.slice(0, lanesShownMax).map((version) => (
                <button
                  key={version.version}
                  type="button"
                  className="chip version"
                  aria-label={`Show version ${version.version}`}
                  onClick={() => onPick(version.version ?? "")}
                >
                  v{version.version}
                  {(aliases.get(version.version ?? "") ?? []).map((alias) => (
                    <span key={alias} className="quiet">{alias}</span>
                  ))}
                </button>
              ))}
              {here.length > lanesShownMax && <span className="quiet">{here.length - lanesShownMax} more</span>}
            </div>
          </section>
        );
      })}
    </div>
  );
}

/** A registered model: its stages and versions. */
export default function ModelScreen({ subject: name }: { subject: string }) {
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const endpoints = useQuery(endpointsQuery()).value ?? [];
  const [chosen, setChosen] = useParam("version");
  const [change, setChange] = useState<{ version: string; stage: StageName }>();
  const [deploying, setDeploying] = useState<string>();
  const aliases = aliasesByVersion(model.value);
  const list = versions.value ?? [];
  const error = model.error ?? versions.error;
  const servedBy = (version: string) =>
    endpoints.filter((one) => one.model_name === name && one.model_version === version).map((one) => one.name);
  return (
    <>
      <ScreenHead
        title={name}
        detail={
          model.value && (
            <>
              <span>registered model</span>
              <span>changed <Age at={model.value.last_updated_timestamp} /></span>
              {model.value.user_id && <span>by {model.value.user_id}</span>}
              {(model.value.tags ?? []).map((tag) => (
                <span key={tag.key} className="chip">{tag.key}{tag.value ? `: ${tag.value}` : ""}</span>
              ))}
            </>
          )
        }
      />
      {model.value?.description && <p className="model-text prewrap">{model.value.description}</p>}
      {error && <ErrorNote error={error} retry={() => { model.reload(); versions.reload(); }} />}
      {!versions.value && !error && <Loading />}
      {versions.value?.length === 0 && (
        <Empty
          title="No versions yet"
          code={`mlflow.register_model("models:/MODEL_ID", "${name}")`}
        >
          Register a logged model under this name.
        </Empty>
      )}
      {list.length > 0 && (
        <>
          <Lanes versions={list} aliases={aliases} onPick={setChosen} />
          <VersionsTable
            versions={list}
            aliases={aliases}
            chosen={chosen}
            servedBy={servedBy}
            onChange={(version, stage) => setChange({ version, stage })}
            onDeploy={setDeploying}
          />
        </>
      )}
      {change && (
        <StageDialog
          name={name}
          versions={list}
          version={change.version}
          stage={change.stage}
          servedBy={servedBy}
          onClose={() => setChange(undefined)}
        />
      )}
      {deploying !== undefined && (
        <DeployDialog name={name} version={deploying} endpoints={endpoints} onClose={() => setDeploying(undefined)} />
      )}
    </>
  );
}
