import { call } from "../../api/client";
import { modelQuery, versionsQuery } from "../../api/queries";
import { hasSettled, invalidate, useQuery } from "../../api/query";
import { documentsQuery, protectionQuery, shownError } from "../../api/registry";
import type { ModelVersion, Protection as ProtectionState, RegisteredModel } from "../../api/schema";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { EditableText, TagEditor } from "../../ui/edit";
import { Age } from "../../ui/now";
import { useModelActs, type ModelActs } from "./ModelActs";
import { ProtectedMark, Protection } from "./Protection";
import { TransitionRequests } from "./transitions/TransitionRequests";
import { useTransitionRequests, type TransitionRequestsShown } from "./transitions/useTransitionRequests";
import { WaitingLink } from "./transitions/WaitingLink";
import { aliasesByVersion, stageOf, stages } from "./versions";
import { rowsAtOnce, VersionsTable } from "./VersionsTable";

const lanesShownMax = 12;

/** The stages side by side, with what stands in each. */
function Lanes({ name, versions, aliases }: {
  name: string;
  versions: ModelVersion[];
  aliases: Map<string, string[]>;
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
                <Link
                  key={version.version}
                  className="chip version"
                  href={places.version(name, version.version ?? "")}
                >
                  v{version.version}
                  {(aliases.get(version.version ?? "") ?? []).map((alias) => (
                    <span key={alias} className="quiet">{alias}</span>
                  ))}
                </Link>
              ))}
              {here.length > lanesShownMax && <span className="quiet">{here.length - lanesShownMax} more</span>}
            </div>
          </section>
        );
      })}
    </div>
  );
}

/** What is said of a model as a whole, and the way to change it. */
function About({ model, protection, requests }: {
  model: RegisteredModel;
  /** Absent where nobody knows. */
  protection: ProtectionState | undefined;
  requests: TransitionRequestsShown;
}) {
  const { name = "" } = model;
  const changed = () => invalidate(["models"]);
  return (
    <div className="columns model-about">
      <div>
        <EditableText
          title="Description"
          value={model.description ?? ""}
          empty="None yet."
          onSave={(description) =>
            call("PATCH /api/2.0/mlflow/registered-models/update", { body: { name, description } }).then(changed)
          }
        />
        <TagEditor
          tags={(model.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""])}
          onSet={(key, value) =>
            call("POST /api/2.0/mlflow/registered-models/set-tag", { body: { name, key, value } }).then(changed)
          }
          onRemove={(key) =>
            call("DELETE /api/2.0/mlflow/registered-models/delete-tag", { body: { name, key } }).then(changed)
          }
        />
      </div>
      {protection && <Protection name={name} state={protection} caller={requests.caller} waiting={requests.waiting} />}
    </div>
  );
}

/** The versions of a model in its stages and as a table, some of them selected. The selection is in the URL. */
function Versions({ name, model, versions, acts }: {
  name: string;
  model: RegisteredModel | undefined;
  versions: ModelVersion[];
  acts: ModelActs;
}) {
  const [text, setText] = useParam("select");
  const aliases = aliasesByVersion(model);
  const selected = text.split(",").filter(Boolean);
  const toggle = (version: string, on: boolean) =>
    setText((on ? [...selected, version] : selected.filter((one) => one !== version)).join(","));
  return (
    <>
      <Lanes name={name} versions={versions} aliases={aliases} />
      {selected.length > 0 && (
        <div className="selection-bar" role="group" aria-label="Selected versions">
          <span role="status">{selected.length} selected</span>
          <Link className="button primary" href={places.compareVersions(name, selected)} data-compare title="Compare (c)">
            Compare
          </Link>
          <button type="button" onClick={() => setText("")}>Clear</button>
        </div>
      )}
      <VersionsTable
        name={name}
        versions={versions}
        aliases={aliases}
        selected={selected}
        onSelect={toggle}
        acts={acts}
      />
    </>
  );
}

/** A registered model: its stages and versions, and the requests to move them. */
export default function ModelScreen({ subject: name }: { subject: string }) {
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const documents = useQuery(documentsQuery(name, rowsAtOnce));
  const protection = useQuery(protectionQuery(name));
  const requests = useTransitionRequests(name);
  const all = [model, versions, documents, protection];
  const isRead = requests.settled && all.every(hasSettled);
  const error = model.error ?? versions.error ?? shownError(documents.error) ?? shownError(protection.error);
  const list = versions.value ?? [];
  const acts = useModelActs(name, list, protection.value?.protected ?? false);
  return (
    <>
      <ScreenHead
        title={name}
        detail={
          model.value && (
            <>
              <span>registered model</span>
              {protection.value?.protected && <ProtectedMark />}
              <span>changed <Age at={model.value.last_updated_timestamp} /></span>
              {model.value.user_id && <span>by {model.value.user_id}</span>}
              <WaitingLink waiting={requests.waiting} />
            </>
          )
        }
      />
      {error && <ErrorNote error={error} retry={() => all.forEach((one) => one.reload())} />}
      {!isRead && !error && <Loading />}
      {isRead && versions.value?.length === 0 && (
        <Empty title="No versions yet" code={`mlflow.register_model("models:/MODEL_ID", "${name}")`}>
          Register a logged model under this name.
        </Empty>
      )}
      {isRead && list.length > 0 && (
        <>
          <Versions name={name} model={model.value} versions={list} acts={acts} />
          <TransitionRequests
            shown={requests}
            versions={list}
            servedBy={acts.servedBy}
            onRequest={() => acts.request(list[0]?.version ?? "")}
            showsVersion
          />
        </>
      )}
      {isRead && model.value && <About model={model.value} protection={protection.value} requests={requests} />}
      {acts.dialog}
    </>
  );
}
