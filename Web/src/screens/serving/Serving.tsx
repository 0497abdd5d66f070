import { useEffect, useRef } from "react";
import { endpointsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { formatCount, formatLatency, formatShare } from "../../format/number";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { Age } from "../../ui/now";
import { EndpointState } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { EndpointDetail } from "./EndpointDetail";

const sample = () =>
  `curl -X POST ${location.origin}/api/v1/mlflow/serving/deploy \\\n  -H 'Content-Type: application/json' \\\n  -d '{"model_name": "first", "version": "1"}'`;

/** Scrolls the box of the list, and nothing else, to the row that is chosen. */
function useRowInSight(chosen: boolean) {
  const row = useRef<HTMLTableRowElement>(null);
  useEffect(() => {
    const box = row.current?.closest(".table-box");
    if (!chosen || !row.current || !box) return;
    const { top, bottom, height } = row.current.getBoundingClientRect();
    const around = box.getBoundingClientRect();
    // The head of the table stands in front of as much as one row.
    if (top < around.top + height || bottom > around.bottom) box.scrollTop += top - around.top - height;
  }, [chosen]);
  return row;
}

function Row({ endpoint, chosen }: { endpoint: Endpoint; chosen: boolean }) {
  const row = useRowInSight(chosen);
  const errors = endpoint.requests_total > 0 ? endpoint.errors_total / endpoint.requests_total : undefined;
  return (
    <tr ref={row} className={chosen ? "chosen" : undefined}>
      <th scope="row">
        <Link
          className="cell-name"
          href={places.serving(endpoint.name)}
          aria-current={chosen ? "true" : undefined}
          data-row-link
        >
          {endpoint.name}
        </Link>
      </th>
      <td>
        <Link href={places.version(endpoint.model_name, endpoint.model_version)}>
          {endpoint.model_name} <span className="quiet">version</span> {endpoint.model_version}
        </Link>
      </td>
      <td><EndpointState state={endpoint.state} /></td>
      <td className="number">{formatCount(endpoint.requests_total)}</td>
      <td className="number">{formatLatency(endpoint.latency_ms_p50)}</td>
      <td className="number">{formatLatency(endpoint.latency_ms_p99)}</td>
      <td className="number" title={`${endpoint.errors_total} errors`}>{formatShare(errors)}</td>
      <td>{endpoint.runtime}</td>
      <td><Age at={endpoint.deployed_at} /></td>
    </tr>
  );
}

/** The endpoints, and the one chosen below them. */
export default function Serving(_: { subject: string }) {
  const { value, error, reload } = useQuery(endpointsQuery());
  const [chosenName] = useParam("endpoint");
  const chosen = value?.find((one) => one.name === chosenName) ?? (chosenName ? undefined : value?.[0]);
  return (
    <>
      <ScreenHead title="Serving" />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value?.length === 0 && (
        <Empty title="Nothing is served yet" code={sample()}>
          Deploy a version on the page of its model, or like this.
        </Empty>
      )}
      {value && value.length > 0 && (
        <div className="framed-box endpoint-list">
          <TableBox label="Endpoints">
            <table>
              <thead>
                <tr>
                  <th scope="col">Endpoint</th>
                  <th scope="col">Serves</th>
                  <th scope="col">State</th>
                  <th scope="col" className="number">Requests</th>
                  <th scope="col" className="number">p50</th>
                  <th scope="col" className="number">p99</th>
                  <th scope="col" className="number">Errors</th>
                  <th scope="col">Runtime</th>
                  <th scope="col">Deployed</th>
                </tr>
              </thead>
              <tbody>
                {value.map((endpoint) => (
                  <Row key={endpoint.name} endpoint={endpoint} chosen={endpoint === chosen} />
                ))}
              </tbody>
            </table>
          </TableBox>
        </div>
      )}
      {value && chosenName && !chosen && <p className="note">There is no endpoint {chosenName} any more.</p>}
      {chosen && <EndpointDetail key={chosen.name} endpoint={chosen} />}
    </>
  );
}
