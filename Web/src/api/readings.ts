/** What was counted of an endpoint or a variant, each number but the last growing until the server starts again. */
export interface Counts {
  requests: number;
  errors: number;
  /** Right answers, and the seconds that they took together. */
  answers: number;
  seconds: number;
  /** Runs of models that requests wait for, and the requests that those answered; from each load of a model on. */
  runs: number;
  batched: number;
  /** Requests that wait at this moment. */
  waiting: number;
}

/** The counters of an endpoint at one moment. */
export interface Reading {
  /** Milliseconds since 1970 UTC, by the clock of the reader. */
  at: number;
  whole: Counts;
  variants: ReadonlyMap<string, Counts>;
}

/** What happened between two readings. */
export interface Rate {
  perSecond: number;
  /** The share of the requests that failed; undefined where there was none. */
  errorShare: number | undefined;
  /** The mean time of right answers in milliseconds; undefined where there was none. */
  latencyMs: number | undefined;
  /** How many requests a run answered in the mean; undefined where there was none. */
  batch: number | undefined;
  /** Requests that waited at the end. */
  waiting: number;
}

/** What happened in the time that ends at a moment, of the whole endpoint and of each variant. */
export interface Rates {
  at: number;
  seconds: number;
  whole: Rate;
  variants: ReadonlyMap<string, Rate>;
}

/** Readings that are kept: five minutes of them at one every two seconds. */
export const readingsMax = 150;
/** Rates of less time than this would jump about. */
const apartMinMs = 1000;

const nothing: Counts = { requests: 0, errors: 0, answers: 0, seconds: 0, runs: 0, batched: 0, waiting: 0 };

const sample = /^martlet_serving_(?:variant_)?(\w+)\{(.*)\} (\S+)$/;
const label = /(\w+)="((?:[^"\\]|\\.)*)"/g;

const unescaped = (text: string) => text.replace(/\\(.)/g, (_, one: string) => (one === "n" ? "\n" : one));

function labelsOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(label)].map(([, name = "", value = ""]) => [name, unescaped(value)]));
}

/** The counters of an endpoint in the server's metrics, a text in the format of Prometheus. */
export function readingOf(metrics: string, endpoint: string, at: number): Reading {
  const whole = { ...nothing };
  const variants = new Map<string, Counts>();
  for (const line of metrics.split("\n")) {
    const [, name = "", labelText = "", value] = sample.exec(line) ?? [];
    const counter = counterNames[name];
    if (counter === undefined) continue;
    const labels = labelsOf(labelText);
    if (labels.get("endpoint") !== endpoint) continue;
    const variant = labels.get("variant");
    let counts = whole;
    if (variant !== undefined) {
      counts = variants.get(variant) ?? { ...nothing };
      variants.set(variant, counts);
    }
    const number = Number(value);
    counts[counter] += number;
    if (labels.get("outcome") === "error") counts.errors += number;
  }
  return { at, whole, variants };
}

const counterNames: Record<string, keyof Counts> = {
  requests_total: "requests",
  request_duration_seconds_sum: "seconds",
  request_duration_seconds_count: "answers",
  queue_runs_total: "runs",
  queue_requests_total: "batched",
  queue_waiting: "waiting",
};

/** The readings with one more; one that came too soon takes the place of the last, and the oldest go. */
export function withReading(readings: readonly Reading[], next: Reading): Reading[] {
  const last = readings[readings.length - 1];
  const kept = readings.length > 1 && last && next.at - last.at < apartMinMs ? readings.slice(0, -1) : readings;
  return [...kept, next].slice(-readingsMax);
}

const askedCounters = ["requests", "errors", "answers", "seconds"] as const;
/** These begin again without the others, when a model is loaded. */
const runCounters = ["runs", "batched"] as const;

/** What was counted before, or nothing where one of the counters fell: then they have begun again since. */
const comparable = (before: Counts, after: Counts, names: readonly (keyof Counts)[]) =>
  names.some((name) => after[name] < before[name]) ? nothing : before;

/** What happened in `seconds` between two counts. */
export function rateOf(before: Counts, after: Counts, seconds: number): Rate {
  const asked = comparable(before, after, askedCounters);
  const requests = after.requests - asked.requests;
  const answers = after.answers - asked.answers;
  const run = comparable(before, after, runCounters);
  const runs = after.runs - run.runs;
  return {
    perSecond: seconds > 0 ? requests / seconds : 0,
    errorShare: requests > 0 ? (after.errors - asked.errors) / requests : undefined,
    latencyMs: answers > 0 ? ((after.seconds - asked.seconds) / answers) * 1000 : undefined,
    batch: runs > 0 ? (after.batched - run.batched) / runs : undefined,
    waiting: after.waiting,
  };
}

function between(before: Reading, after: Reading): Rates {
  const seconds = (after.at - before.at) / 1000;
  // A variant that was not there before began with nothing counted.
  const variants = [...after.variants].map(([name, counts]): [string, Rate] =>
    [name, rateOf(before.variants.get(name) ?? nothing, counts, seconds)]);
  return { at: after.at, seconds, whole: rateOf(before.whole, after.whole, seconds), variants: new Map(variants) };
}

/** What happened between each reading and the one before. */
export function ratesOf(readings: readonly Reading[]): Rates[] {
  return readings.slice(1).map((reading, index) => between(readings[index] as Reading, reading));
}

/** What happened lately: since the newest reading that is at least `spanMs` old, or else the oldest. */
export function latestRates(readings: readonly Reading[], spanMs: number): Rates | undefined {
  const last = readings[readings.length - 1];
  const [first] = readings;
  if (!last || !first || last === first) return undefined;
  const old = [...readings].reverse().find((one) => last.at - one.at >= spanMs) ?? first;
  return between(old, last);
}
