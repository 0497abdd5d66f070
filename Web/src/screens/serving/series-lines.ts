import type { MomentLine } from "../../charts/moments";
import { stylesTogether } from "../../charts/run-style";
import type { PredictionSeries, PredictionSeriesPoint } from "../../api/schema";
import { formatMoment } from "../../format/time";

/** Times over which the log can be looked at, the last so many milliseconds. */
export const ranges = [
  { id: "15m", label: "15 min", words: "15 minutes", ms: 900_000 },
  { id: "1h", label: "1 h", words: "hour", ms: 3_600_000 },
  { id: "6h", label: "6 h", words: "6 hours", ms: 21_600_000 },
  { id: "24h", label: "24 h", words: "24 hours", ms: 86_400_000 },
  { id: "7d", label: "7 d", words: "7 days", ms: 604_800_000 },
] as const;

export type Range = (typeof ranges)[number];

/** The range that the URL names, or an hour. */
export const rangeOf = (id: string): Range => ranges.find((one) => one.id === id) ?? ranges[1];

/** What is told of a variant's spans. */
export interface SpanMeasure {
  of: (point: PredictionSeriesPoint, seconds: number) => number | undefined;
  /** The value of a span in which a variant was not asked. */
  unasked?: number;
  /** Whether it is counted by time. */
  isRate?: boolean;
}

/** So much of the last span must be over for a rate, which would jump about otherwise: a share, or a time at most. */
const rateShareMin = 0.25;
const rateMs = 2500;

/** A line for each variant of a series, with a point where each span begins. */
export function seriesLines(series: PredictionSeries, { of, unasked, isRate }: SpanMeasure): MomentLine[] {
  const { start_time: start, end_time: end, span_ms: span } = series;
  const found = new Map(series.points.map((point) => [`${point.time} ${point.variant}`, point]));
  const names = [...new Set(series.points.map((point) => point.variant))];
  const styles = stylesTogether(names);
  const moments: number[] = [];
  const overMin = isRate ? Math.min(span * rateShareMin, rateMs) : 1;
  for (let at = start; at + overMin <= end; at += span) moments.push(at);
  return names.map((name) => ({
    name,
    style: styles.get(name) ?? { colour: 0, dash: 0 },
    points: moments.map((at) => {
      const point = found.get(`${at} ${name}`);
      return { at, value: point ? of(point, Math.min(span, end - at) / 1000) : unasked };
    }),
  }));
}

export const predictionsASecond: SpanMeasure = {
  of: (point, seconds) => point.predictions / seconds,
  unasked: 0,
  isRate: true,
};
/** Of the entries of the log, which has one for each row that was answered and for each request that failed. */
export const failedShare: SpanMeasure = { of: ({ errors, predictions }) => errors / (errors + predictions) };
export const medianMs: SpanMeasure = { of: (point) => point.latency_ms_p50 ?? undefined };
export const slowestMs: SpanMeasure = { of: (point) => point.latency_ms_p99 ?? undefined };

/** What stands in the place of the charts of a series without points, which may be cut behind all that was logged. */
export const emptyText = (series: PredictionSeries, range: Range) =>
  series.is_cut
    ? `Nothing was logged since ${formatMoment(series.start_time)}; before that, more than is looked at.`
    : `Nothing was logged in the last ${range.words}.`;

/** How many were answered and how many failed, over all variants. */
export function totals(series: PredictionSeries): { predictions: number; errors: number } {
  return series.points.reduce(
    (sum, point) => ({ predictions: sum.predictions + point.predictions, errors: sum.errors + point.errors }),
    { predictions: 0, errors: 0 },
  );
}
