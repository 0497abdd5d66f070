import { useEffect, useState, type ReactNode } from "react";
import { artifactUrl } from "../../api/client";
import { formatBytes } from "../../format/number";
import { ErrorNote, Loading, Panel } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import { TableBox } from "../../ui/table";
import { previewKind, readable, tableRows } from "./preview";

const previewBytesMax = 256 * 1024;
const tableRowsMax = 200;

interface Text {
  text: string;
  cut: boolean;
}

/** The beginning of a text; the rest is not read. */
async function readStart(url: string, signal: AbortSignal): Promise<Text> {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new Error(`The server answered ${response.status}.`);
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  while (reader) {
    const { done, value } = await reader.read();
    if (done) break;
    bytes += value.length;
    text += decoder.decode(value, { stream: true });
    if (bytes > previewBytesMax) {
      await reader.cancel();
      return { text, cut: true };
    }
  }
  return { text, cut: false };
}

/** The beginning of an artifact, once it is read. */
function useStart(url: string): { text: Text | undefined; error: Error | undefined } {
  const [text, setText] = useState<Text>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const abort = new AbortController();
    readStart(url, abort.signal).then(setText, (failure: Error) => {
      if (!abort.signal.aborted) setError(failure);
    });
    return () => abort.abort();
  }, [url]);
  return { text, error };
}

function CutNote() {
  return <p className="panel-body note">The first {formatBytes(previewBytesMax)}; download for all of it.</p>;
}

function TextPreview({ url, path }: { url: string; path: string }) {
  const { text, error } = useStart(url);
  if (error) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (!text) return <Loading />;
  return (
    <>
      {text.cut && <CutNote />}
      <pre tabIndex={0} aria-label={path}>{text.cut ? text.text : readable(path, text.text)}</pre>
    </>
  );
}

function TablePreview({ url, path }: { url: string; path: string }) {
  const { text, error } = useStart(url);
  if (error) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (!text) return <Loading />;
  const [head = [], ...rows] = tableRows(path, text.text, text.cut, tableRowsMax + 1);
  return (
    <>
      {(text.cut || rows.length === tableRowsMax) && (
        <p className="panel-body note">The first {rows.length} rows; download for all of it.</p>
      )}
      <TableBox label={`Rows of ${path}`}>
        <table>
          <thead>
            <tr>{head.map((cell, index) => <th key={index} scope="col">{cell || `column ${index + 1}`}</th>)}</tr>
          </thead>
          <tbody>
            {rows.map((row, index) => (
              <tr key={index}>{row.map((cell, at) => <td key={at}><span className="cell-clip" title={cell}>{cell}</span></td>)}</tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </>
  );
}

/** A stranger's page: in a frame of an origin of its own, without scripts, and the server's answer says so too. */
function PagePreview({ runId, path }: { runId: string; path: string }) {
  return (
    <>
      <p className="panel-body note">Scripts in the file do not run here; download it to open it with them.</p>
      <iframe title={path} src={artifactUrl(runId, path, true)} sandbox="" />
    </>
  );
}

/** One artifact: text, table, image or page; anything else to download. `actions` are what else can be done with it. */
export function ArtifactPreview({ runId, path, actions }: { runId: string; path: string; actions?: ReactNode }) {
  const url = artifactUrl(runId, path);
  const kind = previewKind(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    <div className="preview">
      <Panel
        title={path}
        actions={
          <>
            {actions}
            <a className="button" href={url} download={name}>
              <Icon name="download" />
              Download
            </a>
          </>
        }
      >
        {kind === "text" && <TextPreview url={url} path={path} />}
        {kind === "table" && <TablePreview url={url} path={path} />}
        {kind === "image" && <img src={url} alt={name} />}
        {kind === "page" && <PagePreview runId={runId} path={path} />}
        {kind === "none" && <p className="panel-body quiet">There is no preview of this kind of file.</p>}
      </Panel>
    </div>
  );
}
