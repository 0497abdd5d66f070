import { useEffect } from "react";
import { ApiError, call } from "../../api/client";
import { modelQuery, versionQuery, versionsQuery } from "../../api/queries";
import { hasSettled, invalidate, useQuery } from "../../api/query";
import { documentQuery, protectionQuery, shownError } from "../../api/registry";
import type { DescribedVersion, ModelVersion, RegisteredModel } from "../../api/schema";
import { places } from "../../places";
import { Link, navigate } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { EditableText, TagEditor } from "../../ui/edit";
import { Age } from "../../ui/now";
import { Stage } from "../../ui/status";
import { Aliases } from "./Aliases";
import { Lineage, OriginMetrics } from "./Lineage";
import { DeployButton, StageChoice, useModelActs } from "./ModelActs";
import { ProtectedMark } from "./Protection";
import { TransitionRequests } from "./transitions/TransitionRequests";
import { useTransitionRequests } from "./transitions/useTransitionRequests";
import { semanticOf } from "./version-document";
import { Datasets, Registration, ToldValues } from "./VersionDocument";
import { VersionFiles } from "./VersionFiles";
import { peerOf, stageOf } from "./versions";

const isNotFound = (error: Error | undefined) => error instanceof ApiError && error.status === 404;

/** The page while there is no version to show on it. */
function NotYet({ name, text, missing, error, retry }: {
  name: string;
  text: string;
  missing: boolean;
  error: Error | undefined;
  retry: () => void;
}) {
  return (
    <>
      <ScreenHead title={`${name} version ${text}`} />
      {missing ? (
        <Empty title="There is no such version.">
          <Link className="link" href={places.model(name)}>The versions of {name}</Link>
        </Empty>
      ) : error ? <ErrorNote error={error} retry={retry} /> : <Loading />}
    </>
  );
}

/** All that is known of a version, and what can be changed of it. */
function About({ version, document, model, servedBy }: {
  version: ModelVersion;
  document: DescribedVersion | undefined;
  model: RegisteredModel | undefined;
  servedBy: string[];
}) {
  const { name = "", version: number = "" } = version;
  const changed = () => invalidate(["models"]);
  return (
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
        {document && <Registration document={document} />}
        {document && <Datasets document={document} />}
        <VersionFiles name={name} version={number} source={version.source ?? ""} />
      </div>
      <div>
        <Lineage version={version} servedBy={servedBy} />
        {model && <Aliases model={model} version={number} />}
        <TagEditor
          tags={(version.tags ?? []).map((tag): [string, string] => [tag.key ?? "", tag.value ?? ""])}
          onSet={(key, value) =>
            call("POST /api/2.0/mlflow/model-versions/set-tag", { body: { name, version: number, key, value } }).then(changed)
          }
          onRemove={(key) =>
            call("DELETE /api/2.0/mlflow/model-versions/delete-tag", { body: { name, version: number, key } }).then(changed)
          }
        />
        {document && <ToldValues title="Metrics" values={document.metrics} numbers />}
        {version.run_id && <OriginMetrics runId={version.run_id} />}
        {document && <ToldValues title="Hyperparameters" values={document.hyperparameters} />}
      </div>
    </div>
  );
}

/** A version by its number. */
function NumberedVersion({ name, number }: { name: string; number: string }) {
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const document = useQuery(documentQuery(name, number));
  const protection = useQuery(protectionQuery(name));
  const requests = useTransitionRequests(name, number);
  const list = versions.value ?? [];
  const isProtected = protection.value?.protected ?? false;
  const acts = useModelActs(name, list, isProtected);
  const listed = list.find((one) => one.version === number);
  // A model may have more versions than a list holds.
  const single = useQuery(versions.value && !listed ? versionQuery(name, number) : null);
  const version = listed ?? single.value;
  const missing = isNotFound(single.error);
  const listing = model.error ?? versions.error ?? (missing ? undefined : single.error);
  const error = listing ?? shownError(document.error) ?? shownError(protection.error);
  const retry = () => [model, versions, document, protection].forEach((one) => one.reload());
  const isRead = requests.settled && [model, document, protection].every(hasSettled);
  if (!version || !isRead) {
    return <NotYet name={name} text={number} missing={missing} error={version ? undefined : error} retry={retry} />;
  }
  const peer = peerOf(list, number);
  const semantic = document.value && semanticOf(document.value);
  return (
    <>
      <ScreenHead
        title={`${name} version ${number}`}
        detail={
          <>
            <Stage stage={stageOf(version)} />
            {semantic && <span className="mono" title="Semantic version">{semantic}</span>}
            {isProtected && <ProtectedMark />}
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
      {error && <ErrorNote error={error} retry={retry} />}
      <TransitionRequests
        shown={requests}
        versions={listed ? list : [...list, version]}
        servedBy={acts.servedBy}
        onRequest={() => acts.request(number)}
        showsVersion={false}
      />
      <About version={version} document={document.value} model={model.value} servedBy={acts.servedBy(number)} />
      {acts.dialog}
    </>
  );
}

/** A version by its semantic version: its page is the one by its number. */
function SemanticVersion({ name, text }: { name: string; text: string }) {
  const { value, error, reload } = useQuery(documentQuery(name, text));
  const number = value?.number;
  useEffect(() => {
    if (number !== undefined) navigate(places.version(name, String(number)) + location.search, { replace: true });
  }, [name, number]);
  const missing = error instanceof ApiError && [400, 404].includes(error.status);
  return <NotYet name={name} text={text} missing={missing} error={error} retry={reload} />;
}

/** One version of a model: stage, requests, document, files, where it comes from and where it is served. */
export default function Version({ subject: name, detail: text }: { subject: string; detail: string }) {
  const isNumber = /^\d+$/.test(text);
  return isNumber ? <NumberedVersion name={name} number={text} /> : <SemanticVersion name={name} text={text} />;
}
