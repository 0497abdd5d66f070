import { useEffect, useMemo, useRef, useState } from "react";
import { useHistories } from "../../api/useHistories";
import { Chart } from "../../charts/Chart";
import { curvesSentence, stopSentence, stopsOf } from "../../charts/curves";
import { lineOption, seriesIndexOf, type LineChoice, type LineSeries } from "../../charts/line";
import { LineSample } from "../../charts/line-sample";
import { runStyle, type RunStyles } from "../../charts/run-style";
import { csv } from "../../charts/series";
import { TableToggle } from "../../charts/TableToggle";
import { useChartTheme } from "../../charts/theme";
import { formatNumber } from "../../format/number";
import { formatMoment } from "../../format/time";
import { ErrorNote } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import type { RunView } from "./runs";

const height = 210;
/** Rows of the table below a chart; the file has them all. */
const tableRowsMax = 2000;

const pointsOf = (series: readonly LineSeries[]) =>
  series.flatMap((one) => one.points.map((point) => ({ one, point })));

function save(key: string, series: readonly LineSeries[]): void {
  const several = series.length > 1;
  const rows = pointsOf(series).map(({ one, point }) => [
    ...(several ? [one.name] : []), point.step, point.timestamp, point.value,
  ]);
  const head = [...(several ? ["run"] : []), "step", "timestamp", "value"];
  const url = URL.createObjectURL(new Blob([csv(head, rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${key.replace(/[^\w.-]+/g, "_")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function PointsTable({ series, label }: { series: readonly LineSeries[]; label: string }) {
  const several = series.length > 1;
  return (
    <div className="chart-table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            {several && <th scope="col">Run</th>}
            <th scope="col" className="number">Step</th>
            <th scope="col" className="number">Value</th>
            <th scope="col">Logged</th>
          </tr>
        </thead>
        <tbody>
          {pointsOf(series).slice(0, tableRowsMax).map(({ one, point }, index) => (
            <tr key={index}>
              {several && <td><LineSample style={one.style} /> {one.name}</td>}
              <td className="number">{point.step}</td>
              <td className="number">{formatNumber(point.value, 8)}</td>
              <td>{formatMoment(point.timestamp)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** Whether the element has ever come near the screen: what nobody scrolled to is not asked for. */
function useEverSeen(element: React.RefObject<HTMLElement>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current || seen) return undefined;
    const observer = new IntersectionObserver(([entry]) => entry?.isIntersecting && setSeen(true), {
      rootMargin: "300px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element, seen]);
  return seen;
}

/** The newest moment at which any of the runs says it logged the metric. */
const latestOf = (runs: readonly RunView[], key: string) =>
  Math.max(0, ...runs.map((run) => run.metrics.get(key)?.timestamp ?? 0));

/** The curves of one metric, one for each run, moving as values come; the same as a table, and as a CSV file. */
export function MetricChart({ runs, styles, metricKey, choice }: {
  runs: readonly RunView[];
  styles?: RunStyles;
  metricKey: string;
  choice: LineChoice;
}) {
  const card = useRef<HTMLElement>(null);
  const [asTable, setAsTable] = useState(false);
  const seen = useEverSeen(card);
  const theme = useChartTheme();
  const ids = runs.map((run) => run.id);
  const { histories, error, reload } = useHistories(ids, metricKey, latestOf(runs, metricKey), seen);
  const { x, log, smoothing } = choice;
  const names = runs.map((run) => run.name).join("\n");
  const series = useMemo(
    () =>
      runs.map((run): LineSeries => ({
        name: run.name,
        style: styles?.get(run.id) ?? runStyle(run.id),
        points: histories.get(run.id) ?? [],
      })),
    // The names and the histories, which are keyed by run, stand for the runs, new objects at every render.
    [histories, names, styles],
  );
  const option = useMemo(() => lineOption(series, { x, log, smoothing }, theme), [series, x, log, smoothing, theme]);
  const stops = useMemo(() => stopsOf(series), [series]);
  const walk = {
    count: stops.length,
    say: (index: number) => {
      const stop = stops[index];
      return stop ? stopSentence(series, stop) : "";
    },
    where: (index: number) => ({
      seriesIndex: seriesIndexOf(stops[index]?.series ?? 0, choice),
      dataIndex: stops[index]?.point ?? 0,
    }),
  };
  const [only] = series;
  const last = series.length === 1 ? only?.points[only.points.length - 1] : undefined;
  const shortName = metricKey.slice(metricKey.lastIndexOf("/") + 1);
  return (
    <article className="chart-card" ref={card} aria-label={metricKey} data-metric={metricKey}>
      <div className="chart-card-head">
        <h3 title={metricKey}>{shortName}</h3>
        <strong className="chart-last" title={last ? `last value, step ${last.step}` : undefined}>
          {series.length === 1 && formatNumber(last?.value, 5)}
        </strong>
        <TableToggle name={metricKey} shown={asTable} show={setAsTable} />
        <button
          type="button"
          className="icon-button"
          aria-label={`${metricKey} as a CSV file`}
          title="As a CSV file"
          onClick={() => save(metricKey, series)}
        >
          <Icon name="download" />
        </button>
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {asTable ? (
        <PointsTable series={series} label={`Values of ${metricKey}`} />
      ) : (
        <Chart option={option} height={height} label={curvesSentence(metricKey, series)} walk={walk} />
      )}
    </article>
  );
}
