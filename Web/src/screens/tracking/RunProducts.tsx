import { loggedModelQuery, producedQuery, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Run } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { places } from "../../places";
import { Link } from "../../router";
import { Panel, Swatch } from "../../ui/basics";
import { Age } from "../../ui/now";
import { RunStatus, Stage, Status, type Tone } from "../../ui/status";
import { RegisterButton } from "../registry/RegisterDialog";
import { nestedFilter, runView, type RunView } from "./runs";

const nestedMax = 10;
const modelsMax = 20;

/** The newest runs that are nested in a run. */
export function NestedRuns({ run }: { run: RunView }) {
  const filter = nestedFilter(run.id);
  const { value } = useQuery(runsQuery({ experimentIds: [run.experimentId], filter, max: nestedMax }));
  if (!value || value.runs.length === 0) return null;
  const table = `${places.experiment(run.experimentId)}?${new URLSearchParams({ filter })}`;
  return (
    <Panel
      title="Nested runs"
      note={value.nextPageToken ? `the newest ${nestedMax}` : value.runs.length}
      actions={<Link className="button" href={table}>Show as table</Link>}
    >
      <ul className="list">
        {value.runs.map(runView).map((nested) => (
          <li key={nested.id}>
            <Link className="list-main" href={places.run(nested.id)}>
              <Swatch colour={runStyle(nested.id).colour} /> {nested.name}
            </Link>
            <RunStatus status={nested.status} />
            <span className="list-side"><Age at={nested.startTime} /></span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

const modelStates: Record<string, [Tone, string]> = {
  LOGGED_MODEL_READY: ["good", "Ready"],
  LOGGED_MODEL_PENDING: ["active", "Pending"],
  LOGGED_MODEL_UPLOAD_FAILED: ["bad", "Upload failed"],
};

function LoggedModelItem({ id }: { id: string }) {
  const { value } = useQuery(loggedModelQuery(id));
  const name = value?.name || id;
  const [tone, word] = modelStates[value?.status ?? ""] ?? ["idle", "Unknown"];
  return (
    <li>
      <Link className="list-main" href={places.lineage("logged_model", id)} title={id}>{name}</Link>
      {value && <Status tone={tone}>{word}</Status>}
      {value?.artifact_uri && value.status === "LOGGED_MODEL_READY" && (
        <RegisterButton
          label={`Register ${name}`}
          files={{ source: value.artifact_uri, runId: value.source_run_id, modelId: id }}
        />
      )}
    </li>
  );
}

/** The models that a run logged, each with the way to register it. */
export function LoggedModels({ wire }: { wire: Run }) {
  const ids = [...new Set((wire.outputs?.model_outputs ?? []).flatMap((output) => output.model_id ?? []))];
  if (ids.length === 0) return null;
  return (
    <Panel title="Logged models" note={ids.length > modelsMax ? `${modelsMax} of ${ids.length}` : ids.length}>
      <ul className="list">
        {ids.slice(0, modelsMax).map((id) => <LoggedModelItem key={id} id={id} />)}
      </ul>
    </Panel>
  );
}

/** The model versions that were registered from a run. */
export function Produced({ runId }: { runId: string }) {
  const { value } = useQuery(producedQuery(runId));
  if (!value || value.length === 0) return null;
  return (
    <Panel title="Model versions from this run">
      <ul className="list">
        {value.map((version) => (
          <li key={`${version.name} ${version.version}`}>
            <Link className="list-main" href={places.version(version.name ?? "", version.version ?? "")}>
              {version.name} {version.version}
            </Link>
            <Stage stage={version.current_stage ?? "None"} />
          </li>
        ))}
      </ul>
    </Panel>
  );
}
