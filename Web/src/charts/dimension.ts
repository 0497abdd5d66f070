import { numberOf } from "../format/number";
import { drawable } from "./series";

/** One axis of a plot over runs: a value for each run, as numbers or as categories. */
export interface Dimension {
  label: string;
  kind: "number" | "category";
  /** By run: a number, a category, or undefined where the run has none. NaN stays NaN. */
  values: (number | string | undefined)[];
  /** Every category, in order; empty for numbers. */
  categories: string[];
}

/** Numbers where every value reads as one, categories otherwise; categories are whole, however long. */
export function dimensionOf(label: string, texts: readonly (string | undefined)[]): Dimension {
  const numbers = texts.map((text) => (text === undefined ? undefined : numberOf(text)));
  const isNumber = texts.every((text, index) => text === undefined || numbers[index] !== undefined);
  if (isNumber && numbers.some((value) => value !== undefined)) {
    return { label, kind: "number", values: numbers, categories: [] };
  }
  const known = new Set(texts.filter((text): text is string => text !== undefined));
  return { label, kind: "category", values: [...texts], categories: [...known].sort((a, b) => a.localeCompare(b)) };
}

/** The numbers of a dimension that can be drawn. */
export function drawn(dimension: Dimension): number[] {
  return dimension.values.filter((value): value is number => typeof value === "number" && drawable(value));
}

const decadesMin = 2;

/** Whether a logarithmic axis shows the numbers better: all above zero, over several decades. */
export function suitsLog(dimension: Dimension): boolean {
  const numbers = drawn(dimension);
  if (dimension.kind !== "number" || numbers.length < 2) return false;
  const low = Math.min(...numbers);
  return low > 0 && Math.log10(Math.max(...numbers) / low) >= decadesMin;
}

/** Where an axis ends, and the place below its lowest number for runs whose value is missing or not finite. */
export interface Extent {
  min: number;
  max: number;
  /** Undefined where every run has a finite number. */
  odd?: { at: number; label: string };
}

/** The extent of a dimension of numbers on a linear or logarithmic axis. */
export function extentOf(dimension: Dimension, log: boolean): Extent {
  const numbers = drawn(dimension).filter((value) => !log || value > 0);
  const low = numbers.length > 0 ? Math.min(...numbers) : log ? 1 : 0;
  const high = numbers.length > 0 ? Math.max(...numbers) : 1;
  const [min, max] = low < high ? [low, high] : log ? [low / 2, low * 2] : [low - (Math.abs(low) || 1) / 2, low + (Math.abs(low) || 1) / 2];
  const isMissing = dimension.values.some((value) => value === undefined);
  const isOdd = dimension.values.some((value) => typeof value === "number" && !(drawable(value) && (!log || value > 0)));
  if (!isMissing && !isOdd) return { min, max };
  const at = log ? min / (max / min) ** 0.12 : min - (max - min) * 0.12;
  return { min: at, max, odd: { at, label: [isMissing && "—", isOdd && "NaN"].filter(Boolean).join(" ") } };
}

/** Where on an axis of numbers a value stands: at its own place, or at the one for what is no number. */
export function placeOn(extent: Extent, value: number | string | undefined, log: boolean): number {
  const isPlaced = typeof value === "number" && drawable(value) && (!log || value > 0);
  return isPlaced ? value : extent.odd?.at ?? extent.min;
}
