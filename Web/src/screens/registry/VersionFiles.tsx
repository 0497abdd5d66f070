import { call } from "../../api/client";
import { filesQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { SignatureField, VersionFiles as Files } from "../../api/schema";
import { formatBytes } from "../../format/number";
import { useAct } from "../../ui/act";
import { CopyButton, ErrorNote, Loading, Panel } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import { TableBox } from "../../ui/table";
import { fileUrl, shortDigest } from "./versions";

function Digest({ digest, of }: { digest: string; of: string }) {
  return (
    <span className="digest">
      <span className="mono" title={digest}>{shortDigest(digest)}</span>
      <CopyButton text={digest} label={`Copy the digest of ${of}`} />
    </span>
  );
}

function FileList({ files, source }: { files: NonNullable<Files["files"]>; source: string }) {
  return (
    <TableBox label="Files">
      <table>
        <thead>
          <tr>
            <th scope="col">File</th>
            <th scope="col" className="number">Size</th>
            <th scope="col">SHA-256</th>
            <th scope="col"><span className="visually-hidden">Download</span></th>
          </tr>
        </thead>
        <tbody>
          {files.map((file) => {
            const url = fileUrl(source, file.path);
            return (
              <tr key={file.path}>
                <th scope="row" className="wrap">{file.path}</th>
                <td className="number">{formatBytes(file.size_bytes)}</td>
                <td><Digest digest={file.digest} of={file.path} /></td>
                <td>
                  {url && (
                    <a className="icon-button" href={url} download aria-label={`Download ${file.path}`} title="Download">
                      <Icon name="download" />
                    </a>
                  )}
                </td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </TableBox>
  );
}

function Fields({ title, fields }: { title: string; fields: SignatureField[] }) {
  return (
    <TableBox label={title}>
      <table>
        <thead>
          <tr>
            <th scope="col">{title}</th>
            <th scope="col">Type</th>
            <th scope="col">Shape</th>
          </tr>
        </thead>
        <tbody>
          {fields.map((field, index) => (
            <tr key={index}>
              <th scope="row">{field.name ?? <span className="quiet">unnamed</span>}</th>
              <td>{field.type}{field.required === false && <span className="quiet"> optional</span>}</td>
              <td className="mono">{field.shape ? `(${field.shape.join(", ")})` : <span className="quiet">—</span>}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

/** Why there are no files yet, or none at all, and the way to have them read again. */
function PinNote({ pin, name, version }: { pin: Files; name: string; version: string }) {
  const { busy, error, act } = useAct();
  const read = async () => {
    await call("POST /api/v1/registry/models/{name}/versions/{version}/pin", { path: { name, version } });
    invalidate(["models"]);
  };
  if (pin.pin_state === "pinned") return null;
  const isPending = pin.pin_state === "pending";
  return (
    <div className="panel-body quiet">
      {isPending && <p>The files are being read.{pin.unpinned_reason && ` Last attempt: ${pin.unpinned_reason}`}</p>}
      {!isPending && <p>Not pinned: {pin.unpinned_reason}</p>}
      {!isPending && <button type="button" disabled={busy} onClick={() => void act(read)}>Read again</button>}
      {error && <ErrorNote error={error} />}
    </div>
  );
}

/** What a version is made of: its files as they were registered, with their digests, and what it takes and gives. */
export function VersionFiles({ name, version, source }: { name: string; version: string; source: string }) {
  const { value, error, reload } = useQuery(filesQuery(name, version));
  if (error && !value) return <ErrorNote error={error} retry={reload} />;
  if (!value) return <Loading />;
  const { inputs = [], outputs = [] } = value.signature ?? {};
  return (
    <>
      <Panel
        title="Files"
        note={value.digest && <>all together <Digest digest={value.digest} of="all files" /></>}
      >
        {value.files && value.files.length > 0 && <FileList files={value.files} source={source} />}
        <PinNote pin={value} name={name} version={version} />
      </Panel>
      <Panel title="Signature">
        {inputs.length > 0 && <Fields title="Inputs" fields={inputs} />}
        {outputs.length > 0 && <Fields title="Outputs" fields={outputs} />}
        {inputs.length + outputs.length === 0 && <p className="panel-body quiet">None declared in its MLmodel.</p>}
      </Panel>
    </>
  );
}
