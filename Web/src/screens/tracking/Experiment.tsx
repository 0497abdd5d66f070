import { useRef } from "react";
import { experimentQuery, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Experiment } from "../../api/schema";
import { sortOf } from "../../format/sort";
import { navigate, urlWith, useParam } from "../../router";
import { CopyButton, Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { useHeldRows } from "../../ui/held-rows";
import { PageFoot, usePages } from "../../ui/pages";
import { ColumnMenu } from "./ColumnMenu";
import { FilterBar } from "./FilterBar";
import { GroupMenu } from "./GroupMenu";
import { GroupTable } from "./GroupTable";
import {
  absentParents, availableColumns, columnName, columnOf, defaultColumns, orderBy, runView, runsShownOf, topFilter,
  type ColumnChoice, type RunView, type RunsShown,
} from "./runs";
import { RunsTable, type RunSelection } from "./RunsTable";
import { SelectionBar } from "./SelectionBar";
import { useFollowRunning, useSparks } from "./useSparks";
import { ViewBar } from "./ViewBar";

/** So many runs are put into groups at most. */
const groupedMax = 500;

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

/** Of runs nested in others that are not among them, these others; they may answer no filter or be on another page. */
function useParents(runs: readonly RunView[], experimentId: string, shown: RunsShown): RunView[] {
  const ids = shown === "all" ? absentParents(runs) : [];
  const filter = `attributes.run_id IN (${ids.map((id) => `'${id}'`).join(", ")})`;
  const { value } = useQuery(ids.length > 0 ? runsQuery({ experimentIds: [experimentId], filter }) : null);
  return (value?.runs ?? []).map(runView);
}

function Detail({ id, experiment }: { id: string; experiment: Experiment | undefined }) {
  return (
    <>
      <span>Experiment {id}</span>
      {experiment?.lifecycle_stage === "deleted" && <span className="tone-bad">deleted</span>}
      {experiment?.artifact_location && (
        <span className="mono">
          {experiment.artifact_location}
          <CopyButton text={experiment.artifact_location} label="Copy the artifact location" />
        </span>
      )}
    </>
  );
}

/** What stands in the place of the table when no run is there. */
function NoRuns({ name, shown, filter, onClear }: {
  name: string;
  shown: RunsShown;
  filter: string;
  onClear: () => void;
}) {
  if (filter) {
    return (
      <Empty title="No run answers this filter.">
        <button type="button" onClick={onClear}>Clear the filter</button>
      </Empty>
    );
  }
  if (shown === "deleted") return <Empty title="No deleted runs" />;
  if (shown === "top") return <Empty title="No runs at the top level" />;
  return <Empty title="No runs yet" code={sample(name)}>Log one from Python with the MLflow client.</Empty>;
}

/** The runs of an experiment: which, filter, groups, sort, columns and page are in the URL. */
export default function ExperimentScreen({ subject: id }: { subject: string }) {
  const experiment = useQuery(experimentQuery(id));
  const [filter, setFilter] = useParam("filter");
  const [sortText, setSort] = useParam("sort", "-start_time");
  const [shownText] = useParam("runs");
  const [groupText] = useParam("group");
  const pages = usePages();
  const sort = sortOf(sortText);
  const shown = runsShownOf(shownText);
  const groupColumn = columnOf(groupText);
  const groupBy = groupColumn?.kind === "metrics" ? undefined : groupColumn;
  const question = {
    filter: shown === "top" ? topFilter(filter) : filter,
    orderBy: orderBy(sort),
    deleted: shown === "deleted",
    ...(groupBy ? { max: groupedMax } : {}),
    ...(pages.token && !groupBy ? { pageToken: pages.token } : {}),
  };
  const answer = useQuery(runsQuery({ experimentIds: [id], ...question }));
  // While another question is asked, the rows of the last one stay; they must not be held for the other's.
  const asked = JSON.stringify([id, question]);
  const last = useRef({ asked, page: answer.value });
  if (answer.value) last.current = { asked, page: answer.value };
  const page = last.current.page;
  const runs = (page?.runs ?? []).map(runView);
  const held = useHeldRows(runs, last.current.asked);
  const parents = useParents(groupBy ? [] : held.rows, id, shown);
  const columns = useColumns(held.rows);
  const sparks = useSparks(groupBy ? [] : held.rows, columns.chosen);
  const selection = useSelection();
  useFollowRunning(held.rows, id);

  /** Shows other runs, from their first page on. */
  const change = (changes: Record<string, string | undefined>) => navigate(urlWith({ ...changes, page: undefined }));
  const changeSort = (text: string) => {
    if (pages.token) navigate(urlWith({ page: undefined }), { replace: true });
    setSort(text);
  };
  const changeFilter = (text: string) => change({ filter: text });
  const next = page?.nextPageToken;
  const countText = `${held.rows.length}${next ? "+" : ""} run${held.rows.length === 1 ? "" : "s"}`;
  const name = experiment.value?.name ?? id;
  const available = availableColumns(held.rows);
  const rows = { rows: held.rows, filter, selection };

  return (
    <>
      <ScreenHead title={name} detail={<Detail id={id} experiment={experiment.value} />} />
      {experiment.error && <ErrorNote error={experiment.error} retry={experiment.reload} />}
      <FilterBar filter={filter} onFilter={changeFilter} error={filter ? answer.error : undefined}>
        <span className="note" role="status">{held.waiting === 0 && page && countText}</span>
        {held.waiting > 0 && (
          <button type="button" onClick={held.release}>
            {held.waiting} new run{held.waiting === 1 ? "" : "s"} ↑
          </button>
        )}
        <select
          aria-label="Which runs"
          value={shown}
          onChange={(event) => change({ runs: event.target.value === "all" ? "" : event.target.value, select: "" })}
        >
          <option value="all">All runs</option>
          <option value="top">Top level</option>
          <option value="deleted">Deleted</option>
        </select>
        <GroupMenu available={available} chosen={groupBy} onChoose={(column) => change({ group: column })} />
        <ColumnMenu available={available} chosen={columns.chosen} onChoose={columns.choose} onReset={columns.reset} />
      </FilterBar>
      {experiment.value && <ViewBar experiment={experiment.value} />}
      <SelectionBar key={id} experimentId={id} selection={selection} areDeleted={shown === "deleted"} />
      {answer.error && !filter && <ErrorNote error={answer.error} retry={answer.reload} />}
      {!page && !answer.error && <Loading />}
      {answer.value && held.rows.length === 0 && (
        <NoRuns name={name} shown={shown} filter={filter} onClear={() => setFilter("")} />
      )}
      {held.rows.length > 0 && groupBy && (
        <GroupTable
          {...rows}
          runs={held.rows}
          by={groupBy}
          metrics={columns.chosen.filter((column) => column.kind === "metrics")}
          onOpen={(narrowed) => change({ filter: narrowed, group: undefined })}
        />
      )}
      {groupBy && next && <p className="note">The groups hold the first {groupedMax} runs in the table's order.</p>}
      {held.rows.length > 0 && !groupBy && (
        <RunsTable
          {...rows}
          experimentId={id}
          parents={parents}
          columns={columns.chosen}
          sparks={sparks}
          sort={sort}
          orderBy={orderBy(sort)}
          onSort={changeSort}
          onFilter={changeFilter}
          holders={held.holders}
        />
      )}
      {!groupBy && <PageFoot pages={pages} next={next} />}
    </>
  );
}
