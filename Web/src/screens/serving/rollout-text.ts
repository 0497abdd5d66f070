import type { Endpoint, ExperimentMetric, Rollout, ShadowComparison, Traffic, Variant } from "../../api/schema";
import { formatCount, formatLatency, formatNumber, formatShare, missing } from "../../format/number";
import { formatMoment } from "../../format/time";
import type { Tone } from "../../ui/status";

type Policy = Traffic["policy"];

/** The policies as people call them. */
export const policyNames: Record<Policy, string> = {
  single: "one version",
  canary: "canary",
  ab_test: "A/B experiment",
  shadow: "shadow",
  blue_green: "blue/green",
  ensemble: "ensemble",
};

/** What the first and the second variant of a policy are called. */
export const roleNames: Partial<Record<Policy, [string, string]>> = {
  canary: ["stable", "canary"],
  ab_test: ["control", "treatment"],
  shadow: ["primary", "shadow"],
  blue_green: ["live", "standing by"],
};

/** How a rollout stands, with its tone. */
export const statusNames: Record<Rollout["status"], [Tone, string]> = {
  running: ["active", "Goes on"],
  promoted: ["good", "Took over"],
  rolled_back: ["bad", "Rolled back"],
  replaced: ["idle", "Replaced"],
};

/** What variants are compared by. */
export const metricNames: Record<ExperimentMetric["metric"], string> = {
  error_rate: "Errors",
  latency: "Latency",
  metric: "Metric",
  accuracy: "Accuracy",
  precision: "Precision",
  recall: "Recall",
};

const shares = new Set<ExperimentMetric["metric"]>(["error_rate", "accuracy", "precision", "recall"]);

const percent = (value: number | null | undefined) => formatShare(value ?? undefined);

/** A value of one side of an experiment, in its unit. */
export function metricValue(metric: ExperimentMetric["metric"], value: number | null | undefined): string {
  if (metric === "latency") return formatLatency(value);
  return shares.has(metric) ? percent(value) : formatNumber(value);
}

/** A difference of two sides: of latencies how many times as long, of shares in points. */
export function metricDifference(metric: ExperimentMetric["metric"], value: number | null | undefined): string {
  if (typeof value !== "number") return missing;
  if (metric === "latency") return `${formatNumber(Math.exp(value), 3)} ×`;
  if (shares.has(metric)) return `${formatNumber(value * 100, 3)} points`;
  return formatNumber(value);
}

/** A moment of an experiment in milliseconds since 1970, however it is written; undefined for none. */
export function millisecondsOf(date: Traffic["start_date"]): number | undefined {
  const milliseconds = typeof date === "string" ? Date.parse(date) : date ?? undefined;
  return Number.isNaN(milliseconds) ? undefined : milliseconds;
}

/** From when to when an experiment shares its callers out. */
export function datesText({ start_date: start, end_date: end }: Traffic): string {
  const [from, to] = [start, end].map((date) => {
    const milliseconds = millisecondsOf(date);
    return milliseconds === undefined ? undefined : formatMoment(milliseconds);
  });
  if (from && to) return `${from} to ${to}`;
  if (from) return `from ${from} on`;
  return to ? `until ${to}` : "until somebody ends it";
}

/** Whether an experiment shares its callers out at a moment: the server decides by status and dates together. */
export function callersText({ status = "running", start_date, end_date }: Traffic, now: number): string {
  const [start, end] = [millisecondsOf(start_date), millisecondsOf(end_date)];
  if (status !== "running" && status !== "scheduled") return `${status}: all get the control`;
  if (start !== undefined && now < start) return "not begun: all get the control";
  if (end !== undefined && now >= end) return "over: all get the control";
  return status === "running" || start !== undefined ? "shared out" : "scheduled without a start: all get the control";
}

/** How an experiment shares its callers out, in per cent. */
export function splitText({ traffic_split: split }: Traffic): string {
  const { control = 50, treatment = 50 } = split ?? {};
  const share = (value: number) => formatShare(value / (control + treatment));
  return `${share(control)} control, ${share(treatment)} treatment`;
}

/** What a shadow's answers were beside the callers', as facts with their names. */
export function comparisonFacts(one: ShadowComparison): [string, string][] {
  return [
    ["Rows compared", formatCount(one.rows)],
    ["Agreement", `${percent(one.agreement)} of the rows`],
    ["Mean difference", formatNumber(one.mean_difference)],
    ["Mean absolute difference", formatNumber(one.mean_absolute_difference)],
    ["Largest difference", formatNumber(one.max_absolute_difference)],
    ["Answers of another form", formatCount(one.misfits)],
    ["Errors of the shadow", formatCount(one.errors)],
    ["Copies dropped", formatCount(one.dropped)],
  ];
}

/** How far a rollout came, in a sentence without its reason. */
export function outcomeText(rollout: Rollout): string {
  if (rollout.policy === "canary") {
    const steps = rollout.traffic.steps ?? [];
    if (rollout.status === "promoted") return "all steps";
    return `step ${(rollout.step ?? 0) + 1} of ${steps.length}, ${percent(rollout.share)} of the requests`;
  }
  if (rollout.policy === "ab_test") {
    const winner = rollout.winner ?? "undecided";
    return winner === "undecided" ? "undecided" : `${winner} wins, confidence ${percent(rollout.confidence)}`;
  }
  if (!rollout.comparison) return missing;
  return `${formatCount(rollout.comparison.rows)} rows, agreement ${percent(rollout.comparison.agreement)}`;
}

/** What a variant gets of the requests, in words. */
export function trafficText({ traffic, variants }: Endpoint, variant: Variant): string {
  const isSecond = variants.indexOf(variant) === 1;
  if (traffic.policy === "shadow" && isSecond) return `copies of ${formatShare(traffic.share ?? 1)}`;
  if (traffic.policy === "blue_green" && isSecond) return "stands by";
  return traffic.policy === "ensemble" ? `weight ${formatShare(variant.share)}` : formatShare(variant.share);
}
