import { numberOf } from "../format/number";

/** One logged value of a metric. */
export interface Point {
  step: number;
  timestamp: number;
  value: number;
}

interface WirePoint {
  step?: number;
  timestamp?: number;
  value?: unknown;
}

export function pointOf(point: WirePoint): Point {
  return {
    step: point.step ?? 0,
    timestamp: point.timestamp ?? 0,
    value: numberOf(point.value) ?? Number.NaN,
  };
}

const same = (a: Point, b: Point) =>
  a.step === b.step && a.timestamp === b.timestamp && Object.is(a.value, b.value);

/** History and the points that came since, in order of step and time, without the doubles. */
export function joinTail(history: readonly Point[], tail: readonly Point[]): Point[] {
  const joined = [...history, ...tail].sort((a, b) => a.step - b.step || a.timestamp - b.timestamp);
  return joined.filter((point, index) => index === 0 || !same(point, joined[index - 1] as Point));
}

/** Whether a value can be drawn: not NaN, and not one of MLflow's stand-ins for infinity. */
export const drawable = (value: number) => Math.abs(value) < 1e300;

/**
 * Exponential moving average, corrected for its start as in Adam, so that the first value is not weighed too much.
 *
 * `weight` in [0, 1): 0 leaves the values as they are. What cannot be drawn stays and is skipped by the average.
 */
export function smooth(values: readonly number[], weight: number): number[] {
  if (weight <= 0) return [...values];
  let sum = 0;
  let count = 0;
  return values.map((value) => {
    if (!drawable(value)) return value;
    sum = sum * weight + (1 - weight) * value;
    count += 1;
    return sum / (1 - weight ** count);
  });
}

export interface Summary {
  count: number;
  last?: Point;
  lowest?: Point;
  highest?: Point;
  /** Points that are not finite numbers. */
  odd: number;
}

export function summarize(points: readonly Point[]): Summary {
  const summary: Summary = { count: points.length, odd: 0 };
  for (const point of points) {
    summary.last = point;
    if (!drawable(point.value)) {
      summary.odd += 1;
      continue;
    }
    if (!summary.lowest || point.value < summary.lowest.value) summary.lowest = point;
    if (!summary.highest || point.value > summary.highest.value) summary.highest = point;
  }
  return summary;
}

/** The text of a CSV file with a heading. */
export function csv(head: readonly string[], rows: readonly (readonly (string | number)[])[]): string {
  const cell = (value: string | number) => {
    const text = String(value);
    return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
  };
  return [head, ...rows].map((row) => row.map(cell).join(",")).join("\r\n") + "\r\n";
}
