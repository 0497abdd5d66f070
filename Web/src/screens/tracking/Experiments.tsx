import { useMemo } from "react";
import { experimentsQuery, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Experiment } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, ScreenHead, Swatch } from "../../ui/basics";
import { Age } from "../../ui/now";
import { RunStatus } from "../../ui/status";
import { SortHead, TableBox } from "../../ui/table";
import { runView, sortOf, type RunView } from "./runs";

const recentMax = 500;

/** The newest run of each experiment, among the newest runs of all. */
function useNewestRuns(experiments: Experiment[]): { newest: Map<string, RunView>; complete: boolean } {
  const ids = experiments.map((one) => one.experiment_id ?? "");
  const { value } = useQuery(ids.length > 0 ? runsQuery({ experimentIds: ids, max: recentMax }) : null);
  return useMemo(() => {
    const newest = new Map<string, RunView>();
    for (const run of (value?.runs ?? []).map(runView)) {
      if (!newest.has(run.experimentId)) newest.set(run.experimentId, run);
    }
    return { newest, complete: value !== undefined && value.nextPageToken === undefined };
  }, [value]);
}

function sorted(experiments: Experiment[], text: string, newest: Map<string, RunView>): Experiment[] {
  const { key, descending } = sortOf(text);
  const by: Record<string, (one: Experiment) => string | number> = {
    name: (one) => (one.name ?? "").toLowerCase(),
    run: (one) => newest.get(one.experiment_id ?? "")?.startTime ?? 0,
    created: (one) => one.creation_time ?? 0,
  };
  const value = by[key] ?? (() => 0);
  const order = (a: Experiment, b: Experiment) => {
    const [left, right] = [value(a), value(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
  return [...experiments].sort((a, b) => (descending ? order(b, a) : order(a, b)));
}

function Row({ experiment, run, complete }: { experiment: Experiment; run: RunView | undefined; complete: boolean }) {
  const id = experiment.experiment_id ?? "";
  return (
    <tr>
      <th scope="row">
        <Link className="cell-name" href={places.experiment(id)} data-row-link>
          {experiment.name}
        </Link>
      </th>
      <td className="number quiet">{id}</td>
      <td>
        {run ? (
          <Link className="cell-name" href={places.run(run.id)}>
            <Swatch colour={runStyle(run.id).colour} />
            {run.name}
          </Link>
        ) : (
          <span className="quiet">{complete ? "no runs" : "older"}</span>
        )}
      </td>
      <td>{run ? <RunStatus status={run.status} /> : <span className="quiet">—</span>}</td>
      <td><Age at={run?.startTime} /></td>
      <td><Age at={experiment.creation_time} /></td>
    </tr>
  );
}

export default function Experiments(_: { subject: string }) {
  const { value, error, reload } = useQuery(experimentsQuery());
  const [find, setFind] = useParam("find");
  const [sort, setSort] = useParam("sort", "-run");
  const { newest, complete } = useNewestRuns(value ?? []);
  const found = (value ?? []).filter((one) => (one.name ?? "").toLowerCase().includes(find.trim().toLowerCase()));
  const shown = sorted(found, sort, newest);
  const head = { sort: sortOf(sort), onSort: setSort };
  return (
    <>
      <ScreenHead title="Experiments" />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value && value.length === 0 && (
        <Empty title="No experiments yet" code={`mlflow experiments create --experiment-name first`}>
          Create one with the MLflow client.
        </Empty>
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
            <TableBox label="Experiments">
              <table>
                <thead>
                  <tr>
                    <SortHead label="Name" sortKey="name" {...head} />
                    <th scope="col" className="number">Id</th>
                    <th scope="col">Newest run</th>
                    <th scope="col">Status</th>
                    <SortHead label="Began" sortKey="run" descendingFirst {...head} />
                    <SortHead label="Created" sortKey="created" descendingFirst {...head} />
                  </tr>
                </thead>
                <tbody>
                  {shown.map((one) => {
                    const id = one.experiment_id ?? "";
                    return <Row key={id} experiment={one} run={newest.get(id)} complete={complete} />;
                  })}
                </tbody>
              </table>
            </TableBox>
          </div>
        </>
      )}
    </>
  );
}
