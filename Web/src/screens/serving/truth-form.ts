import type { Prediction } from "../../api/schema";

/** What stands in the fields about a prediction: what turned out to be true, as JSON, and what it was worth. */
export interface TruthTexts {
  truth: string;
  value: string;
}

const textOf = (value: unknown, write: (value: unknown) => string) =>
  value === undefined || value === null ? "" : write(value);

/** The fields as the log has them. */
export const truthTexts = (one: Prediction): TruthTexts => ({
  truth: textOf(one.ground_truth, JSON.stringify),
  value: textOf(one.metric_value, String),
});

/** What a field of JSON says. Throws where it is none. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    const forms = "a number, a text in quotation marks, true, false, a list or an object";
    throw new Error(`The ground truth must be JSON: ${forms}.`);
  }
}

/**
 * What there is to tell of a prediction: the fields that were changed and not emptied.
 *
 * The others are not told again, as the page holds large numbers less exactly than the log. Throws where the ground
 * truth is no JSON.
 */
export function truthTold(first: TruthTexts, now: TruthTexts): { ground_truth?: unknown; value?: number } {
  const isTold = (field: keyof TruthTexts) => now[field].trim() !== "" && now[field] !== first[field];
  return {
    ...(isTold("truth") ? { ground_truth: parsed(now.truth) } : {}),
    ...(isTold("value") ? { value: Number(now.value) } : {}),
  };
}
