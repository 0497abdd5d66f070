import { useEffect, useMemo, useRef, useState } from "react";
import { followTopics, onFollowing, onMetrics } from "../../api/live";
import { historyQuery } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { MetricWithRunId } from "../../api/schema";
import { joinTail, pointOf, type Point } from "../../charts/series";
import type { ColumnChoice, RunView } from "./runs";

const sparkPointsMax = 40;
const followedMax = 40;
/** Columns with a small line. Hooks are called in order, so their number is fixed. */
const sparkColumnsMax = 4;

/** Values of a metric by run id. */
export type Sparks = Map<string, Map<string, Point[]>>;

function byRun(metrics: readonly MetricWithRunId[]): Map<string, Point[]> {
  const runs = new Map<string, Point[]>();
  for (const metric of metrics) {
    const id = metric.run_id ?? "";
    runs.set(id, [...(runs.get(id) ?? []), pointOf(metric)]);
  }
  return runs;
}

/** Follows the runs that still run, so that their values move; a metric that is new to its run asks for the runs anew. */
export function useFollowRunning(runs: RunView[], experimentId: string): void {
  const ids = runs.filter((run) => run.status === "RUNNING").slice(0, followedMax).map((run) => run.id).join(",");
  useEffect(() => (ids ? followTopics(ids.split(",").map((id) => `run:${id}`)) : undefined), [ids]);
  const known = useRef(new Map<string, RunView>());
  known.current = new Map(runs.map((run) => [run.id, run]));
  useEffect(() => {
    const readAgain = () => invalidate([`experiment:${experimentId}`]);
    const stopMetrics = onMetrics((event) => {
      const run = known.current.get(event.run_id);
      if (run && event.points.some((point) => !run.metrics.has(point.key))) readAgain();
    });
    const stopFollowing = onFollowing((topics) => {
      if (topics.some((topic) => known.current.has(topic.replace(/^run:/, "")))) readAgain();
    });
    return () => {
      stopMetrics();
      stopFollowing();
    };
  }, [experimentId]);
}

/** Points logged since the page asked, by metric and run. */
function useTails(): Sparks {
  const [tails, setTails] = useState<Sparks>(new Map());
  useEffect(
    () =>
      onMetrics((event) =>
        setTails((old) => {
          const next = new Map(old);
          for (const point of event.points) {
            const runs = new Map(next.get(point.key) ?? []);
            const known = runs.get(event.run_id) ?? [];
            runs.set(event.run_id, joinTail(known, [pointOf(point)]).slice(-sparkPointsMax));
            next.set(point.key, runs);
          }
          return next;
        }),
      ),
    [],
  );
  return tails;
}

/** A few points of each run's history for the first metric columns, and the newest values as they come. */
export function useSparks(runs: RunView[], columns: ColumnChoice[]): Sparks {
  const metrics = columns.filter((column) => column.kind === "metrics");
  const idsOf = (key: string | undefined) =>
    key === undefined ? [] : runs.filter((run) => (run.metrics.get(key)?.step ?? 0) > 0).map((run) => run.id).slice(0, 100);
  const useOne = (index: number) => {
    const key = metrics[index]?.key;
    const ids = idsOf(key);
    return useQuery(key !== undefined && ids.length > 0 ? historyQuery(ids, key, sparkPointsMax) : null).value;
  };
  const histories = Array.from({ length: sparkColumnsMax }, (_, index) => useOne(index));
  const tails = useTails();
  return useMemo(() => {
    const sparks: Sparks = new Map(tails);
    histories.forEach((history, index) => {
      const key = metrics[index]?.key;
      if (key === undefined || history === undefined) return;
      const runsOf = byRun(history);
      for (const [id, tail] of tails.get(key) ?? []) runsOf.set(id, joinTail(runsOf.get(id) ?? [], tail));
      sparks.set(key, runsOf);
    });
    return sparks;
    // The names of the columns stand for the list, which is new at every render.
  }, [...histories, tails, metrics.map((column) => column.key).join("|")]);
}
