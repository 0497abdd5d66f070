/** What was counted of an endpoint or a variant, each number growing until the server starts again. */
export interface Counts {
  requests: number;
  errors: number;
  /** Right answers, and the seconds that they took together. */
  answers: number;
  seconds: number;
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

const nothing: Counts = { requests: 0, errors: 0, answers: 0, seconds: 0 };

const sample = /^martlet_serving_(variant_)?(requests_total|request_duration_seconds_(?:sum|count))\{(.*)\} (\S+)$/;
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
    const [, ofVariant, name, labelText = "", value] = sample.exec(line) ?? [];
    if (name === undefined) continue;
    const labels = labelsOf(labelText);
    if (labels.get("endpoint") !== endpoint) continue;
    let counts = whole;
    if (ofVariant) {
      const variant = labels.get("variant") ?? "";
      counts = variants.get(variant) ?? { ...nothing };
      variants.set(variant, counts);
    }
    const number = Number(value);
    if (name === "requests_total") {
      counts.requests += number;
      if (labels.get("outcome") === "error") counts.errors += number;
    } else if (name.endsWith("sum")) {
      counts.seconds += number;
    } else {
      counts.answers += number;
    }
  }
  return { at, whole, variants };
}

/** The readings with one more; one that came too soon takes the place of the last, and the oldest go. */
export function withReading(readings: readonly Reading[], next: Reading): Reading[] {
  const last = readings[readings.length - 1];
  const kept = readings.length > 1 && last && next.at - last.at < apartMinMs ? readings.slice(0, -1) : readings;
  return [...kept, next].slice(-readingsMax);
}

const shrank = (before: Counts, after: Counts) =>
  after.requests < before.requests || after.errors < before.errors || after.answers < before.answers ||
  after.seconds < before.seconds;

/** What happened in `seconds` between two counts; a counter that fell has begun again at zero since. */
export function rateOf(before: Counts, after: Counts, seconds: number): Rate {
  const from = shrank(before, after) ? nothing : before;
  const requests = after.requests - from.requests;
  const answers = after.answers - from.answers;
  return {
    perSecond: seconds > 0 ? requests / seconds : 0,
    errorShare: requests > 0 ? (after.errors - from.errors) / requests : undefined,
    latencyMs: answers > 0 ? ((after.seconds - from.seconds) / answers) * 1000 : undefined,
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
