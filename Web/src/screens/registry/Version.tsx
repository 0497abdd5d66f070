import { ApiError, call } from "../../api/client";
import { modelQuery, versionQuery, versionsQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import { places } from "../../places";
import { Link } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { EditableText, TagEditor } from "../../ui/edit";
import { Age } from "../../ui/now";
import { Stage } from "../../ui/status";
import { Aliases } from "./Aliases";
import { Lineage, OriginMetrics } from "./Lineage";
import { DeployButton, StageChoice, useModelActs } from "./ModelActs";
import { VersionFiles } from "./VersionFiles";
import { peerOf, stageOf } from "./versions";

/** One version of a model: stage, aliases, files, signature, where it comes from and where it is served. */
export default function Version({ subject: name, detail: number }: { subject: string; detail: string }) {
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const list = versions.value ?? [];
  const acts = useModelActs(name, list);
  const listed = list.find((one) => one.version === number);
  // A model may have more versions than a list holds.
  const single = useQuery(versions.value && !listed ? versionQuery(name, number) : null);
  const version = listed ?? single.value;
  const isMissing = single.error instanceof ApiError && single.error.status === 404;
  const error = model.error ?? versions.error ?? (isMissing ? undefined : single.error);
  if (!version) {
    return (
      <>
        <ScreenHead title={`${name} version ${number}`} />
        {error && <ErrorNote error={error} retry={() => { model.reload(); versions.reload(); }} />}
        {!error && !isMissing && <Loading />}
        {!error && isMissing && (
          <Empty title="There is no such version.">
            <Link className="link" href={places.model(name)}>The versions of {name}</Link>
          </Empty>
        )}
      </>
    );
  }
  const peer = peerOf(list, number);
  const changed = () => invalidate(["models"]);
  const tags = (version.tags ?? []).map((tag): [string, string] => [tag.key ?? "", tag.value ?? ""]);
  return (
    <>
      <ScreenHead
        title={`${name} version ${number}`}
        detail={
          <>
            <Stage stage={stageOf(version)} />
            <span>registered <Age at={version.creation_timestamp} /></span>
            {version.user_id && <span>by {version.user_id}</span>}
            <Link className="link" href={places.model(name)}>all versions</Link>
          </>
        }
      >
        {peer && (
          <Link className="button" href={places.compareVersions(name, [number, peer])}>Compare with version {peer}</Link>
        )}
        <Link className="button" href={places.lineage("model_version", `${name}/${number}`)}>Lineage</Link>
        <StageChoice version={version} acts={acts} />
        <DeployButton version={version} acts={acts} />
      </ScreenHead>
      <div className="columns">
        <div>
          <EditableText
            title="Description"
            value={version.description ?? ""}
            empty="None yet."
            onSave={(description) =>
              call("PATCH /api/2.0/mlflow/model-versions/update", { body: { name, version: number, description } }).then(changed)
            }
          />
          <VersionFiles name={name} version={number} source={version.source ?? ""} />
        </div>
        <div>
          <Lineage version={version} servedBy={acts.servedBy(number)} />
          {model.value && <Aliases model={model.value} version={number} />}
          <TagEditor
            tags={tags}
            onSet={(key, value) =>
              call("POST /api/2.0/mlflow/model-versions/set-tag", { body: { name, version: number, key, value } }).then(changed)
            }
            onRemove={(key) =>
              call("DELETE /api/2.0/mlflow/model-versions/delete-tag", { body: { name, version: number, key } }).then(changed)
            }
          />
          {version.run_id && <OriginMetrics runId={version.run_id} />}
        </div>
      </div>
      {acts.dialog}
    </>
  );
}
