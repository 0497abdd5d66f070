import assert from "node:assert/strict";
import { test } from "node:test";
import type { Endpoint, Rollout, Variant } from "../src/api/schema";
import { checksOf, needsOf, rampOf } from "../src/screens/serving/ramp";
import {
  callersText, comparisonFacts, datesText, metricDifference, metricValue, outcomeText, splitText, trafficText,
} from "../src/screens/serving/rollout-text";

const arm = (requests: number, feedback = 0) => ({ requests, errors: 0, latency_ms: 1, feedback, metric: null });

const canary = (more: Partial<Rollout> = {}, plan: Partial<Rollout["traffic"]> = {}): Rollout => ({
  policy_version: 2,
  policy: "canary",
  status: "running",
  started_at: 0,
  variants: ["v1", "v2"],
  traffic: { policy: "canary", steps: [5, 20, 50, 100], requests_min: 200, seconds_min: 60, ...plan },
  step: 1,
  step_started_at: 100_000,
  share: 0.2,
  current: arm(120),
  ...more,
});

const states = (rollout: Rollout) => rampOf(rollout).map(({ percent, state }) => `${percent} ${state}`);

test("a canary's steps are done, now and coming", () => {
  assert.deepEqual(states(canary()), ["5 done", "20 now", "50 coming", "100 coming"]);
  assert.deepEqual(states(canary({ status: "promoted", step: 2 })), ["5 done", "20 done", "50 done", "100 done"]);
  assert.deepEqual(states(canary({ status: "rolled_back" })), ["5 done", "20 stopped", "50 missed", "100 missed"]);
  assert.deepEqual(states(canary({ step: 0 })), ["5 now", "20 coming", "50 coming", "100 coming"]);
});

const needs = (rollout: Rollout, now: number, perSecond?: number) =>
  needsOf(rollout, now, perSecond).map(({ name, text }) => `${name} ${text}`);

test("a step says what it waits for, and how long that takes at the present rate", () => {
  assert.deepEqual(needs(canary(), 118_500, 4), [
    "Requests 120 of 200: 80 to come, about 20 s at the present rate", "Time 42 s of 1 min to go",
  ]);
  assert.deepEqual(needs(canary({ current: arm(250, 3) }, { feedback_min: 10 }), 400_000), [
    "Requests 250 of 200: enough", "Time enough", "Feedback 3 of 10: 7 to come",
  ]);
  assert.equal(needs(canary(), 90_000)[0], "Requests 120 of 200: 80 to come");
  assert.equal(needs(canary(), 90_000)[1], "Time 1 min of 1 min to go");
  assert.deepEqual(needsOf(canary(), 130_000, 0).map((one) => one.share), [0.6, 0.5]);
});

const check = (one: NonNullable<Rollout["checks"]>[number], plan: Partial<Rollout["traffic"]> = {}) => {
  const [text] = checksOf(canary({ checks: [one] }, plan));
  return text && [text.name, text.tone, text.verdict, text.estimate, text.bound, text.pValue, text.level];
};

test("a check says its estimate, its bound, its p-value and what they mean", () => {
  assert.deepEqual(check({ check: "error_rate", estimate: 1.2345, p_value: 0.04567, level: 0.01 }), [
    "Errors", "warn", "worse so far, which may be chance", "1.23 × the stable variant's", "1 × the stable variant's", "0.0457", "0.01",
  ]);
  assert.deepEqual(check({ check: "error_rate", estimate: 9, p_value: 0.001, level: 0.01 })?.slice(1, 3), ["bad", "worse than allowed"]);
  assert.deepEqual(check({ check: "error_rate", estimate: null, p_value: 1, level: 0.01 })?.slice(1, 4), [
    "good", "no errors on either side", "not known yet",
  ]);
  assert.deepEqual(check({ check: "error_rate", estimate: null, p_value: 0.2, level: 0.01 })?.slice(1, 4), [
    "warn", "worse so far, which may be chance", "only the canary fails",
  ]);
  assert.deepEqual(check({ check: "latency", estimate: 1.1, p_value: 1, level: 0.01 }, { latency_ratio_max: 1.3 })?.slice(1, 5), [
    "good", "no worse than allowed", "1.1 × the stable variant's", "1.3 × the stable variant's",
  ]);
  assert.deepEqual(check({ check: "metric", estimate: null, p_value: null, level: 0.01 })?.slice(1, 6), [
    "idle", "too little seen to compare", "not known yet", "0 less", "not known yet",
  ]);
});

test("a metric is worse in the direction that its plan says", () => {
  const tone = (estimate: number, direction: "higher" | "lower") =>
    check({ check: "metric", estimate, p_value: 0.5, level: 0.01 }, { metric_direction: direction })?.[1];
  assert.deepEqual([tone(-2, "higher"), tone(2, "higher"), tone(2, "lower"), tone(-2, "lower")], ["warn", "good", "warn", "good"]);
});

test("an experiment says its split, its dates and its values in their units", () => {
  assert.equal(splitText({ policy: "ab_test", traffic_split: { control: 80, treatment: 20 } }), "80% control, 20% treatment");
  assert.equal(datesText({ policy: "ab_test", start_date: null, end_date: null }), "until somebody ends it");
  for (const dated of [
    { start_date: 1e12, end_date: 2e12 }, { start_date: "2001-09-09T01:46:40.000Z", end_date: "2033-05-18T03:33:20.000Z" },
  ]) {
    assert.match(datesText({ policy: "ab_test", ...dated }), /^2001-09-0\d .* to 2033-05-1\d /);
  }
  assert.equal(splitText({ policy: "ab_test", traffic_split: { control: 1, treatment: 3 } }), "25% control, 75% treatment");
  assert.deepEqual([metricValue("latency", 3.14159), metricValue("error_rate", 0.0123), metricValue("metric", 7)], ["3.14 ms", "1.2%", "7"]);
  assert.equal(metricDifference("latency", Math.log(1.05)), "1.05 ×");
  assert.equal(metricDifference("accuracy", -0.015), "−1.5 points");
  assert.equal(metricDifference("metric", null), "—");
});

test("an experiment's callers are shared out by its status and its dates together", () => {
  const at = (now: number, traffic: Partial<Endpoint["traffic"]>) => callersText({ policy: "ab_test", ...traffic }, now);
  const dated = { start_date: 1000, end_date: 2000 };
  const written = { start_date: "1970-01-01T00:00:01.000Z", end_date: "1970-01-01T00:00:02.000Z" };
  for (const status of ["running", "scheduled"] as const) {
    for (const dates of [dated, written]) {
      assert.deepEqual([999, 1000, 1999, 2000].map((now) => at(now, { status, ...dates })), [
        "not begun: all get the control", "shared out", "shared out", "over: all get the control",
      ]);
    }
  }
  assert.equal(at(1500, { status: "paused", ...dated }), "paused: all get the control");
  assert.equal(at(1500, { status: "completed" }), "completed: all get the control");
  assert.equal(at(1500, { status: "running", start_date: null, end_date: null }), "shared out");
  assert.equal(at(1500, { status: "scheduled" }), "scheduled without a start: all get the control");
});

test("a shadow says how far it agrees", () => {
  const facts = new Map(comparisonFacts({
    rows: 8, agreement: 0.875, mean_difference: -0.01, mean_absolute_difference: 0.02, misfits: 0, errors: 1, dropped: 2,
  }));
  assert.equal(facts.get("Rows compared"), "8");
  assert.equal(facts.get("Agreement"), "88% of the rows");
  assert.equal(facts.get("Mean difference"), "−0.01");
  assert.equal(facts.get("Errors of the shadow"), "1");
  assert.equal(facts.get("Copies dropped"), "2");
});

test("history says how far each rollout came", () => {
  assert.equal(outcomeText(canary()), "step 2 of 4, 20% of the requests");
  assert.equal(outcomeText(canary({ status: "promoted" })), "all steps");
  const experiment: Rollout = { ...canary(), policy: "ab_test", winner: "treatment", confidence: 0.97 };
  assert.equal(outcomeText(experiment), "treatment wins, confidence 97%");
  assert.equal(outcomeText({ ...experiment, winner: "undecided" }), "undecided");
});

test("what a variant gets is said in words", () => {
  const variant = (name: string, share: number): Variant => ({
    name, share, model_name: "m", model_version: "1", state: "ready", runtime: "onnx", requests_total: 0, errors_total: 0,
  });
  const said = (traffic: Endpoint["traffic"], ...shares: number[]) => {
    const variants = shares.map((share, index) => variant(`v${index}`, share));
    return variants.map((one) => trafficText({ traffic, variants } as Endpoint, one));
  };
  assert.deepEqual(said({ policy: "canary" }, 0.95, 0.05), ["95%", "5%"]);
  assert.deepEqual(said({ policy: "shadow", share: 0.5 }, 1, 0), ["100%", "copies of 50%"]);
  assert.deepEqual(said({ policy: "blue_green" }, 1, 0), ["100%", "stands by"]);
  assert.deepEqual(said({ policy: "ensemble" }, 0.25, 0.75), ["weight 25%", "weight 75%"]);
});
