import { useEffect, useRef } from "react";
import { runQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
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
import { stageOf, stages, type StageName } from "./versions";

const metricsShownMax = 2;

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

interface RowActions {
  servedBy: (version: string) => string[];
  onChange: (version: string, stage: StageName) => void;
  onDeploy: (version: string) => void;
}

function Row({ version, aliases, chosen, ...act }: RowActions & {
  version: ModelVersion;
  aliases: string[];
  chosen: boolean;
}) {
  const row = useRef<HTMLTableRowElement>(null);
  const number = version.version ?? "";
  const stage = stageOf(version);
  useEffect(() => {
    if (chosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <tr ref={row} className={chosen ? "chosen" : undefined}>
      <th scope="row">
        <Link href={places.model(version.name ?? "", number)} className="cell-name" data-row-link>
          version {number}
        </Link>
        {version.description && (
          <div className="quiet cell-clip version-text" title={version.description}>{version.description}</div>
        )}
      </th>
      <td><Stage stage={stage} /></td>
      <td>
        <span className="chips">
          {aliases.map((alias) => <span key={alias} className="chip">{alias}</span>)}
          {aliases.length === 0 && <span className="quiet">—</span>}
        </span>
      </td>
      {version.run_id ? <Origin runId={version.run_id} /> : <><td className="quiet">—</td><td className="quiet">—</td></>}
      <td>
        {act.servedBy(number).map((endpoint) => (
          <Link key={endpoint} className="link" href={places.serving(endpoint)}>{endpoint} </Link>
        ))}
        {act.servedBy(number).length === 0 && <span className="quiet">—</span>}
      </td>
      <td><Age at={version.creation_timestamp} /></td>
      <td className="stick-end">
        <span className="row-actions">
          <select
            aria-label={`Move version ${number} to a stage`}
            value=""
            onChange={(event) => act.onChange(number, event.target.value as StageName)}
          >
            <option value="">Move to…</option>
            {stages.filter((one) => one !== stage).map((one) => <option key={one}>{one}</option>)}
          </select>
          <button type="button" onClick={() => act.onDeploy(number)} aria-label={`Deploy version ${number}`}>
            Deploy…
          </button>
        </span>
      </td>
    </tr>
  );
}

/** The versions of a model, newest first. */
export function VersionsTable({ versions, aliases, chosen, ...act }: RowActions & {
  versions: ModelVersion[];
  aliases: Map<string, string[]>;
  chosen: string;
}) {
  return (
    <div className="framed-box">
      <TableBox label="Versions">
        <table>
          <thead>
            <tr>
              <th scope="col">Version</th>
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
            {versions.map((version) => (
              <Row
                key={version.version}
                version={version}
                aliases={aliases.get(version.version ?? "") ?? []}
                chosen={version.version === chosen}
                {...act}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
    </div>
  );
}
