import type { ReactNode } from "react";
import type { DescribedVersion } from "../../api/schema";
import { formatBytes, formatCount, missing } from "../../format/number";
import { places } from "../../places";
import { Link } from "../../router";
import { CopyButton, Facts, Panel } from "../../ui/basics";
import { TableBox } from "../../ui/table";
import { datasetThing } from "../lineage/things";
import { isTold, semanticOf, sortedEntries, valueText, type ParentModel, type ParentNode } from "./version-document";
import { shortDigest } from "./versions";

const isWeb = (text: string) => /^https?:\/\//.test(text);

function Copied({ text, shown, label }: { text: string; shown: string; label: string }) {
  return (
    <span className="digest">
      <span className="mono" title={text}>{shown}</span>
      <CopyButton text={text} label={label} />
    </span>
  );
}

function Code({ code }: { code: NonNullable<DescribedVersion["code"]> }) {
  const { repository, commit, digest } = code;
  return (
    <span className="code-facts">
      {repository && (isWeb(repository)
        ? <a className="link" href={repository} rel="noreferrer" target="_blank">{repository}</a>
        : <span>{repository}</span>)}
      {commit && <Copied text={commit} shown={commit} label="Copy the commit" />}
      {digest && <Copied text={digest} shown={shortDigest(digest)} label="Copy the digest of the code" />}
    </span>
  );
}

/** The page of what a parent was found to be: by its words alone it might be another model that bears the name now. */
function parentPlace({ model_id: model = "", version }: ParentModel, node: ParentNode | undefined): string {
  if (node === undefined) return places.version(model, String(version));
  const slash = node.id.lastIndexOf("/");
  if (node.kind === "model_version") return places.version(node.id.slice(0, slash), node.id.slice(slash + 1));
  return places.lineage(node.kind, node.id);
}

function Parents({ parents, nodes }: { parents: ParentModel[]; nodes: ParentNode[] }) {
  return (
    <ul className="parents">
      {parents.map((parent, index) => (
        <li key={`${parent.relationship} ${parent.model_id} ${parent.version}`}>
          <span className="quiet">{parent.relationship} from</span>{" "}
          <Link className="link" href={parentPlace(parent, nodes[index])}>{parent.model_id} {parent.version}</Link>
        </li>
      ))}
    </ul>
  );
}

/** What was told of a version: what it is called, made with, and made from. */
export function Registration({ document }: { document: DescribedVersion }) {
  const { name, number, code, parent_models: parents = [], parent_nodes: nodes = [] } = document;
  if (!isTold(document)) {
    const path = `/api/v1/registry/models/${encodeURIComponent(name)}/versions/${number}`;
    const example = `curl -X PATCH --json '{"semantic_version": "1.0.0", "framework": "onnx"}' '${location.origin}${path}'`;
    return (
      <Panel title="Registration">
        <p className="panel-body quiet wrap-anywhere">
          Nothing was told of it yet. Its semantic version, framework, metrics, parents and data can be, by{" "}
          <code>PATCH {path}</code> <CopyButton text={example} label="Copy an example" />
        </p>
      </Panel>
    );
  }
  const facts: [string, ReactNode][] = [
    ["Semantic version", semanticOf(document) ?? missing],
    ["Framework", document.framework ?? missing],
    ["Type", document.model_type ?? missing],
    ["Author", document.author ?? missing],
    ["Size", formatBytes(document.model_size_bytes)],
    ["Parents", parents.length > 0 ? <Parents parents={parents} nodes={nodes} /> : missing],
    ["Code", code ? <Code code={code} /> : missing],
  ];
  return <Panel title="Registration"><Facts facts={facts} /></Panel>;
}

/** The data that a version was made from, as it was told. */
export function Datasets({ document }: { document: DescribedVersion }) {
  const { datasets = [] } = document;
  if (datasets.length === 0) return null;
  return (
    <Panel title="Datasets" note={datasets.length}>
      <TableBox label="Datasets">
        <table>
          <thead>
            <tr>
              <th scope="col">Dataset</th>
              <th scope="col">Version</th>
              <th scope="col">Split</th>
              <th scope="col" className="number">Rows</th>
            </tr>
          </thead>
          <tbody>
            {datasets.map((dataset, index) => (
              <tr key={index}>
                <th scope="row" className="wrap">
                  <Link className="link" href={places.lineage("dataset_version", datasetThing(dataset.dataset_id, String(dataset.version)))}>{dataset.dataset_id}</Link>
                </th>
                <td>{dataset.version}</td>
                <td>{dataset.split ?? <span className="quiet">{missing}</span>}</td>
                <td className="number">{formatCount(dataset.size)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}

/** Names and values that were told of a version; nothing where there are none. */
export function ToldValues({ title, values, numbers = false }: {
  title: string;
  values: Record<string, unknown> | undefined;
  numbers?: boolean;
}) {
  const entries = sortedEntries(values);
  if (entries.length === 0) return null;
  return (
    <Panel title={title} note="as registered">
      <TableBox label={title}>
        <table>
          <tbody>
            {entries.map(([key, value]) => (
              <tr key={key}>
                <th scope="row" className="wrap">{key}</th>
                <td className={numbers ? "number" : "number wrap"}>{valueText(value)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}
