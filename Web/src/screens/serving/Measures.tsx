import { latestRates, type Reading } from "../../api/readings";
import type { Endpoint } from "../../api/schema";
import { formatLatency, formatNumber, formatShare } from "../../format/number";
import { EndpointState } from "../../ui/status";

/** The time over which requests a second are told, as soon as the page has looked so long. */
export const spanMs = 10_000;

/** How an endpoint does, in a line: now where the counters tell it, since the server started otherwise. */
export function Measures({ endpoint, readings }: { endpoint: Endpoint; readings: readonly Reading[] }) {
  const latest = latestRates(readings, spanMs);
  const now = latest?.whole;
  const lately = `last ${Math.round(latest?.seconds ?? spanMs / 1000)} s`;
  const measures: [string, string, string][] = [
    ["Requests", now ? `${formatNumber(now.perSecond, 3)}/s` : "—", lately],
    ["Errors", formatShare(now?.errorShare), lately],
    ["p50", formatLatency(endpoint.latency_ms_p50), "since the start"],
    ["p99", formatLatency(endpoint.latency_ms_p99), "since the start"],
  ];
  return (
    <div className="measures" role="group" aria-label="Now">
      <EndpointState state={endpoint.state} />
      <dl>
        {measures.map(([name, value, moment]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd><strong>{value}</strong> <span className="quiet">{moment}</span></dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
