import { useEffect, useMemo, useRef, useState } from "react";
import { joinTail, pointOf, type Point } from "../charts/series";
import { onMetrics, onResumed } from "./live";
import { historyQuery } from "./queries";
import { useQuery } from "./query";

/** How many points the server is asked for: about one a pixel. */
const shapedMax = 1000;

/**
 * The history of one metric of a run: what the server sampled, and what has been logged since.
 *
 * When what came since is more than a fifth of it, the server is asked for a new sample. `latest` is the moment of the
 * newest value that the run itself says; where that is newer than all points here, something was missed.
 */
export function useHistory(runId: string, key: string, latest: number, wanted: boolean) {
  const answer = useQuery(wanted ? historyQuery([runId], key, shapedMax) : null);
  const [tail, setTail] = useState<Point[]>([]);
  const { reload, value } = answer;

  useEffect(() => {
    if (!wanted) return undefined;
    const stopMetrics = onMetrics((event) => {
      if (event.run_id !== runId) return;
      const added = event.points.filter((point) => point.key === key).map(pointOf);
      if (added.length > 0) setTail((old) => [...old, ...added]);
    });
    const stopResumed = onResumed(reload);
    return () => {
      stopMetrics();
      stopResumed();
    };
  }, [runId, key, wanted, reload]);
  useEffect(() => {
    const shaped = (value ?? []).reduce((most, point) => Math.max(most, point.timestamp ?? 0), 0);
    setTail((old) => (old.length === 0 ? old : old.filter((point) => point.timestamp >= shaped)));
  }, [value]);

  const points = useMemo(() => joinTail((value ?? []).map(pointOf), tail), [value, tail]);
  const newest = points.reduce((most, point) => Math.max(most, point.timestamp), 0);
  const askedFor = useRef(0);
  useEffect(() => {
    if (value === undefined || answer.loading) return;
    const grown = tail.length > Math.max(200, 0.2 * value.length);
    // Asked once a moment: the sample may well leave it out.
    const behind = latest > newest && latest > askedFor.current;
    if (!grown && !behind) return;
    askedFor.current = Math.max(latest, askedFor.current);
    reload();
  }, [value, answer.loading, tail.length, latest, newest, reload]);
  return { points, error: answer.error, loading: answer.loading && value === undefined, reload };
}
