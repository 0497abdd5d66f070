import { endpointsQuery, modelsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { RegisteredModel } from "../../api/schema";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { Age } from "../../ui/now";
import { SortHead, TableBox } from "../../ui/table";
import { sortOf } from "../tracking/runs";
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
  const { value, error, reload } = useQuery(modelsQuery());
  const endpoints = useQuery(endpointsQuery()).value ?? [];
  const [find, setFind] = useParam("find");
  const [sortText, setSort] = useParam("sort", "name");
  const sort = sortOf(sortText);
  const found = (value ?? []).filter((one) => (one.name ?? "").toLowerCase().includes(find.trim().toLowerCase()));
  const by = (one: RegisteredModel) => (sort.key === "changed" ? one.last_updated_timestamp ?? 0 : (one.name ?? "").toLowerCase());
  const ordered = [...found].sort((a, b) => (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : 0));
  if (sort.descending) ordered.reverse();
  const head = { sort, onSort: setSort };
  return (
    <>
      <ScreenHead title="Models" />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value?.length === 0 && (
        <Empty title="No models yet" code={sample()}>Register one when it is logged.</Empty>
      )}
      {value && value.length > 0 && (
        <>
          <div className="filter-bar">
            <form role="search" onSubmit={(event) => event.preventDefault()}>
              <input
                type="search"
                aria-label="Find by name"
                placeholder="Find by name"
                data-filter
                value={find}
                onChange={(event) => setFind(event.target.value)}
              />
            </form>
            <span className="note" role="status">
              {found.length === value.length ? `${value.length} in all` : `${found.length} of ${value.length}`}
            </span>
          </div>
          <div className="framed-box">
            <TableBox label="Models">
              <table>
                <thead>
                  <tr>
                    <SortHead label="Name" sortKey="name" {...head} />
                    <th scope="col" className="number">Latest</th>
                    <th scope="col">Production</th>
                    <th scope="col">Staging</th>
                    <th scope="col">Aliases</th>
                    <th scope="col">Served at</th>
                    <SortHead label="Changed" sortKey="changed" descendingFirst {...head} />
                    <th scope="col">Description</th>
                  </tr>
                </thead>
                <tbody>
                  {ordered.map((model) => (
                    <Row
                      key={model.name}
                      model={model}
                      endpoints={endpoints.filter((one) => one.model_name === model.name).map((one) => one.name)}
                    />
                  ))}
                </tbody>
              </table>
            </TableBox>
          </div>
        </>
      )}
    </>
  );
}
