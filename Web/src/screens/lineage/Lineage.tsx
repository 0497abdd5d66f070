import { useMemo, type ReactNode } from "react";
import { lineageEdgesMax, lineageQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { formatCount } from "../../format/number";
import { Link, urlWith, useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel, ScreenHead } from "../../ui/basics";
import { Impact } from "./Impact";
import { LineageGraph } from "./LineageGraph";
import { LineageTable } from "./LineageTable";
import { LineageTools } from "./LineageTools";
import {
  countsByKind, crowdedKinds, depthOf, downstreamOf, grouped, layersOf, lineageOf, togetherOf, togetherText, within,
  type Lineage,
} from "./connections";
import { thingDetail, thingName, thingPlace, kindWords } from "./things";
import { useRunNames } from "./useRunNames";

const sample = () =>
  `curl -X POST ${location.origin}/api/2.0/mlflow/model-versions/create \\\n  -H 'Content-Type: application/json' \\\n  -d '{"name": "first", "source": "…", "run_id": "…"}'`;

function Shown({ lineage, names, isCut }: { lineage: Lineage; names: ReadonlyMap<string, string>; isCut: boolean }) {
  const [view] = useParam("view", "graph");
  const [up] = useParam("up", "all");
  const [down] = useParam("down", "all");
  const [collapse] = useParam("collapse");
  const shown = useMemo(() => within(lineage, depthOf(up), depthOf(down)), [lineage, up, down]);
  const layers = useMemo(() => layersOf(shown), [shown]);
  const together = useMemo(() => togetherOf(collapse) ?? crowdedKinds(shown, layers), [shown, layers, collapse]);
  const drawn = useMemo(() => grouped(shown, layers, together), [shown, layers, together]);
  const impact = useMemo(() => downstreamOf(lineage), [lineage]);
  const without = (kind: string) => urlWith({ collapse: togetherText(new Set([...together].filter((one) => one !== kind))) });
  return (
    <>
      <LineageTools kinds={countsByKind(shown.things.values())} together={together} />
      {isCut && (
        <p className="note lineage-note">
          There is more: these are the nearest {formatCount(lineageEdgesMax)} connections in a direction.
        </p>
      )}
      {view === "table" ? (
        <Panel title="All things" note={formatCount(shown.things.size)}>
          <LineageTable lineage={shown} names={names} />
        </Panel>
      ) : (
        <LineageGraph root={lineage.root} groups={drawn.groups} edges={drawn.edges} names={names} expandedPlace={without} />
      )}
      <Impact root={lineage.root} things={impact} names={names} isCut={isCut} />
    </>
  );
}

/** What one thing came from and what came of it, as a graph and as a table. Depth, grouping and view are in the URL. */
export default function LineageScreen({ subject: kind, detail: id }: { subject: string; detail: string }) {
  const { value, error, reload } = useQuery(lineageQuery(kind, id));
  const lineage = useMemo(() => value && lineageOf(value), [value]);
  const names = useRunNames(lineage);
  const count = (matches: (depth: number) => boolean) =>
    formatCount([...(lineage?.things.values() ?? [])].filter((thing) => matches(thing.depth)).length);
  const place = thingPlace(kind, id);
  const more: ReactNode = thingDetail(kind, id);
  return (
    <>
      <ScreenHead
        title={`Lineage of ${thingName(kind, id, names)}`}
        detail={
          <>
            <span>{kindWords(kind)}</span>
            {more && <span className="mono">{more}</span>}
            {lineage && <span>{count((depth) => depth < 0)} upstream, {count((depth) => depth > 0)} downstream</span>}
            {!place.startsWith("/lineage/") && <Link className="link" href={place}>its page</Link>}
          </>
        }
      />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {lineage && lineage.ties.length === 0 && (
        <Empty title="Nothing is known to have led to it or come of it." code={sample()}>
          Runs that name their datasets, versions that name their run, and deployments draw the connections by themselves.
        </Empty>
      )}
      {lineage && lineage.ties.length > 0 && <Shown lineage={lineage} names={names} isCut={value?.truncated === true} />}
    </>
  );
}
