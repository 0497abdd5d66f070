import { useState } from "react";
import { artifactsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { formatBytes } from "../../format/number";
import { useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import { RegisterButton } from "../registry/RegisterDialog";
import { ArtifactPreview } from "./ArtifactPreview";
import type { RunView } from "./runs";

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

/** The folder of the model that the file at `path` describes; undefined for other files. */
const modelFolder = (path: string) =>
  baseName(path) === "MLmodel" ? path.slice(0, Math.max(0, path.lastIndexOf("/"))) : undefined;

interface TreeProps {
  runId: string;
  running: boolean;
  chosen: string;
  onChoose: (path: string, size: number | undefined) => void;
}

function Folder({ path, ...rest }: TreeProps & { path: string }) {
  const [open, setOpen] = useState(rest.chosen.startsWith(`${path}/`));
  return (
    <li>
      <button type="button" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} />
        <Icon name="folder" />
        <span>{baseName(path)}</span>
      </button>
      {open && <Files path={path} {...rest} />}
    </li>
  );
}

/** What lies in a folder, read when it is opened. */
function Files({ path, ...rest }: TreeProps & { path: string }) {
  const { value, error, reload } = useQuery(artifactsQuery(rest.runId, path, rest.running));
  if (error && !value) return <ErrorNote error={error} retry={reload} />;
  if (!value) return <Loading />;
  const ordered = [...value].sort(
    (a, b) => Number(b.is_dir ?? false) - Number(a.is_dir ?? false) || (a.path ?? "").localeCompare(b.path ?? ""),
  );
  return (
    <ul>
      {ordered.map((file) => {
        const name = file.path ?? "";
        if (file.is_dir) return <Folder key={name} path={name} {...rest} />;
        return (
          <li key={name}>
            <button
              type="button"
              aria-current={name === rest.chosen}
              onClick={() => rest.onChoose(name, file.file_size ?? 0)}
            >
              <Icon name="file" />
              <span>{baseName(name)}</span>
              <span className="size">{formatBytes(file.file_size ?? 0)}</span>
            </button>
          </li>
        );
      })}
    </ul>
  );
}

/** The files of a run: a tree, and the one chosen beside it. */
export function RunArtifacts({ run }: { run: RunView }) {
  const { id: runId, artifactUri } = run;
  const running = run.status === "RUNNING";
  const root = useQuery(artifactsQuery(runId, "", running));
  const [path, setPath] = useParam("path");
  const folder = modelFolder(path);
  const source = [artifactUri, folder].filter(Boolean).join("/");
  const register = folder !== undefined && <RegisterButton files={{ source, runId }} />;
  if (root.value?.length === 0) {
    return (
      <Empty title="No artifacts yet" code={`mlflow.log_artifact("report.html", run_id="${runId}")`}>
        Files that the run logs are listed here.
      </Empty>
    );
  }
  return (
    <div className="artifacts">
      <Panel title="Files">
        <nav className="tree list" aria-label="Files">
          <Files runId={runId} running={running} path="" chosen={path} onChoose={(next) => setPath(next)} />
        </nav>
      </Panel>
      {path ? (
        <ArtifactPreview key={path} runId={runId} path={path} actions={register} />
      ) : (
        <Empty title="Choose a file">
          <span className="mono">{artifactUri}</span>
        </Empty>
      )}
    </div>
  );
}
