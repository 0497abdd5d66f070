import { useRef, useState, type ReactNode } from "react";
import { nestedCountsQuery, pageSize, runsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { NestedRunCount } from "../../api/schema";
import { nestedText, nestedTotal, RunRow, type NestedCount, type RowsContext } from "./RunRow";
import { nestedFilter, runView, type RunNode, type RunView } from "./runs";

/** A line beneath a run's nested runs that says what is not among them. */
function NoteRow({ depth, context, children }: { depth: number; context: RowsContext; children: ReactNode }) {
  return (
    <tr>
      <td className="cell-check" />
      <td colSpan={4 + context.columns.length}>
        <span className={`note indent-${Math.min(depth, 2)}`}>{children}</span>
      </td>
    </tr>
  );
}

/** How many runs are nested in each of some runs of an experiment. */
export function useNestedCounts(experimentId: string, runs: readonly RunView[]): ReadonlyMap<string, NestedRunCount> {
  const ids = runs.map((run) => run.id).sort();
  const { value } = useQuery(ids.length > 0 ? nestedCountsQuery(experimentId, ids) : null);
  // While runs that came anew are counted, the counts of the others stay.
  const last = useRef(value);
  last.current = value ?? last.current;
  return last.current ?? new Map();
}

/** The runs that are nested in one, whatever the filter and the page, in the table's order. */
function AllNested({ parent, depth, count, context }: {
  parent: RunView;
  depth: number;
  count: NestedCount;
  context: RowsContext;
}) {
  const filter = nestedFilter(parent.id);
  const request = { experimentIds: [parent.experimentId], filter, orderBy: context.orderBy, max: pageSize };
  const { value, error } = useQuery(runsQuery(request));
  const runs = (value?.runs ?? []).map(runView);
  const nestedCounts = useNestedCounts(parent.experimentId, runs);
  if (error && !value) return <NoteRow depth={depth} context={context}>{error.message}</NoteRow>;
  if (!value) return <NoteRow depth={depth} context={context}>Reading…</NoteRow>;
  return (
    <>
      <RunRows
        nodes={runs.map((run) => ({ run, children: [] }))}
        depth={depth}
        context={{ ...context, nestedCounts }}
      />
      {value.nextPageToken && (
        <NoteRow depth={depth} context={context}>
          {runs.length} of {nestedText(count)} nested runs.{" "}
          <button type="button" className="plain link" onClick={() => context.onFilter(filter)}>
            List all of them
          </button>
        </NoteRow>
      )}
    </>
  );
}

/** What is shown beneath a run: nothing, the nested runs that the table has anyway, or all of them. */
type Unfolded = "none" | "some" | "all";

function RunBranch({ node, depth, context }: { node: RunNode; depth: number; context: RowsContext }) {
  const { run, children } = node;
  const [chosen, setChosen] = useState<Unfolded>();
  const count = { shown: children.length, counted: context.nestedCounts.get(run.id) };
  const isMore = nestedTotal(count) > children.length;
  const unfolded = chosen ?? (children.length > 0 ? "some" : "none");
  const toggle = () => setChosen(unfolded !== "none" ? "none" : isMore ? "all" : "some");
  return (
    <>
      <RunRow
        run={run}
        depth={depth}
        nested={count}
        open={unfolded !== "none"}
        onToggle={toggle}
        context={context}
      />
      {unfolded === "some" && (
        <>
          <RunRows nodes={children} depth={depth + 1} context={context} />
          {isMore && (
            <NoteRow depth={depth + 1} context={context}>
              {children.length} of {nestedText(count)} nested runs.{" "}
              <button type="button" className="plain link" onClick={() => setChosen("all")}>Show all</button>
            </NoteRow>
          )}
        </>
      )}
      {unfolded === "all" && <AllNested parent={run} depth={depth + 1} count={count} context={context} />}
    </>
  );
}

/** Rows of runs, each with the way to what is nested in it. */
export function RunRows({ nodes, depth, context }: {
  nodes: readonly RunNode[];
  depth: number;
  context: RowsContext;
}) {
  return <>{nodes.map((node) => <RunBranch key={node.run.id} node={node} depth={depth} context={context} />)}</>;
}
