import { useMemo, useState } from "react";
import { comparedMax, experimentQuery, runsByIdQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import { LineSample } from "../../charts/line-sample";
import { runStyle, stylesTogether, type RunStyles } from "../../charts/run-style";
import { formatNumber, numberOf } from "../../format/number";
import { formatDuration, formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { Empty, ErrorNote, Loading, Panel, ScreenHead } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import { ChartTools, useLineChoice } from "../tracking/ChartTools";
import { MetricCharts } from "../tracking/MetricCharts";
import { durationMs, runView, type RunView } from "../tracking/runs";
import { CompareTable, type ComparedSection } from "./CompareTable";
import { ParallelPlot } from "./ParallelPlot";
import { comparedRows, metricTexts, ownTags } from "./rows";
import { ScatterPlot } from "./ScatterPlot";

const idsOf = (text: string) => [...new Set(text.split(",").filter(Boolean))];

function details(run: RunView): Map<string, string> {
  const facts: [string, string | undefined][] = [
    ["status", run.status.toLowerCase()],
    ["began", formatMoment(run.startTime)],
    ["duration", formatDuration(durationMs(run, Date.now()))],
    ["user", run.userId],
    ["source", run.tags.get("mlflow.source.name")],
    ["git commit", run.tags.get("mlflow.source.git.commit")],
  ];
  return new Map(facts.filter((fact): fact is [string, string] => Boolean(fact[1])));
}

const number = (value: string) => formatNumber(numberOf(value), 6);

const sectionsOf = (runs: RunView[]): ComparedSection[] => [
  { title: "Params", rows: comparedRows(runs.map((run) => run.params)) },
  { title: "Metrics, last value", rows: comparedRows(runs.map(metricTexts)), format: number },
  { title: "Tags", rows: comparedRows(runs.map(ownTags)) },
  { title: "Details", rows: comparedRows(runs.map(details)) },
];

/** The runs compared: each can be hidden from the plots, and taken out. */
function RunList({ runs, styles, hidden, onHide, onRemove }: {
  runs: RunView[];
  styles: RunStyles;
  hidden: ReadonlySet<string>;
  onHide: (id: string, hide: boolean) => void;
  onRemove: (id: string) => void;
}) {
  return (
    <ul className="compare-runs" aria-label="Runs compared">
      {runs.map((run) => (
        <li key={run.id}>
          <input
            type="checkbox"
            aria-label={`Show ${run.name}`}
            checked={!hidden.has(run.id)}
            onChange={(event) => onHide(run.id, !event.target.checked)}
          />
          <Link className="cell-name" href={places.run(run.id)} data-row-link>
            <LineSample style={styles.get(run.id) ?? runStyle(run.id)} />
            {run.name}
          </Link>
          <button
            type="button"
            className="icon-button"
            aria-label={`Take ${run.name} out`}
            title="Take out"
            onClick={() => onRemove(run.id)}
          >
            <Icon name="close" />
          </button>
        </li>
      ))}
    </ul>
  );
}

/** Which experiments the runs are of, with the way back to choose others. */
function Experiments({ runs }: { runs: RunView[] }) {
  const [first, ...others] = [...new Set(runs.map((run) => run.experimentId))];
  const { value } = useQuery(first !== undefined ? experimentQuery(first) : null);
  if (first === undefined) return null;
  const href = `${places.experiment(first)}?select=${runs.map((run) => run.id).join(",")}`;
  return (
    <>
      <span>
        of <Link className="link" href={href}>{value?.name ?? first}</Link>
        {others.length > 0 && ` and ${others.length} more experiment${others.length > 1 ? "s" : ""}`}
      </span>
      <Link className="link" href={href}>choose runs</Link>
    </>
  );
}

function Compared({ runs }: { runs: RunView[] }) {
  const [hide, setHide] = useParam("hide");
  const [ids, setIds] = useParam("runs");
  const [same, setSame] = useParam("same");
  const [brushed, setBrushed] = useState<ReadonlySet<string>>();
  const { choice, set } = useLineChoice();
  const hidden = useMemo(() => new Set(idsOf(hide)), [hide]);
  const visible = useMemo(() => runs.filter((run) => !hidden.has(run.id)), [runs, hidden]);
  const shown = useMemo(() => visible.filter((run) => !brushed || brushed.has(run.id)), [visible, brushed]);
  const styles = useMemo(() => stylesTogether(runs.map((run) => run.id)), [runs]);
  const keys = new Set(
    shown.flatMap((run) => [...run.metrics].filter(([, metric]) => (metric.step ?? 0) > 0).map(([key]) => key)),
  );
  const heads = shown.map((run) => ({
    id: run.id,
    head: (
      <Link className="cell-name" href={places.run(run.id)}>
        <LineSample style={styles.get(run.id) ?? runStyle(run.id)} />
        <span className="cell-clip" title={run.name}>{run.name}</span>
      </Link>
    ),
  }));
  const hideOne = (id: string, on: boolean) =>
    setHide((on ? [...hidden, id] : [...hidden].filter((one) => one !== id)).join(","));
  return (
    <>
      <RunList
        runs={runs}
        styles={styles}
        hidden={hidden}
        onHide={hideOne}
        onRemove={(id) => setIds(idsOf(ids).filter((one) => one !== id).join(","), false)}
      />
      <div className="compare-plots">
        <ParallelPlot runs={visible} styles={styles} brushed={brushed} onBrush={setBrushed} />
        <ScatterPlot runs={shown} styles={styles} />
      </div>
      <Panel
        title="Side by side"
        actions={
          <label className="check">
            <input type="checkbox" checked={same !== "1"} onChange={(event) => setSame(event.target.checked ? "" : "1")} />
            differing only
          </label>
        }
      >
        <CompareTable label="Runs side by side" heads={heads} sections={sectionsOf(shown)} onlyDiffering={same !== "1"} />
      </Panel>
      {keys.size > 0 && (
        <section className="compare-curves" aria-label="Curves">
          <ChartTools choice={choice} set={set} />
          <MetricCharts runs={shown} styles={styles} keys={keys} choice={choice} />
        </section>
      )}
    </>
  );
}

/** Runs side by side. Which ones, what is hidden, the axes and their scales are in the URL. */
export default function Compare(_: { subject: string }) {
  const [text] = useParam("runs");
  const ids = idsOf(text).slice(0, comparedMax);
  const { value, error, reload } = useQuery(ids.length > 0 ? runsByIdQuery(ids) : null);
  const runs = useMemo(() => (value ?? []).map(runView), [value]);
  const lost = value ? ids.filter((id) => !runs.some((run) => run.id === id)) : [];
  const left = idsOf(text).length - ids.length;
  return (
    <>
      <ScreenHead
        title={value ? `Compare ${runs.length} run${runs.length === 1 ? "" : "s"}` : "Compare runs"}
        detail={<Experiments runs={runs} />}
      />
      {error && <ErrorNote error={error} retry={reload} />}
      {left > 0 && <p className="note">The first {comparedMax} runs are compared; {left} more are left out.</p>}
      {lost.length > 0 && <p className="note">Not found: <span className="mono">{lost.join(", ")}</span></p>}
      {ids.length > 0 && !value && !error && <Loading />}
      {(ids.length === 0 || (value && runs.length === 0)) && (
        <Empty title="No runs to compare">
          Choose runs in the table of <Link className="link" href={places.experiments()}>an experiment</Link>.
        </Empty>
      )}
      {runs.length > 0 && <Compared runs={runs} />}
    </>
  );
}
