import type { LineChoice } from "../../charts/line";
import type { RunStyles } from "../../charts/run-style";
import { MetricChart } from "./MetricChart";
import { metricGroups } from "./metric-groups";
import type { RunView } from "./runs";

/** A chart for each metric of some runs, in sections by prefix. */
export function MetricCharts({ runs, styles, keys, choice }: {
  runs: readonly RunView[];
  styles?: RunStyles;
  keys: Iterable<string>;
  choice: LineChoice;
}) {
  return (
    <>
      {metricGroups(keys).map((group) => (
        <section key={group.prefix} className="chart-section" aria-label={group.prefix || "Metrics"}>
          {group.prefix && <h2>{group.prefix}</h2>}
          <div className="chart-grid">
            {group.keys.map((key) => (
              <MetricChart key={key} runs={runs} styles={styles} metricKey={key} choice={choice} />
            ))}
          </div>
        </section>
      ))}
    </>
  );
}
