import assert from "node:assert/strict";
import { test } from "node:test";
import type { Rollout } from "../src/api/schema";
import { rolloutFacts } from "../src/screens/serving/rollout-text";

const base = { policy_version: 2, status: "running", started_at: 0, variants: ["v1", "v2"] } as const;

test("a canary says its step, its share and how it compares", () => {
  const rollout: Rollout = {
    ...base,
    variants: [...base.variants],
    policy: "canary",
    traffic: { policy: "canary", steps: [5, 50, 100] },
    step: 1,
    share: 0.5,
    checks: [
      { check: "error_rate", estimate: 1.2345, p_value: 0.04567, level: 0.01 },
      { check: "metric", estimate: null, p_value: null, level: 0.01 },
    ],
  };
  assert.deepEqual(rolloutFacts(rollout), [
    ["Variants", "v1 and v2"],
    ["State", "goes on"],
    ["Step", "2 of 5 %, 50 %, 100 %"],
    ["Share", "50 %"],
    ["Errors", "1.23 times the stable variant's, p 0.0457"],
    ["Metric", "not known yet, p not known yet"],
  ]);
});

test("what was rolled back says why, and a shadow how far it agrees", () => {
  const rollout: Rollout = {
    ...base,
    variants: [...base.variants],
    policy: "shadow",
    status: "rolled_back",
    reason: "Rolled back by ada.",
    traffic: { policy: "shadow" },
    comparison: { rows: 8, agreement: 0.875, mean_difference: -0.01, misfits: 0, errors: 1, dropped: 2 },
  };
  assert.deepEqual(rolloutFacts(rollout).slice(2), [
    ["Reason", "Rolled back by ada."],
    ["Compared", "8 rows"],
    ["Agreement", "87.5 %"],
    ["Mean difference", "-0.01"],
    ["Errors, dropped", "1, 2"],
  ]);
});
