import { useEffect, useState } from "react";
import { onMetrics } from "../../api/live";
import { Empty } from "../../ui/basics";
import { ChartTools, useLineChoice } from "./ChartTools";
import { MetricCharts } from "./MetricCharts";
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

/** A chart for each metric, in sections by prefix; the axes are in the URL. */
export function RunMetrics({ run }: { run: RunView }) {
  const { choice, set } = useLineChoice();
  const keys = new Set([...run.metrics.keys(), ...useNewKeys(run.id)]);
  if (keys.size === 0) {
    return (
      <Empty title="No metrics yet" code={`mlflow.log_metric("loss", 0.5, step=1, run_id="${run.id}")`}>
        They appear here as they are logged.
      </Empty>
    );
  }
  return (
    <>
      <ChartTools choice={choice} set={set} />
      <MetricCharts runs={[run]} keys={keys} choice={choice} />
    </>
  );
}
