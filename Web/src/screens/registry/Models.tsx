import { endpointsQuery, modelsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { useFound } from "../../api/useFound";
import type { RegisteredModel } from "../../api/schema";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty } from "../../ui/basics";
import { NamedList } from "../../ui/named-list";
import { Age } from "../../ui/now";
import { SortHead } from "../../ui/table";
import { latestIn, latestNumber } from "./versions";

function VersionLink({ name, version }: { name: string; version: string | undefined }) {
  if (version === undefined) return <span className="quiet">—</span>;
  return <Link className="chip version" href={places.version(name, version)}>version {version}</Link>;
}

function Row({ model, endpoints }: { model: RegisteredModel; endpoints: string[] }) {
  const name = model.name ?? "";
  return (
    <tr>
      <th scope="row">
        <Link className="cell-name" href={places.model(name)} data-row-link>{name}</Link>
      </th>
      <td className="number">{latestNumber(model) ?? "—"}</td>
      <td><VersionLink name={name} version={latestIn(model, "Production")} /></td>
      <td><VersionLink name={name} version={latestIn(model, "Staging")} /></td>
      <td>
        <span className="chips">
          {(model.aliases ?? []).map((alias) => (
            <span key={alias.alias} className="chip">{alias.alias} → {alias.version}</span>
          ))}
          {(model.aliases ?? []).length === 0 && <span className="quiet">—</span>}
        </span>
      </td>
      <td>
        {endpoints.length === 0 && <span className="quiet">—</span>}
        {endpoints.map((endpoint) => (
          <Link key={endpoint} className="link" href={places.serving(endpoint)}>{endpoint} </Link>
        ))}
      </td>
      <td><Age at={model.last_updated_timestamp} /></td>
      <td className="wrap quiet">{model.description}</td>
    </tr>
  );
}

const sample = () =>
  `import mlflow\n\nmlflow.set_tracking_uri("${location.origin}")\nwith mlflow.start_run():\n    mlflow.sklearn.log_model(model, name="model", registered_model_name="first")`;

/** The registered models. */
export default function Models(_: { subject: string }) {
  const [find] = useParam("find");
  const answer = useFound(modelsQuery, find);
  const endpoints = useQuery(endpointsQuery()).value ?? [];
  return (
    <NamedList
      title="Models"
      answer={answer}
      nameOf={(one) => one.name ?? ""}
      standardSort="name"
      sorts={{
        name: (one) => (one.name ?? "").toLowerCase(),
        changed: (one) => one.last_updated_timestamp ?? 0,
      }}
      empty={<Empty title="No models yet" code={sample()}>Register one when it is logged.</Empty>}
      head={(sorting) => (
        <>
          <SortHead label="Name" sortKey="name" {...sorting} />
          <th scope="col" className="number">Latest</th>
          <th scope="col">Production</th>
          <th scope="col">Staging</th>
          <th scope="col">Aliases</th>
          <th scope="col">Served at</th>
          <SortHead label="Changed" sortKey="changed" descendingFirst {...sorting} />
          <th scope="col">Description</th>
        </>
      )}
      row={(model) => (
        <Row
          key={model.name}
          model={model}
          endpoints={endpoints.filter((one) => one.model_name === model.name).map((one) => one.name)}
        />
      )}
    />
  );
}
