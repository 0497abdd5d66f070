import { useQuery } from "../../api/query";
import type { Endpoint, Prediction } from "../../api/schema";
import { predictionsQuery } from "../../api/serving";
import { formatLatency, formatNumber, missing } from "../../format/number";
import { useParam } from "../../router";
import { ErrorNote, Loading } from "../../ui/basics";
import { Age } from "../../ui/now";
import { TableBox } from "../../ui/table";

const short = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value) ?? missing);

function Row({ one }: { one: Prediction }) {
  return (
    <tr>
      <th scope="row" className="mono" title={one.request_id}>…{one.request_id.slice(-8)}</th>
      <td><Age at={one.timestamp} /></td>
      <td>{one.variant ?? `v${one.model_version}`}</td>
      <td className="mono"><span className="cell-clip">{short(one.prediction)}</span></td>
      <td className="mono"><span className="cell-clip" title={short(one.features)}>{short(one.features)}</span></td>
      <td className="mono"><span className="cell-clip">{one.ground_truth === undefined ? missing : short(one.ground_truth)}</span></td>
      <td className="number">{formatNumber(one.metric_value)}</td>
      <td className="number">{formatLatency(one.latency_ms)}</td>
    </tr>
  );
}

/** What an endpoint predicted last, of all its variants or one; both choices are in the URL. */
export function Predictions({ endpoint }: { endpoint: Endpoint }) {
  const [variant, setVariant] = useParam("variant");
  const [shadow, setShadow] = useParam("shadow");
  const { value, error, reload } = useQuery(predictionsQuery(endpoint.name, variant, shadow === "true"));
  const names = new Set([...endpoint.variants.map((one) => one.name), ...(variant ? [variant] : [])]);
  return (
    <>
      <div className="filter-bar">
        <label>
          Variant{" "}
          <select value={variant} onChange={(event) => setVariant(event.target.value)}>
            <option value="">all</option>
            {[...names].map((name) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={shadow === "true"}
            onChange={(event) => setShadow(event.target.checked ? "true" : "")}
          />
          Answers of shadows, which callers never saw
        </label>
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value?.length === 0 && <p className="quiet">None logged yet.</p>}
      {value && value.length > 0 && (
        <div className="framed-box">
          <TableBox label="Latest predictions">
            <table>
              <thead>
                <tr>
                  <th scope="col">Request</th>
                  <th scope="col">At</th>
                  <th scope="col">Variant</th>
                  <th scope="col">Prediction</th>
                  <th scope="col">Features</th>
                  <th scope="col">Ground truth</th>
                  <th scope="col" className="number">Metric</th>
                  <th scope="col" className="number">Latency</th>
                </tr>
              </thead>
              <tbody>{value.map((one) => <Row key={one.request_id} one={one} />)}</tbody>
            </table>
          </TableBox>
        </div>
      )}
    </>
  );
}
