import { useEffect, useState } from "react";
import { artifactUrl } from "../../api/client";
import { formatBytes } from "../../format/number";
import { ErrorNote, Loading, Panel } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import { previewKind, readable } from "./preview";

const previewBytesMax = 256 * 1024;

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

function TextPreview({ url, path }: { url: string; path: string }) {
  const [text, setText] = useState<Text>();
  const [error, setError] = useState<Error>();
  useEffect(() => {
    const abort = new AbortController();
    readStart(url, abort.signal).then(setText, (failure: Error) => {
      if (!abort.signal.aborted) setError(failure);
    });
    return () => abort.abort();
  }, [url]);
  if (error) return <div className="panel-body"><ErrorNote error={error} /></div>;
  if (!text) return <Loading />;
  return (
    <>
      {text.cut && <p className="panel-body note">The first {formatBytes(previewBytesMax)}; download for all of it.</p>}
      <pre tabIndex={0} aria-label={path}>{text.cut ? text.text : readable(path, text.text)}</pre>
    </>
  );
}

/** One artifact: text or image as it is, anything else to download. HTML is shown as its source. */
export function ArtifactPreview({ runId, path }: { runId: string; path: string }) {
  const url = artifactUrl(runId, path);
  const kind = previewKind(path);
  const name = path.slice(path.lastIndexOf("/") + 1);
  return (
    <div className="preview">
      <Panel
        title={path}
        actions={
          <a className="button" href={url} download={name}>
            <Icon name="download" />
            Download
          </a>
        }
      >
        {kind === "text" && <TextPreview url={url} path={path} />}
        {kind === "image" && <img src={url} alt={name} />}
        {kind === "none" && <p className="panel-body quiet">There is no preview of this kind of file.</p>}
      </Panel>
    </div>
  );
}
