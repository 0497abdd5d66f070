import { rolloutsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Endpoint, Rollout } from "../../api/schema";
import { formatCount, formatLatency, formatShare } from "../../format/number";
import { places } from "../../places";
import { Link } from "../../router";
import { Facts, Panel } from "../../ui/basics";
import { EndpointState } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { policyNames, rolloutFacts } from "./rollout-text";

function Variants({ endpoint }: { endpoint: Endpoint }) {
  return (
    <TableBox label="Variants">
      <table>
        <thead>
          <tr>
            <th scope="col">Variant</th>
            <th scope="col">Serves</th>
            <th scope="col">State</th>
            <th scope="col" className="number">Share</th>
            <th scope="col" className="number">Requests</th>
            <th scope="col" className="number">p99</th>
            <th scope="col" className="number">Errors</th>
          </tr>
        </thead>
        <tbody>
          {endpoint.variants.map((one) => (
            <tr key={one.name}>
              <th scope="row">{one.name}</th>
              <td>
                <Link href={places.version(one.model_name, one.model_version)}>
                  {one.model_name} <span className="quiet">version</span> {one.model_version}
                </Link>
              </td>
              <td><EndpointState state={one.state} /></td>
              <td className="number">{formatShare(one.share)}</td>
              <td className="number">{formatCount(one.requests_total)}</td>
              <td className="number">{formatLatency(one.latency_ms_p99)}</td>
              <td className="number">
                {formatShare(one.requests_total > 0 ? one.errors_total / one.requests_total : undefined)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function Latest({ rollout }: { rollout: Rollout }) {
  return (
    <Panel title={rollout.status === "running" ? "Rollout" : "Last rollout"} note={policyNames[rollout.policy]}>
      <Facts facts={rolloutFacts(rollout)} />
    </Panel>
  );
}

/** How an endpoint's requests are shared out, and what that has shown. */
export function Traffic({ endpoint }: { endpoint: Endpoint }) {
  const rollouts = useQuery(rolloutsQuery(endpoint.name));
  const latest = rollouts.value?.[0];
  return (
    <>
      <Panel title="Traffic" note={policyNames[endpoint.traffic.policy]}>
        <Variants endpoint={endpoint} />
      </Panel>
      {latest && <Latest rollout={latest} />}
    </>
  );
}
