import { useEffect, useState, type ReactNode } from "react";
import { call } from "../../api/client";
import { onMetrics } from "../../api/live";
import { invalidate } from "../../api/query";
import type { Run } from "../../api/schema";
import { pointOf, type Point } from "../../charts/series";
import { formatCount, formatNumber, numberOf } from "../../format/number";
import { formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link } from "../../router";
import { Facts, Panel } from "../../ui/basics";
import { EditableText, TagEditor } from "../../ui/edit";
import { Age } from "../../ui/now";
import { TableBox } from "../../ui/table";
import { datasetThing } from "../lineage/things";
import { LoggedModels, NestedRuns, Produced } from "./RunProducts";
import type { RunView } from "./runs";

/** Values logged since the run was read, by metric. */
function useNewest(runId: string): Map<string, Point> {
  const [newest, setNewest] = useState<Map<string, Point>>(new Map());
  useEffect(
    () =>
      onMetrics((event) => {
        if (event.run_id !== runId) return;
        setNewest((old) => {
          const next = new Map(old);
          for (const point of event.points) next.set(point.key, pointOf(point));
          return next;
        });
      }),
    [runId],
  );
  return newest;
}

function Metrics({ run }: { run: RunView }) {
  const newest = useNewest(run.id);
  const keys = [...new Set([...run.metrics.keys(), ...newest.keys()])].sort();
  return (
    <Panel title="Metrics" note={keys.length > 0 ? `${keys.length}, last value` : undefined}>
      {keys.length === 0 && <p className="panel-body quiet">None logged.</p>}
      {keys.length > 0 && (
        <TableBox label="Metrics">
          <table>
            <thead>
              <tr>
                <th scope="col">Metric</th>
                <th scope="col" className="number">Last</th>
                <th scope="col" className="number">Step</th>
                <th scope="col">Logged</th>
              </tr>
            </thead>
            <tbody>
              {keys.map((key) => {
                const metric = run.metrics.get(key);
                const live = newest.get(key);
                const isNewer = live !== undefined && live.timestamp >= (metric?.timestamp ?? 0);
                return (
                  <tr key={key}>
                    <th scope="row" className="wrap">{key}</th>
                    <td className="number">{formatNumber(isNewer ? live.value : numberOf(metric?.value), 6)}</td>
                    <td className="number">{formatCount(isNewer ? live.step : metric?.step ?? 0)}</td>
                    <td><Age at={isNewer ? live.timestamp : metric?.timestamp} /></td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </TableBox>
      )}
    </Panel>
  );
}

function Pairs({ title, pairs }: { title: string; pairs: [string, string][] }) {
  return (
    <Panel title={title} note={pairs.length > 0 ? pairs.length : undefined}>
      {pairs.length === 0 && <p className="panel-body quiet">None.</p>}
      {pairs.length > 0 && <Facts facts={pairs.map(([key, value]) => [key, <span className="mono">{value}</span>])} />}
    </Panel>
  );
}

function Datasets({ wire }: { wire: Run }) {
  const inputs = wire.inputs?.dataset_inputs ?? [];
  if (inputs.length === 0) return null;
  return (
    <Panel title="Datasets">
      <ul className="list">
        {inputs.map((input, index) => (
          <li key={index}>
            <Link
              className="list-main"
              href={places.lineage("dataset_version", datasetThing(input.dataset?.name ?? "", input.dataset?.digest ?? ""))}
            >
              {input.dataset?.name}
            </Link>
            <span className="list-side mono">{input.dataset?.digest}</span>
            <span className="list-side">
              {input.tags?.find((tag) => tag.key === "mlflow.data.context")?.value}
            </span>
          </li>
        ))}
      </ul>
    </Panel>
  );
}

export function RunOverview({ run, wire }: { run: RunView; wire: Run }) {
  const system = (key: string) => run.tags.get(`mlflow.${key}`);
  const facts: [string, ReactNode][] = [
    ["Run id", <span className="mono">{run.id}</span>],
    ["Experiment", <Link className="link" href={places.experiment(run.experimentId)}>{run.experimentId}</Link>],
    ["Began", formatMoment(run.startTime)],
    ["Ended", formatMoment(run.endTime)],
    ["User", run.userId || "—"],
    ["Source", <span className="mono">{system("source.name") ?? "—"}</span>],
    ["Git commit", <span className="mono">{system("source.git.commit") ?? "—"}</span>],
    ["Artifacts", <span className="mono">{run.artifactUri || "—"}</span>],
  ];
  const changed = () => invalidate([`run:${run.id}`]);
  const setTag = (key: string, value: string) =>
    call("POST /api/2.0/mlflow/runs/set-tag", { body: { run_id: run.id, key, value } }).then(changed);
  const removeTag = (key: string) =>
    call("POST /api/2.0/mlflow/runs/delete-tag", { body: { run_id: run.id, key } }).then(changed);
  const byName = ([a]: [string, string], [b]: [string, string]) => a.localeCompare(b);
  return (
    <>
      <div className="columns">
        <div>
          <EditableText
            title="Description"
            value={system("note.content") ?? ""}
            empty="None yet."
            onSave={(text) => setTag("mlflow.note.content", text)}
          />
          <Metrics run={run} />
          <NestedRuns run={run} />
          <LoggedModels wire={wire} />
          <Produced runId={run.id} />
          <Datasets wire={wire} />
        </div>
        <div>
          <Pairs title="Params" pairs={[...run.params].sort(byName)} />
          <Panel title="Details"><Facts facts={facts} /></Panel>
          <TagEditor
            tags={[...run.tags].filter(([key]) => !key.startsWith("mlflow.")).sort(byName)}
            onSet={setTag}
            onRemove={removeTag}
          />
        </div>
      </div>
    </>
  );
}
