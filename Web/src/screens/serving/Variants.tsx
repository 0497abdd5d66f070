import { latestRates, type Rate, type Reading } from "../../api/readings";
import type { Endpoint, Variant } from "../../api/schema";
import { formatCount, formatLatency, formatNumber, formatShare } from "../../format/number";
import { places } from "../../places";
import { Link } from "../../router";
import { EndpointState } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { spanMs } from "./Measures";
import { roleNames, trafficText } from "./rollout-text";

/** Requests that broke the endpoint's contract, whatever became of them. */
function violations({ contract_violations: counts }: Variant): number {
  return counts ? counts.inputs_refused + counts.outputs_refused + counts.outputs_clipped : 0;
}

function Row({ endpoint, variant, rate }: { endpoint: Endpoint; variant: Variant; rate: Rate | undefined }) {
  const role = roleNames[endpoint.traffic.policy]?.[endpoint.variants.indexOf(variant)];
  const errors = variant.requests_total > 0 ? variant.errors_total / variant.requests_total : undefined;
  const busy = variant.replicas?.filter((one) => one.state === "busy").length;
  return (
    <tr>
      <th scope="row"><strong>{variant.name}</strong> {role && <span className="quiet">{role}</span>}</th>
      <td>
        <Link href={places.version(variant.model_name, variant.model_version)}>
          {variant.model_name} <span className="quiet">version</span> {variant.model_version}
        </Link>
      </td>
      <td title={variant.message}><EndpointState state={variant.state} /></td>
      <td>
        <span className="bar traffic-bar" aria-hidden="true"><span style={{ width: `${variant.share * 100}%` }} /></span>
        {trafficText(endpoint, variant)}
      </td>
      <td className="number">{formatNumber(rate?.perSecond, 3)}</td>
      <td className="number">{variant.replicas ? `${busy} of ${variant.replicas.length} busy` : "—"}</td>
      <td className="number">{formatCount(rate?.waiting)}</td>
      <td className="number">{formatNumber(rate?.batch, 3)}</td>
      <td className="number">{formatLatency(variant.latency_ms_p50)}</td>
      <td className="number">{formatLatency(variant.latency_ms_p99)}</td>
      <td className="number" title={`${variant.errors_total} errors`}>{formatShare(errors)}</td>
      <td className="number">{formatCount(variant.requests_total)}</td>
      {endpoint.contract && <td className="number">{formatCount(violations(variant))}</td>}
    </tr>
  );
}

/** The variants of an endpoint: what each gets, and how it does. */
export function Variants({ endpoint, readings }: { endpoint: Endpoint; readings: readonly Reading[] }) {
  const rates = latestRates(readings, spanMs)?.variants;
  return (
    <>
      <TableBox label="Variants">
        <table>
          <thead>
            <tr>
              <th scope="col">Variant</th>
              <th scope="col">Serves</th>
              <th scope="col">State</th>
              <th scope="col">Traffic</th>
              <th scope="col" className="number">Requests/s</th>
              <th scope="col" className="number">Processes</th>
              <th scope="col" className="number" title="Requests that wait now">Queue</th>
              <th scope="col" className="number" title="Requests that a run of the model answers">Batch</th>
              <th scope="col" className="number">p50</th>
              <th scope="col" className="number">p99</th>
              <th scope="col" className="number">Errors</th>
              <th scope="col" className="number">Requests</th>
              {endpoint.contract && <th scope="col" className="number">Off contract</th>}
            </tr>
          </thead>
          <tbody>
            {endpoint.variants.map((one) => (
              <Row key={one.name} endpoint={endpoint} variant={one} rate={rates?.get(one.name)} />
            ))}
          </tbody>
        </table>
      </TableBox>
      <p className="panel-body note">
        Requests/s and requests a run (Batch) over the last seconds, as above; what waits (Queue) now; the other numbers
        since the variant came or the server started. A quick model answers at once, without a queue or a batch.
      </p>
    </>
  );
}
