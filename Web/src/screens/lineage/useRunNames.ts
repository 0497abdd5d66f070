import { useMemo } from "react";
import { comparedMax, runsByIdQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Lineage } from "./connections";

const none: ReadonlyMap<string, string> = new Map();

/** The names of the nearest runs, as many as the server tells at once, by their ids. */
export function useRunNames(lineage: Lineage | undefined): ReadonlyMap<string, string> {
  const ids = useMemo(() => {
    const runs = [...(lineage?.things.values() ?? [])].filter((thing) => thing.kind === "run");
    const nearest = runs.sort((a, b) => Math.abs(a.depth) - Math.abs(b.depth)).slice(0, comparedMax);
    return nearest.map((run) => run.id).sort();
  }, [lineage]);
  const runs = useQuery(ids.length > 0 ? runsByIdQuery(ids) : null).value;
  return useMemo(
    () => (runs ? new Map(runs.map((run) => [run.info?.run_id ?? "", run.info?.run_name ?? ""])) : none),
    [runs],
  );
}
