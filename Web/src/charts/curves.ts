import { formatNumber } from "../format/number";
import type { LineSeries } from "./line";
import { summarize } from "./series";

/** At how many runs a sentence stops naming each. */
const namedMax = 4;

function ofOne(key: string, { name, points }: LineSeries): string {
  const { last, lowest, highest, count, odd } = summarize(points);
  if (!last) return `${key} of ${name}: no values`;
  const range = lowest && highest
    ? `, lowest ${formatNumber(lowest.value)} at step ${lowest.step}, highest ${formatNumber(highest.value)} at step ${highest.step}`
    : "";
  const notFinite = odd > 0 ? `, ${odd} not finite` : "";
  return `${key} of ${name}: ${count} points to step ${last.step}, last ${formatNumber(last.value)}${range}${notFinite}`;
}

/** What a chart of the curves of one metric shows, in a sentence. */
export function curvesSentence(key: string, series: readonly LineSeries[]): string {
  const [only] = series;
  if (only && series.length === 1) return ofOne(key, only);
  const summaries = series.map(({ name, points }) => ({ name, ...summarize(points) }));
  const counted = summaries.filter((one) => one.last !== undefined);
  const lowest = counted.filter((one) => one.lowest).sort((a, b) => (a.lowest?.value ?? 0) - (b.lowest?.value ?? 0))[0];
  const highest = counted.filter((one) => one.highest).sort((a, b) => (b.highest?.value ?? 0) - (a.highest?.value ?? 0))[0];
  const lasts = counted.slice(0, namedMax).map((one) => `${one.name} ${formatNumber(one.last?.value)}`).join(", ");
  const others = counted.length > namedMax ? ` and ${counted.length - namedMax} more` : "";
  const range = lowest && highest
    ? `; lowest ${formatNumber(lowest.lowest?.value)} of ${lowest.name}, highest ${formatNumber(highest.highest?.value)} of ${highest.name}`
    : "";
  return `${key} of ${series.length} runs: last ${lasts || "none"}${others}${range}`;
}

/** A place to stop at when walking along curves: a step, and the first curve that has a point there. */
export interface Stop {
  step: number;
  series: number;
  point: number;
}

/** Every step of the curves, in order. */
export function stopsOf(series: readonly LineSeries[]): Stop[] {
  const stops = new Map<number, Stop>();
  series.forEach(({ points }, index) =>
    points.forEach((point, at) => {
      if (!stops.has(point.step)) stops.set(point.step, { step: point.step, series: index, point: at });
    }),
  );
  return [...stops.values()].sort((a, b) => a.step - b.step);
}

/** The values at a step, in words. */
export function stopSentence(series: readonly LineSeries[], stop: Stop): string {
  const values = series.flatMap(({ name, points }) => {
    const point = points.find((one) => one.step === stop.step);
    if (!point) return [];
    return [series.length > 1 ? `${name} ${formatNumber(point.value, 6)}` : formatNumber(point.value, 6)];
  });
  return `step ${stop.step}: ${values.join(", ")}`;
}
