import { useMemo, useRef } from "react";
import { useQuery } from "../../api/query";
import type { Reading } from "../../api/readings";
import type { Endpoint, PredictionSeries } from "../../api/schema";
import { predictionSeriesQuery } from "../../api/serving";
import { MomentsChart } from "../../charts/MomentsChart";
import { formatCount, formatLatency, formatNumber, formatShare } from "../../format/number";
import { formatDuration, formatMoment } from "../../format/time";
import { useParam } from "../../router";
import { ErrorNote, Loading } from "../../ui/basics";
import { QueueCharts } from "./LiveCharts";
import {
  emptyText, failedShare, medianMs, predictionsASecond, rangeOf, ranges, seriesLines, slowestMs, totals,
  type Range, type SpanMeasure,
} from "./series-lines";

const perSecondText = (value: number) => `${formatNumber(value, 3)}/s`;

const shown: { title: string; measure: SpanMeasure; format: (value: number) => string }[] = [
  { title: "Predictions a second", measure: predictionsASecond, format: perSecondText },
  { title: "Share of entries that failed", measure: failedShare, format: formatShare },
  { title: "Latency, p50", measure: medianMs, format: formatLatency },
  { title: "Latency, p99", measure: slowestMs, format: formatLatency },
];

function SeriesChart({ series, chart }: { series: PredictionSeries; chart: (typeof shown)[number] }) {
  const lines = useMemo(() => seriesLines(series, chart.measure), [series, chart]);
  return <MomentsChart title={chart.title} lines={lines} format={chart.format} nothing="None in this time." />;
}

/** What a series counted, and from when on where that is not all of what was asked for. */
function summary(series: PredictionSeries): string {
  const { predictions, errors } = totals(series);
  const right = `${formatCount(predictions)} prediction${predictions === 1 ? "" : "s"}`;
  const wrong = `${formatCount(errors)} failed request${errors === 1 ? "" : "s"}`;
  const counted = `${right}, ${wrong}, by ${formatDuration(series.span_ms)}`;
  return series.is_cut ? `The newest alone, since ${formatMoment(series.start_time)}: ${counted}` : counted;
}

function Ranges({ range, onChoose }: { range: Range; onChoose: (id: string) => void }) {
  return (
    <span className="segments" role="radiogroup" aria-label="Time">
      {ranges.map((one) => (
        <label key={one.id}>
          <input type="radio" name="range" checked={one === range} onChange={() => onChoose(one.id)} />
          {one.label}
        </label>
      ))}
    </span>
  );
}

/** What the variants of an endpoint did over a time that is in the URL, out of the log, and what waits for them now. */
export function Metrics({ endpoint, readings }: { endpoint: Endpoint; readings: readonly Reading[] }) {
  const [rangeText, setRange] = useParam("range", "1h");
  const range = rangeOf(rangeText);
  const { value: answer, error, reload } = useQuery(predictionSeriesQuery(endpoint.name, range.ms));
  // While another time is asked for, the charts of the last one stay.
  const last = useRef(answer);
  last.current = answer ?? last.current;
  const value = last.current;
  return (
    <>
      <div className="chart-section">
        <h2>From the log of predictions</h2>
        <div className="chart-tools">
          <Ranges range={range} onChoose={setRange} />
          <span className="note" role="status">{value ? summary(value) : ""}</span>
        </div>
        {error && <ErrorNote error={error} retry={reload} />}
        {!value && !error && <Loading />}
        {answer?.points.length === 0 && <p className="quiet">{emptyText(answer, range)}</p>}
        {value && value.points.length > 0 && (
          <div className="chart-grid metric-charts">
            {shown.map((chart) => <SeriesChart key={chart.title} series={value} chart={chart} />)}
          </div>
        )}
        <p className="note">
          Of a request that was answered the log has an entry for each row, of one that failed a single one; shadows
          answer copies.
        </p>
      </div>
      <div className="chart-section">
        <h2>Queue and batches, while this page looks on</h2>
        <QueueCharts readings={readings} />
      </div>
    </>
  );
}
