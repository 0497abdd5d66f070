import { useState } from "react";
import { call } from "../../api/client";
import { predictionsQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { Endpoint, Prediction, TensorMetadata } from "../../api/schema";
import { formatLatency } from "../../format/number";
import { places } from "../../places";
import { Link, navigate } from "../../router";
import { CopyButton, ErrorNote, Facts, Loading, Panel } from "../../ui/basics";
import { ConfirmDialog } from "../../ui/confirm";
import { Age } from "../../ui/now";
import { TableBox } from "../../ui/table";
import { toast } from "../../ui/toast";
import { Traffic } from "./Traffic";
import { TryIt } from "./TryIt";

const tensor = (one: TensorMetadata) => `${one.datatype} [${one.shape.map((size) => (size < 0 ? "n" : size)).join(", ")}]`;

function Tensors({ title, tensors }: { title: string; tensors: TensorMetadata[] }) {
  return (
    <Panel title={title} note={tensors.length}>
      <Facts facts={tensors.map((one) => [one.name, <span className="mono">{tensor(one)}</span>])} />
    </Panel>
  );
}

const short = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value) ?? "—");

function Predictions({ predictions }: { predictions: Prediction[] }) {
  return (
    <TableBox label="Latest predictions">
      <table>
        <thead>
          <tr>
            <th scope="col">Request</th>
            <th scope="col">At</th>
            <th scope="col">Prediction</th>
            <th scope="col">Features</th>
            <th scope="col" className="number">Latency</th>
          </tr>
        </thead>
        <tbody>
          {predictions.map((one) => (
            <tr key={one.request_id}>
              <th scope="row" className="mono">{one.request_id.slice(0, 8)}</th>
              <td><Age at={one.timestamp} /></td>
              <td className="mono"><span className="cell-clip">{short(one.prediction)}</span></td>
              <td className="mono"><span className="cell-clip" title={short(one.features)}>{short(one.features)}</span></td>
              <td className="number">{formatLatency(one.latency_ms)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </TableBox>
  );
}

function UndeployDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const confirm = async () => {
    await call("DELETE /api/v1/mlflow/serving/endpoints/{name}", { path: { name: endpoint.name } });
    invalidate(["endpoints"]);
    toast(`${endpoint.name} serves no more.`);
    navigate(places.serving(), { replace: true });
  };
  return (
    <ConfirmDialog
      title={`Undeploy ${endpoint.name}`}
      question={`Undeploy ${endpoint.name}?`}
      confirm="Undeploy"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>
        Requests to it will be refused. Version {endpoint.model_version} of {endpoint.model_name} stays registered, and
        can be deployed again.
      </p>
    </ConfirmDialog>
  );
}

function RollbackDialog({ endpoint, onClose }: { endpoint: Endpoint; onClose: () => void }) {
  const variants = endpoint.previous?.variants ?? [];
  const before = variants.map((one) => `version ${one.model_version} of ${one.model_name}`).join(" and ");
  const confirm = async () => {
    await call("POST /api/v1/mlflow/serving/endpoints/{name}/rollback", { path: { name: endpoint.name } });
    invalidate(["endpoints"]);
    toast(`${endpoint.name} serves ${before} again.`);
    onClose();
  };
  return (
    <ConfirmDialog
      title={`Roll back ${endpoint.name}`}
      question={`Roll back ${endpoint.name}?`}
      confirm="Roll back"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>It will serve {before} again, at once and without a deployment.</p>
    </ConfirmDialog>
  );
}

/** What an endpoint serves, a form to try it, and what it predicted last. */
export function EndpointDetail({ endpoint }: { endpoint: Endpoint }) {
  const predictions = useQuery(predictionsQuery(endpoint.name));
  const [leaving, setLeaving] = useState(false);
  const [goingBack, setGoingBack] = useState(false);
  return (
    <div className="detail">
      <div className="detail-head">
        <h2>{endpoint.name}</h2>
        <div className="actions">
          <Link className="button" href={places.monitoring(endpoint.name)}>Drift</Link>
          <Link className="button" href={places.lineage("endpoint", endpoint.name)}>Lineage</Link>
          {endpoint.previous && <button type="button" onClick={() => setGoingBack(true)}>Roll back…</button>}
          <button type="button" onClick={() => setLeaving(true)}>Undeploy…</button>
        </div>
      </div>
      {endpoint.message && <p className="error-note">{endpoint.message}</p>}
      <Traffic endpoint={endpoint} />
      <Panel title="Try it">
        <TryIt endpoint={endpoint} />
      </Panel>
      <div className="columns detail-columns">
        <Panel title="Served">
          <Facts
            facts={[
              ["Model", <Link className="link" href={places.version(endpoint.model_name, endpoint.model_version)}>
                {endpoint.model_name} version {endpoint.model_version}
              </Link>],
              ["Digest", <>
                <span className="mono">{endpoint.digest ? `${endpoint.digest.slice(0, 19)}…` : "—"}</span>
                {endpoint.digest && <CopyButton text={endpoint.digest} label="Copy the digest" />}
              </>],
              ["Runtime", endpoint.runtime],
              ["Deployed by", endpoint.deployed_by || "—"],
            ]}
          />
        </Panel>
        <Tensors title="Inputs" tensors={endpoint.inputs} />
        <Tensors title="Outputs" tensors={endpoint.outputs} />
      </div>
      <Panel title="Latest predictions">
        {predictions.error && <div className="panel-body"><ErrorNote error={predictions.error} /></div>}
        {!predictions.value && !predictions.error && <Loading />}
        {predictions.value?.length === 0 && <p className="panel-body quiet">None logged yet.</p>}
        {predictions.value && predictions.value.length > 0 && <Predictions predictions={predictions.value} />}
      </Panel>
      {goingBack && <RollbackDialog endpoint={endpoint} onClose={() => setGoingBack(false)} />}
      {leaving && <UndeployDialog endpoint={endpoint} onClose={() => setLeaving(false)} />}
    </div>
  );
}
