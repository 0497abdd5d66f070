import type { Rollout, Traffic } from "../../api/schema";
import { formatCount, formatNumber } from "../../format/number";
import { formatDuration } from "../../format/time";
import type { Tone } from "../../ui/status";
import { metricNames } from "./rollout-text";

export interface RampStep {
  percent: number;
  state: "done" | "now" | "coming" | "stopped" | "missed";
}

/** The steps of a canary, and how each stands. */
export function rampOf(rollout: Rollout): RampStep[] {
  const at = rollout.step ?? 0;
  const running = rollout.status === "running";
  const state = (index: number): RampStep["state"] => {
    if (rollout.status === "promoted" || index < at) return "done";
    if (index === at) return running ? "now" : "stopped";
    return running ? "coming" : "missed";
  };
  return (rollout.traffic.steps ?? []).map((percent, index) => ({ percent, state: state(index) }));
}

/** Something that a step waits for. */
export interface Need {
  name: string;
  /** How much of it is there, in [0, 1]. */
  share: number;
  text: string;
}

const portion = (done: number, needed: number) => (needed > 0 ? Math.min(1, Math.max(0, done / needed)) : 1);

function counted(name: string, done: number, needed: number, perSecond: number | undefined): Need {
  const left = Math.max(0, needed - done);
  const soon = left > 0 && perSecond ? `, about ${formatDuration(Math.ceil(left / perSecond) * 1000)} at the present rate` : "";
  const more = left > 0 ? `${formatCount(left)} to come${soon}` : "enough";
  return { name, share: portion(done, needed), text: `${formatCount(done)} of ${formatCount(needed)}: ${more}` };
}

/** What a running canary's step still waits for, at `now` and with so many requests a second to the canary. */
export function needsOf(rollout: Rollout, now: number, perSecond: number | undefined): Need[] {
  const { requests_min: requests = 0, seconds_min: seconds = 0, feedback_min: feedback = 0 } = rollout.traffic;
  const passed = Math.max(0, (now - (rollout.step_started_at ?? now)) / 1000);
  const left = Math.ceil(Math.max(0, seconds - passed));
  const time = {
    name: "Time",
    share: portion(passed, seconds),
    text: left > 0 ? `${formatDuration(left * 1000)} of ${formatDuration(seconds * 1000)} to go` : "enough",
  };
  const needs = [counted("Requests", rollout.current?.requests ?? 0, requests, perSecond), time];
  if (feedback > 0) needs.push(counted("Feedback", rollout.current?.feedback ?? 0, feedback, undefined));
  return needs;
}

/** A check of a canary, in words. */
export interface CheckText {
  name: string;
  estimate: string;
  bound: string;
  pValue: string;
  level: string;
  tone: Tone;
  verdict: string;
}

type Check = NonNullable<Rollout["checks"]>[number];

const unknown = "not known yet";
const times = (value: number) => `${formatNumber(value, 3)} × the stable variant's`;

function boundOf(check: Check["check"], plan: Traffic): { limit: number; text: string } {
  switch (check) {
    case "error_rate": return { limit: plan.error_ratio_max ?? 1, text: times(plan.error_ratio_max ?? 1) };
    case "latency": return { limit: plan.latency_ratio_max ?? 1.2, text: times(plan.latency_ratio_max ?? 1.2) };
    case "metric": {
      const loss = plan.metric_loss_max ?? 0;
      return { limit: loss, text: `${formatNumber(loss, 3)} ${plan.metric_direction === "lower" ? "more" : "less"}` };
    }
  }
}

function verdictOf({ check, estimate, p_value: p, level }: Check, plan: Traffic): [Tone, string] {
  if (typeof p !== "number") return ["idle", "too little seen to compare"];
  if (p < level) return ["bad", "worse than allowed"];
  if (typeof estimate !== "number") {
    return p < 1 ? ["warn", "worse so far, which may be chance"] : ["good", "no errors on either side"];
  }
  const loss = check === "metric" && plan.metric_direction !== "lower" ? -estimate : estimate;
  return loss > boundOf(check, plan).limit
    ? ["warn", "worse so far, which may be chance"]
    : ["good", "no worse than allowed"];
}

function estimateText({ check, estimate, p_value: p }: Check): string {
  if (typeof estimate === "number") return check === "metric" ? formatNumber(estimate, 3) : times(estimate);
  // An infinite ratio is no number of JSON.
  return check === "error_rate" && typeof p === "number" && p < 1 ? "only the canary fails" : unknown;
}

/** How a canary compares with the stable variant, each check in words. */
export function checksOf(rollout: Rollout): CheckText[] {
  return (rollout.checks ?? []).map((one) => {
    const [tone, verdict] = verdictOf(one, rollout.traffic);
    return {
      name: metricNames[one.check],
      estimate: estimateText(one),
      bound: boundOf(one.check, rollout.traffic).text,
      pValue: typeof one.p_value === "number" ? formatNumber(one.p_value, 3) : unknown,
      level: formatNumber(one.level, 3),
      tone,
      verdict,
    };
  });
}
