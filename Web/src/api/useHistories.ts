import { useEffect, useMemo, useRef, useState } from "react";
import { joinTail, pointOf, type Point } from "../charts/series";
import { onMetrics, onResumed } from "./live";
import { historyQuery } from "./queries";
import { useQuery } from "./query";

/** How many points a run the server is asked for: about one a pixel, and fewer of each where there are many runs. */
const shapedMax = 1000;
const shapedMin = 100;
const shapedTotalMax = 20_000;

const shapedFor = (runs: number) =>
  Math.max(shapedMin, Math.min(shapedMax, Math.floor(shapedTotalMax / Math.max(1, runs))));

function byRun(points: readonly { run_id?: string; step?: number; timestamp?: number; value?: unknown }[]) {
  const runs = new Map<string, Point[]>();
  for (const point of points) {
    const id = point.run_id ?? "";
    const known = runs.get(id);
    if (known) known.push(pointOf(point));
    else runs.set(id, [pointOf(point)]);
  }
  return runs;
}

const newestOf = (points: readonly Point[]) => points.reduce((most, point) => Math.max(most, point.timestamp), 0);

/**
 * The histories of one metric of some runs: what the server sampled, and what has been logged since, by run id.
 *
 * When what came since is more than a fifth of it, the server is asked for a new sample. `latest` is the moment of the
 * newest value that the runs themselves say; where that is newer than all points here, something was missed.
 */
export function useHistories(runIds: string[], key: string, latest: number, wanted: boolean) {
  const ids = runIds.join(" ");
  const answer = useQuery(wanted && runIds.length > 0 ? historyQuery(runIds, key, shapedFor(runIds.length)) : null);
  const [tail, setTail] = useState<Map<string, Point[]>>(new Map());
  const { reload, value } = answer;

  useEffect(() => {
    if (!wanted) return undefined;
    const followed = new Set(ids.split(" "));
    const stopMetrics = onMetrics((event) => {
      if (!followed.has(event.run_id)) return;
      const added = event.points.filter((point) => point.key === key).map(pointOf);
      if (added.length === 0) return;
      setTail((old) => new Map(old).set(event.run_id, [...(old.get(event.run_id) ?? []), ...added]));
    });
    const stopResumed = onResumed(reload);
    return () => {
      stopMetrics();
      stopResumed();
    };
  }, [ids, key, wanted, reload]);

  const shaped = useMemo(() => byRun(value ?? []), [value]);
  useEffect(() => {
    setTail((old) => {
      if (old.size === 0) return old;
      const kept = [...old].map(([id, points]): [string, Point[]] => {
        const known = newestOf(shaped.get(id) ?? []);
        return [id, points.filter((point) => point.timestamp >= known)];
      });
      return new Map(kept.filter(([, points]) => points.length > 0));
    });
  }, [shaped]);

  const histories = useMemo(
    () => new Map(ids.split(" ").map((id) => [id, joinTail(shaped.get(id) ?? [], tail.get(id) ?? [])])),
    [ids, shaped, tail],
  );
  const newest = Math.max(0, ...[...histories.values()].map(newestOf));
  const tailLength = [...tail.values()].reduce((sum, points) => sum + points.length, 0);
  const askedFor = useRef(0);
  // How long the tail was when a sample was last asked for: what came before is in it, whatever its time says.
  const askedAt = useRef(0);
  useEffect(() => {
    if (value === undefined || answer.loading) return;
    askedAt.current = Math.min(askedAt.current, tailLength);
    const grown = tailLength - askedAt.current > Math.max(200, 0.2 * value.length);
    // Asked once a moment: the sample may well leave it out.
    const behind = latest > newest && latest > askedFor.current;
    if (!grown && !behind) return;
    askedFor.current = Math.max(latest, askedFor.current);
    askedAt.current = tailLength;
    reload();
  }, [value, answer.loading, tailLength, latest, newest, reload]);
  return { histories, error: answer.error, loading: answer.loading && value === undefined, reload };
}
