import { call } from "../../api/client";
import { modelQuery, versionsQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { EditableText, TagEditor } from "../../ui/edit";
import { Age } from "../../ui/now";
import { useModelActs } from "./ModelActs";
import { aliasesByVersion, stageOf, stages } from "./versions";
import { VersionsTable } from "./VersionsTable";

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

/** A registered model: its stages and versions. */
export default function ModelScreen({ subject: name }: { subject: string }) {
  const model = useQuery(modelQuery(name));
  const versions = useQuery(versionsQuery(name));
  const [text, setText] = useParam("select");
  const aliases = aliasesByVersion(model.value);
  const list = versions.value ?? [];
  const error = model.error ?? versions.error;
  const acts = useModelActs(name, list);
  const selected = text.split(",").filter(Boolean);
  const toggle = (version: string, on: boolean) =>
    setText((on ? [...selected, version] : selected.filter((one) => one !== version)).join(","));
  const changed = () => invalidate(["models"]);
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
            </>
          )
        }
      />
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
          <Lanes name={name} versions={list} aliases={aliases} />
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
            versions={list}
            aliases={aliases}
            selected={selected}
            onSelect={toggle}
            acts={acts}
          />
        </>
      )}
      {model.value && (
        <div className="columns model-about">
          <EditableText
            title="Description"
            value={model.value.description ?? ""}
            empty="None yet."
            onSave={(description) =>
              call("PATCH /api/2.0/mlflow/registered-models/update", { body: { name, description } }).then(changed)
            }
          />
          <TagEditor
            tags={(model.value.tags ?? []).map((tag) => [tag.key ?? "", tag.value ?? ""])}
            onSet={(key, value) =>
              call("POST /api/2.0/mlflow/registered-models/set-tag", { body: { name, key, value } }).then(changed)
            }
            onRemove={(key) =>
              call("DELETE /api/2.0/mlflow/registered-models/delete-tag", { body: { name, key } }).then(changed)
            }
          />
        </div>
      )}
      {acts.dialog}
    </>
  );
}
