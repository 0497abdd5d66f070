import { experimentQuery, runQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { ModelVersion } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { formatNumber, numberOf } from "../../format/number";
import { places } from "../../places";
import { Link } from "../../router";
import { Facts, Panel, Swatch } from "../../ui/basics";
import { RunStatus } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { runView } from "../tracking/runs";

/** Where a version comes from and where it goes: data, run, version, endpoints. */
export function Lineage({ version, servedBy }: { version: ModelVersion; servedBy: string[] }) {
  const wire = useQuery(version.run_id ? runQuery(version.run_id) : null).value;
  const run = wire && runView(wire);
  const experiment = useQuery(run ? experimentQuery(run.experimentId) : null).value;
  const datasets = (wire?.inputs?.dataset_inputs ?? []).map((input) => input.dataset);
  return (
    <Panel title="Lineage">
      <Facts
        facts={[
          ["Data", datasets.length === 0 ? "—" : (
            <span className="chips">
              {datasets.map((dataset, index) => (
                <span key={index} className="chip" title={dataset?.digest}>{dataset?.name} <span className="mono">{dataset?.digest}</span></span>
              ))}
            </span>
          )],
          ["Experiment", run ? (
            <Link className="link" href={places.experiment(run.experimentId)}>{experiment?.name ?? run.experimentId}</Link>
          ) : "—"],
          ["Run", version.run_id ? (
            <>
              <Link className="cell-name" href={places.run(version.run_id)}>
                <Swatch colour={runStyle(version.run_id).colour} />
                {run?.name ?? version.run_id.slice(0, 8)}
              </Link>
              {run && <RunStatus status={run.status} />}
            </>
          ) : "—"],
          ["Git commit", <span className="mono">{run?.tags.get("mlflow.source.git.commit") ?? "—"}</span>],
          ["Source", <span className="mono">{version.source || "—"}</span>],
          ["Served at", servedBy.length === 0 ? "—" : (
            <span className="chips">
              {servedBy.map((endpoint) => (
                <Link key={endpoint} className="link" href={places.serving(endpoint)}>{endpoint}</Link>
              ))}
            </span>
          )],
        ]}
      />
    </Panel>
  );
}

/** The last metrics of the run that a version came from. */
export function OriginMetrics({ runId }: { runId: string }) {
  const wire = useQuery(runQuery(runId)).value;
  const metrics = wire ? [...runView(wire).metrics].sort(([a], [b]) => a.localeCompare(b)) : [];
  if (metrics.length === 0) return null;
  return (
    <Panel title="Metrics of its run" note="last value">
      <TableBox label="Metrics of its run">
        <table>
          <tbody>
            {metrics.map(([key, metric]) => (
              <tr key={key}>
                <th scope="row" className="wrap">{key}</th>
                <td className="number">{formatNumber(numberOf(metric.value), 6)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </TableBox>
    </Panel>
  );
}
