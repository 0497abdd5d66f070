import { useEffect, useState } from "react";
import { onMetrics } from "../../api/live";
import type { LineChoice, LineX } from "../../charts/line";
import { useParam } from "../../router";
import { Empty } from "../../ui/basics";
import { MetricChart } from "./MetricChart";
import { metricGroups } from "./metric-groups";
import type { RunView } from "./runs";

/** Names of metrics that began after the run was read. */
function useNewKeys(runId: string): string[] {
  const [keys, setKeys] = useState<string[]>([]);
  useEffect(
    () =>
      onMetrics((event) => {
        if (event.run_id !== runId) return;
        setKeys((old) => {
          const added = event.points.map((point) => point.key).filter((key) => !old.includes(key));
          return added.length > 0 ? [...old, ...new Set(added)] : old;
        });
      }),
    [runId],
  );
  return keys;
}

function Tools({ choice, set }: { choice: LineChoice; set: (name: string, value: string) => void }) {
  const percent = Math.round(choice.smoothing * 100);
  return (
    <div className="chart-tools">
      <fieldset className="segments-box">
        <legend className="visually-hidden">Horizontal axis</legend>
        <span className="segments">
          {(["step", "time"] as LineX[]).map((x) => (
            <label key={x}>
              <input type="radio" name="x" checked={choice.x === x} onChange={() => set("x", x)} />
              {x}
            </label>
          ))}
        </span>
      </fieldset>
      <label className="check">
        <input type="checkbox" checked={choice.log} onChange={(event) => set("log", event.target.checked ? "1" : "")} />
        log axis
      </label>
      <label className="check">
        smoothing
        <input
          type="range"
          min="0"
          max="99"
          value={percent}
          onChange={(event) => set("smooth", event.target.value === "0" ? "" : event.target.value)}
        />
        <span className="quiet">{percent === 0 ? "none" : (percent / 100).toFixed(2)}</span>
      </label>
    </div>
  );
}

/** A chart for each metric, in sections by prefix; the axes are in the URL. */
export function RunMetrics({ run }: { run: RunView }) {
  const [x, setX] = useParam("x", "step");
  const [log, setLog] = useParam("log");
  const [smooth, setSmooth] = useParam("smooth");
  const keys = new Set([...run.metrics.keys(), ...useNewKeys(run.id)]);
  if (keys.size === 0) {
    return (
      <Empty title="No metrics yet" code={`mlflow.log_metric("loss", 0.5, step=1, run_id="${run.id}")`}>
        They appear here as they are logged.
      </Empty>
    );
  }
  const smoothing = Math.min(0.99, Math.max(0, Number(smooth) / 100 || 0));
  const choice: LineChoice = { x: x === "time" ? "time" : "step", log: log === "1", smoothing };
  const setters: Record<string, (value: string) => void> = { x: setX, log: setLog, smooth: setSmooth };
  return (
    <>
      <Tools choice={choice} set={(name, value) => setters[name]?.(value)} />
      {metricGroups(keys).map((group) => (
        <section key={group.prefix} className="chart-section" aria-label={group.prefix || "Metrics"}>
          {group.prefix && <h2>{group.prefix}</h2>}
          <div className="chart-grid">
            {group.keys.map((key) => (
              <MetricChart key={key} run={run} metricKey={key} choice={choice} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
