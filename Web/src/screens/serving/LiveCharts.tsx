import { useMemo } from "react";
import type { Rate, Reading } from "../../api/readings";
import { MomentsChart } from "../../charts/MomentsChart";
import { formatLatency, formatNumber } from "../../format/number";
import { linesOf } from "./lines";

const perSecondText = (value: number) => `${formatNumber(value, 3)}/s`;
const requestsText = (value: number) => `${formatNumber(value, 3)} request${value === 1 ? "" : "s"}`;

function LiveChart({ title, readings, of, format }: {
  title: string;
  readings: readonly Reading[];
  of: (rate: Rate) => number | undefined;
  format: (value: number) => string;
}) {
  const lines = useMemo(() => linesOf(readings, of), [readings, of]);
  const nothing = lines.length === 0 ? "Counting: rates need two readings." : "None in the last minutes.";
  return <MomentsChart title={title} lines={lines} format={format} nothing={nothing} />;
}

const perSecondOf = (rate: Rate) => rate.perSecond;
const latencyOf = (rate: Rate) => rate.latencyMs;
const waitingOf = (rate: Rate) => rate.waiting;
const batchOf = (rate: Rate) => rate.batch;

/** What each variant has done in the last minutes, as far as the page has looked. */
export function LiveCharts({ readings }: { readings: readonly Reading[] }) {
  return (
    <div className="chart-grid live-charts">
      <LiveChart title="Requests a second" readings={readings} of={perSecondOf} format={perSecondText} />
      <LiveChart title="Mean time of an answer" readings={readings} of={latencyOf} format={formatLatency} />
    </div>
  );
}

/** How much waited for each variant in the last minutes, and how it was put together, as far as the page has looked. */
export function QueueCharts({ readings }: { readings: readonly Reading[] }) {
  return (
    <div className="chart-grid live-charts">
      <LiveChart title="Requests that wait" readings={readings} of={waitingOf} format={requestsText} />
      <LiveChart title="Requests that a run answers" readings={readings} of={batchOf} format={requestsText} />
    </div>
  );
}
