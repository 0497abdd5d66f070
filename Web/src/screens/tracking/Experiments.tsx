import { useMemo } from "react";
import { experimentsQuery, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { useFound } from "../../api/useFound";
import type { Experiment } from "../../api/schema";
import { runStyle } from "../../charts/run-style";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, Swatch } from "../../ui/basics";
import { NamedList } from "../../ui/named-list";
import { Age } from "../../ui/now";
import { RunStatus } from "../../ui/status";
import { SortHead } from "../../ui/table";
import { runView, type RunView } from "./runs";

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
  const [find] = useParam("find");
  const answer = useFound(experimentsQuery, find);
  const { newest, complete } = useNewestRuns(answer.value?.items ?? []);
  return (
    <NamedList
      title="Experiments"
      answer={answer}
      nameOf={(one) => one.name ?? ""}
      standardSort="-run"
      sorts={{
        name: (one) => (one.name ?? "").toLowerCase(),
        run: (one) => newest.get(one.experiment_id ?? "")?.startTime ?? 0,
        created: (one) => one.creation_time ?? 0,
      }}
      empty={
        <Empty title="No experiments yet" code={`mlflow experiments create --experiment-name first`}>
          Create one with the MLflow client.
        </Empty>
      }
      head={(sorting) => (
        <>
          <SortHead label="Name" sortKey="name" {...sorting} />
          <th scope="col" className="number">Id</th>
          <th scope="col">Newest run</th>
          <th scope="col">Status</th>
          <SortHead label="Began" sortKey="run" descendingFirst {...sorting} />
          <SortHead label="Created" sortKey="created" descendingFirst {...sorting} />
        </>
      )}
      row={(one) => {
        const id = one.experiment_id ?? "";
        return <Row key={id} experiment={one} run={newest.get(id)} complete={complete} />;
      }}
    />
  );
}
