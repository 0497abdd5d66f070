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
  if (error && !value) return <NoteRow depth={depth} context={context}>{error.message}</NoteRow>;
  if (!value) return <NoteRow depth={depth} context={context}>Reading…</NoteRow>;
  return (
    <>
      <RunRows
        experimentId={parent.experimentId}
        nodes={value.runs.map((run) => ({ run: runView(run), children: [] }))}
        depth={depth}
        context={context}
      />
      {value.nextPageToken && (
        <NoteRow depth={depth} context={context}>
          {value.runs.length} of {nestedText(count)} nested runs.{" "}
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

function RunBranch({ node, depth, counted, context }: {
  node: RunNode;
  depth: number;
  counted: NestedRunCount | undefined;
  context: RowsContext;
}) {
  const { run, children } = node;
  const [chosen, setChosen] = useState<Unfolded>();
  const count = { shown: children.length, counted };
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
          <RunRows experimentId={run.experimentId} nodes={children} depth={depth + 1} context={context} />
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
export function RunRows({ experimentId, nodes, depth, context }: {
  experimentId: string;
  nodes: readonly RunNode[];
  depth: number;
  context: RowsContext;
}) {
  const ids = nodes.map((node) => node.run.id).sort().slice(0, pageSize);
  const answer = useQuery(ids.length > 0 ? nestedCountsQuery(experimentId, ids) : null);
  // While runs that came anew are counted, the counts of the others stay.
  const last = useRef(answer.value);
  last.current = answer.value ?? last.current;
  return (
    <>
      {nodes.map((node) => (
        <RunBranch
          key={node.run.id}
          node={node}
          depth={depth}
          counted={last.current?.get(node.run.id)}
          context={context}
        />
      ))}
    </>
  );
}
