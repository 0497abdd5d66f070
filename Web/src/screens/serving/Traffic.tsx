import { latestRates, type Reading } from "../../api/readings";
import type { Endpoint, Rollout } from "../../api/schema";
import { Panel } from "../../ui/basics";
import { LiveCharts } from "./LiveCharts";
import { spanMs } from "./Measures";
import { RolloutPanel } from "./RolloutPanel";
import { policyNames } from "./rollout-text";
import { Variants } from "./Variants";

/** How an endpoint's requests are shared out, what comes of it now, and what the latest rollout has shown. */
export function Traffic({ endpoint, readings, rollouts }: {
  endpoint: Endpoint;
  readings: readonly Reading[];
  rollouts: readonly Rollout[];
}) {
  const [latest] = rollouts;
  const second = latest?.variants[1] ?? "";
  return (
    <>
      {latest && (
        <RolloutPanel
          title={latest.status === "running" ? "Rollout" : "Last rollout"}
          rollout={latest}
          perSecond={latestRates(readings, spanMs)?.variants.get(second)?.perSecond}
        />
      )}
      <Panel title="Traffic" note={policyNames[endpoint.traffic.policy]}>
        <Variants endpoint={endpoint} readings={readings} />
      </Panel>
      <LiveCharts readings={readings} />
    </>
  );
}
