import { useEffect, useMemo, useRef, useState } from "react";
import { useHistory } from "../../api/useHistory";
import { Chart } from "../../charts/Chart";
import { lineOption, type LineChoice } from "../../charts/line";
import { runStyle } from "../../charts/run-style";
import { csv, summarize, type Point } from "../../charts/series";
import { useChartTheme } from "../../charts/theme";
import { formatNumber } from "../../format/number";
import { formatMoment } from "../../format/time";
import { ErrorNote } from "../../ui/basics";
import { Icon } from "../../ui/icon";
import type { RunView } from "./runs";

const height = 210;

/** What the chart shows, in a sentence. */
function sentence(key: string, run: RunView, points: readonly Point[]): string {
  const { last, lowest, highest, count, odd } = summarize(points);
  if (!last) return `${key} of ${run.name}: no values`;
  const range = lowest && highest
    ? `, lowest ${formatNumber(lowest.value)} at step ${lowest.step}, highest ${formatNumber(highest.value)} at step ${highest.step}`
    : "";
  const notFinite = odd > 0 ? `, ${odd} not finite` : "";
  return `${key} of ${run.name}: ${count} points to step ${last.step}, last ${formatNumber(last.value)}${range}${notFinite}`;
}

function save(key: string, points: readonly Point[]): void {
  const rows = points.map((point) => [point.step, point.timestamp, point.value]);
  const url = URL.createObjectURL(new Blob([csv(["step", "timestamp", "value"], rows)], { type: "text/csv" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = `${key.replace(/[^\w.-]+/g, "_")}.csv`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function PointsTable({ points, label }: { points: readonly Point[]; label: string }) {
  return (
    <div className="chart-table" role="region" aria-label={label} tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col" className="number">Step</th>
            <th scope="col" className="number">Value</th>
            <th scope="col">Logged</th>
          </tr>
        </thead>
        <tbody>
          {points.map((point, index) => (
            <tr key={index}>
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

/** The curve of one metric of a run, moving as values come; the same as a table, and as a CSV file. */
export function MetricChart({ run, metricKey, choice }: { run: RunView; metricKey: string; choice: LineChoice }) {
  const card = useRef<HTMLElement>(null);
  const [asTable, setAsTable] = useState(false);
  const seen = useEverSeen(card);
  const theme = useChartTheme();
  const { points, error, reload } = useHistory(run.id, metricKey, run.metrics.get(metricKey)?.timestamp ?? 0, seen);
  const { x, log, smoothing } = choice;
  const option = useMemo(
    () => lineOption([{ name: run.name, style: runStyle(run.id), points }], { x, log, smoothing }, theme),
    [run.name, run.id, points, x, log, smoothing, theme],
  );
  const label = sentence(metricKey, run, points);
  const last = points[points.length - 1];
  const shortName = metricKey.slice(metricKey.lastIndexOf("/") + 1);
  const say = (index: number) => {
    const point = points[index];
    return point ? `step ${point.step}: ${formatNumber(point.value, 6)}` : "";
  };
  return (
    <article className="chart-card" ref={card} aria-label={metricKey} data-metric={metricKey}>
      <div className="chart-card-head">
        <h3 title={metricKey}>{shortName}</h3>
        <strong className="chart-last" title={last ? `last value, step ${last.step}` : undefined}>
          {formatNumber(last?.value, 5)}
        </strong>
        <button
          type="button"
          className="icon-button"
          aria-pressed={asTable}
          aria-label={`${metricKey} as a table`}
          title="As a table"
          onClick={() => setAsTable(!asTable)}
        >
          <Icon name="table" />
        </button>
        <button
          type="button"
          className="icon-button"
          aria-label={`${metricKey} as a CSV file`}
          title="As a CSV file"
          onClick={() => save(metricKey, points)}
        >
          <Icon name="download" />
        </button>
      </div>
      {error && <ErrorNote error={error} retry={reload} />}
      {asTable ? (
        <PointsTable points={points} label={`Values of ${metricKey}`} />
      ) : (
        <Chart option={option} height={height} label={label} walk={{ count: points.length, say }} />
      )}
    </article>
  );
}
