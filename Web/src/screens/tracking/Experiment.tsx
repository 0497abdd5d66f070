import { useRef } from "react";
import { experimentQuery, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { sortOf } from "../../format/sort";
import { navigate, urlWith, useParam } from "../../router";
import { CopyButton, Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { useHeldRows } from "../../ui/held-rows";
import { PageFoot, usePages } from "../../ui/pages";
import { ColumnMenu } from "./ColumnMenu";
import { FilterBar } from "./FilterBar";
import { availableColumns, columnName, columnOf, defaultColumns, orderBy, runView, type ColumnChoice } from "./runs";
import { RunsTable, type RunSelection } from "./RunsTable";
import { SelectionBar } from "./SelectionBar";
import { useFollowRunning, useSparks } from "./useSparks";

function useColumns(runs: ReturnType<typeof runView>[]) {
  const [text, setText] = useParam("columns");
  const chosen = text
    ? text.split("|").map(columnOf).filter((column): column is ColumnChoice => column !== undefined)
    : defaultColumns(runs);
  const choose = (columns: ColumnChoice[]) => setText(columns.map(columnName).join("|") || "none");
  return { chosen: text === "none" ? [] : chosen, choose, reset: () => setText("") };
}

const sample = (name: string) =>
  `import mlflow\n\nmlflow.set_tracking_uri("${location.origin}")\nmlflow.set_experiment("${name}")\nwith mlflow.start_run():\n    mlflow.log_param("lr", 0.03)\n    mlflow.log_metric("loss", 0.5, step=1)`;

/** The runs that are chosen; on all pages together, and in the URL. */
function useSelection(): RunSelection {
  const [text, setText] = useParam("select");
  const ids = new Set(text.split(",").filter(Boolean));
  const toggle = (changed: readonly string[], on: boolean) => {
    const next = new Set(ids);
    for (const id of changed) {
      if (on) next.add(id);
      else next.delete(id);
    }
    setText([...next].join(","));
  };
  return { ids, toggle };
}

/** The runs of an experiment: filter, sort, columns and page are in the URL. */
export default function ExperimentScreen({ subject: id }: { subject: string }) {
  const experiment = useQuery(experimentQuery(id));
  const [filter, setFilter] = useParam("filter");
  const [sortText, setSort] = useParam("sort", "-start_time");
  const pages = usePages();
  const sort = sortOf(sortText);
  const answer = useQuery(
    runsQuery({ experimentIds: [id], filter, orderBy: orderBy(sort), ...(pages.token ? { pageToken: pages.token } : {}) }),
  );
  // While another question is asked, the rows of the last one stay.
  const last = useRef(answer.value);
  last.current = answer.value ?? last.current;
  const page = last.current;
  const runs = (page?.runs ?? []).map(runView);
  const held = useHeldRows(runs, `${filter} ${sortText} ${pages.token}`);
  const columns = useColumns(held.rows);
  const sparks = useSparks(held.rows, columns.chosen);
  const selection = useSelection();
  useFollowRunning(held.rows, id);

  const changeFilter = (text: string) => navigate(urlWith({ filter: text, page: undefined }));
  const changeSort = (text: string) => {
    if (pages.token) navigate(urlWith({ page: undefined }), { replace: true });
    setSort(text);
  };
  const next = page?.nextPageToken;
  const name = experiment.value?.name ?? id;

  return (
    <>
      <ScreenHead
        title={name}
        detail={
          <>
            <span>Experiment {id}</span>
            {experiment.value?.lifecycle_stage === "deleted" && <span className="tone-bad">deleted</span>}
            {experiment.value?.artifact_location && (
              <span className="mono">
                {experiment.value.artifact_location}
                <CopyButton text={experiment.value.artifact_location} label="Copy the artifact location" />
              </span>
            )}
          </>
        }
      />
      {experiment.error && <ErrorNote error={experiment.error} retry={experiment.reload} />}
      <FilterBar filter={filter} onFilter={changeFilter} error={filter ? answer.error : undefined}>
        <span className="note" role="status">
          {held.waiting > 0 ? "" : page && `${held.rows.length}${next ? "+" : ""} run${held.rows.length === 1 ? "" : "s"}`}
        </span>
        {held.waiting > 0 && (
          <button type="button" onClick={held.release}>
            {held.waiting} new run{held.waiting === 1 ? "" : "s"} ↑
          </button>
        )}
        <ColumnMenu available={availableColumns(held.rows)} chosen={columns.chosen} onChoose={columns.choose} onReset={columns.reset} />
      </FilterBar>
      <SelectionBar selection={selection} />
      {answer.error && !filter && <ErrorNote error={answer.error} retry={answer.reload} />}
      {!page && !answer.error && <Loading />}
      {answer.value && held.rows.length === 0 && (
        filter
          ? <Empty title="No run answers this filter."><button type="button" onClick={() => setFilter("")}>Clear the filter</button></Empty>
          : <Empty title="No runs yet" code={sample(name)}>Log one from Python with the MLflow client.</Empty>
      )}
      {held.rows.length > 0 && (
        <RunsTable
          rows={held.rows}
          columns={columns.chosen}
          sparks={sparks}
          sort={sort}
          onSort={changeSort}
          filter={filter}
          onFilter={changeFilter}
          onHold={held.hold}
          selection={selection}
        />
      )}
      <PageFoot pages={pages} next={next} />
    </>
  );
}
