import { useRef, useState } from "react";
import { runQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { documentsMax, documentsQuery } from "../../api/registry";
import type { ModelVersion } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { formatNumber, numberOf } from "../../format/number";
import { places } from "../../places";
import { Link } from "../../router";
import { Swatch } from "../../ui/basics";
import { Age } from "../../ui/now";
import { Stage } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { runView } from "../tracking/runs";
import { DeployButton, StageChoice, type ModelActs } from "./ModelActs";
import { semanticsByNumber } from "./version-document";
import { stageOf } from "./versions";

const metricsShownMax = 2;
/** Versions that are shown at first, and with each demand for more. */
export const rowsAtOnce = 100;

/** The run that a version came from, with a few of its metrics. */
function Origin({ runId }: { runId: string }) {
  const { value } = useQuery(runQuery(runId));
  const run = value && runView(value);
  const metrics = [...(run?.metrics ?? [])].slice(0, metricsShownMax);
  return (
    <>
      <td>
        <Link className="cell-name" href={places.run(runId)}>
          <Swatch colour={runStyle(runId).colour} />
          {run?.name ?? runId.slice(0, 8)}
        </Link>
      </td>
      <td>
        {metrics.length === 0 && <span className="quiet">—</span>}
        {metrics.map(([key, metric]) => (
          <span key={key} className="version-metric">
            <span className="quiet">{key}</span> {formatNumber(numberOf(metric.value))}
          </span>
        ))}
      </td>
    </>
  );
}

interface Selecting {
  selected: readonly string[];
  onSelect: (version: string, on: boolean) => void;
  acts: ModelActs;
}

function Row({ version, semantic, aliases, selected, onSelect, acts }: Selecting & {
  version: ModelVersion;
  /** Absent where no version of the model has one. */
  semantic: string | undefined;
  aliases: string[];
}) {
  const number = version.version ?? "";
  const isSelected = selected.includes(number);
  const served = acts.servedBy(number);
  return (
    <tr className={isSelected ? "chosen" : undefined}>
      <td className="cell-check">
        <input
          type="checkbox"
          aria-label={`Select version ${number}`}
          data-row-select
          checked={isSelected}
          onChange={(event) => onSelect(number, event.target.checked)}
        />
      </td>
      <th scope="row">
        <Link href={places.version(version.name ?? "", number)} className="cell-name" data-row-link>
          version {number}
        </Link>
        {version.description && (
          <div className="quiet cell-clip version-text" title={version.description}>{version.description}</div>
        )}
      </th>
      {semantic !== undefined && <td>{semantic || <span className="quiet">—</span>}</td>}
      <td><Stage stage={stageOf(version)} /></td>
      <td>
        <span className="chips">
          {aliases.map((alias) => <span key={alias} className="chip">{alias}</span>)}
          {aliases.length === 0 && <span className="quiet">—</span>}
        </span>
      </td>
      {version.run_id ? <Origin runId={version.run_id} /> : <><td className="quiet">—</td><td className="quiet">—</td></>}
      <td>
        {served.map((endpoint) => (
          <Link key={endpoint} className="link" href={places.serving(endpoint)}>{endpoint} </Link>
        ))}
        {served.length === 0 && <span className="quiet">—</span>}
      </td>
      <td><Age at={version.creation_timestamp} /></td>
      <td className="stick-end">
        <span className="row-actions">
          <StageChoice version={version} acts={acts} />
          <DeployButton version={version} acts={acts} />
        </span>
      </td>
    </tr>
  );
}

/** The versions of a model, newest first; with their semantic versions where there are any. */
export function VersionsTable({ name, versions, aliases, ...rest }: Selecting & {
  name: string;
  versions: ModelVersion[];
  aliases: Map<string, string[]>;
}) {
  const [rows, setRows] = useState(rowsAtOnce);
  const documents = useQuery(documentsQuery(name, Math.min(rows, documentsMax))).value;
  // While more are read, those that were read before stay.
  const last = useRef(documents);
  last.current = documents ?? last.current;
  const semantics = semanticsByNumber(last.current ?? []);
  const hasSemantics = semantics.size > 0;
  return (
    <div className="framed-box">
      <TableBox label="Versions">
        <table>
          <thead>
            <tr>
              <th scope="col" className="cell-check"><span className="visually-hidden">Select</span></th>
              <th scope="col">Version</th>
              {hasSemantics && <th scope="col">Semantic</th>}
              <th scope="col">Stage</th>
              <th scope="col">Aliases</th>
              <th scope="col">From run</th>
              <th scope="col">Metrics</th>
              <th scope="col">Served at</th>
              <th scope="col">Registered</th>
              <th scope="col" className="stick-end"><span className="visually-hidden">Actions</span></th>
            </tr>
          </thead>
          <tbody>
            {versions.slice(0, rows).map((version) => (
              <Row
                key={version.version}
                version={version}
                semantic={hasSemantics ? semantics.get(version.version ?? "") ?? "" : undefined}
                aliases={aliases.get(version.version ?? "") ?? []}
                {...rest}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
      {versions.length > rows && (
        <div className="table-foot">
          <span>{rows} of {versions.length}</span>
          <button type="button" onClick={() => setRows(rows + rowsAtOnce)}>More</button>
        </div>
      )}
    </div>
  );
}
