import { urlOf } from "../../api/client";
import type { Endpoint, TensorMetadata, Variant } from "../../api/schema";
import { formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link } from "../../router";
import { CopyButton, Facts, Panel } from "../../ui/basics";
import { policyNames } from "./rollout-text";

const tensor = (one: TensorMetadata) => `${one.datatype} [${one.shape.map((size) => (size < 0 ? "n" : size)).join(", ")}]`;

function Tensors({ title, tensors }: { title: string; tensors: TensorMetadata[] }) {
  return (
    <Panel title={title} note={tensors.length}>
      <Facts facts={tensors.map((one) => [one.name, <span className="mono">{tensor(one)}</span>])} />
    </Panel>
  );
}

function Served({ variant, several }: { variant: Variant; several: boolean }) {
  return (
    <Panel title={several ? `Served as ${variant.name}` : "Served"}>
      <Facts
        facts={[
          ["Model", <Link className="link" href={places.version(variant.model_name, variant.model_version)}>
            {variant.model_name} version {variant.model_version}
          </Link>],
          ["Digest", <>
            <span className="mono">{variant.digest ? `${variant.digest.slice(0, 19)}…` : "—"}</span>
            {variant.digest && <CopyButton text={variant.digest} label={`Copy the digest of ${variant.name}`} />}
          </>],
          ["Runtime", variant.runtime || "—"],
          ["Deployed", formatMoment(variant.deployed_at)],
          ["Deployed by", variant.deployed_by || "—"],
        ]}
      />
    </Panel>
  );
}

/** What an endpoint is made of: what it serves, what it takes and answers, and its policy as the server keeps it. */
export function Config({ endpoint }: { endpoint: Endpoint }) {
  const several = endpoint.variants.length > 1;
  const policy = JSON.stringify(endpoint.traffic, null, 2);
  return (
    <>
      <div className="columns detail-columns">
        {endpoint.variants.map((one) => <Served key={one.name} variant={one} several={several} />)}
        <Tensors title="Inputs" tensors={endpoint.inputs} />
        <Tensors title="Outputs" tensors={endpoint.outputs} />
      </div>
      <Panel
        title="Traffic policy"
        note={`${policyNames[endpoint.traffic.policy]}, change ${endpoint.policy_version}`}
        actions={
          <a className="link" href={urlOf("/api/v1/mlflow/serving/endpoints/{name}/openapi.json", { name: endpoint.name })}>
            OpenAPI document
          </a>
        }
      >
        <pre className="panel-body policy-text" tabIndex={0} aria-label="Traffic policy as JSON">{policy}</pre>
      </Panel>
    </>
  );
}
