import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiError } from "../src/api/client";
import type { Endpoint, Traffic } from "../src/api/schema";
import { choicesOf, consequence, draftOf, fieldOf, requestOf, type Draft } from "../src/screens/serving/traffic-draft";
import { askable, fieldsOf, rowOf } from "../src/screens/serving/try-fields";

const variant = (name: string, version: string, model = "vol") => ({
  name, model_name: model, model_version: version, state: "ready" as const, runtime: "onnx", share: 1, requests_total: 0, errors_total: 0,
});
const endpoint = (traffic: Traffic, ...variants: ReturnType<typeof variant>[]): Endpoint => ({
  name: "vol", model_name: "vol", model_version: "1", state: "ready", runtime: "onnx", inputs: [], outputs: [],
  requests_total: 0, errors_total: 0, policy_version: 1, traffic, variants,
});
const versions = [
  { name: "vol", version: "3", current_stage: "Staging" as const },
  { name: "vol", version: "2", current_stage: "None" as const },
  { name: "vol", version: "1" },
];
const single = endpoint({ policy: "single" }, variant("v1", "1"));

function asked(from: Endpoint, change: Partial<Draft>) {
  const choices = choicesOf(from, versions);
  return JSON.parse(JSON.stringify(requestOf({ ...draftOf(from, choices), ...change }, from, choices))) as unknown;
}

test("what is served can be chosen by its name, other versions by their number", () => {
  const choices = choicesOf(endpoint({ policy: "canary" }, variant("v1", "1"), variant("rival", "1", "other")), versions);
  assert.deepEqual(choices.map((one) => one.label), [
    "v1: version 1, served now", "rival: version 1 of other, served now", "version 3, Staging", "version 2",
  ]);
  assert.deepEqual(choices.map((one) => one.wanted), [{ name: "v1" }, { name: "rival" }, { version: "3" }, { version: "2" }]);
});

test("a form asks for the policy that it shows, with as many versions as it has", () => {
  const second = [{ choice: "variant v1", weight: "1" }, { choice: "version 2", weight: "3" }];
  const variants = [{ name: "v1" }, { version: "2" }];
  assert.deepEqual(asked(single, { members: second }), { policy: "single", variants: [{ name: "v1" }] });
  assert.deepEqual(asked(single, { policy: "canary", members: second, steps: "10, 50", requestsMin: "", secondsMin: "5" }), {
    policy: "canary", variants, steps: [10, 50], seconds_min: 5, automatic: true,
  });
  assert.deepEqual(asked(single, { policy: "shadow", members: second, share: "0.5" }), { policy: "shadow", variants, share: 0.5 });
  assert.deepEqual(asked(single, { policy: "blue_green", members: second }), { policy: "blue_green", variants });
  assert.deepEqual(asked(single, { policy: "ensemble", members: second }), { policy: "ensemble", variants, method: "mean", weights: [1, 3] });
  assert.deepEqual(asked(single, { policy: "ab_test", members: second, name: " layout ", control: "80", treatment: "20" }), {
    policy: "ab_test", variants, name: "layout", traffic_split: { control: 80, treatment: 20 }, status: "running",
    success_metrics: ["metric"],
  });
});

test("what is no number is sent as it stands, for the server to refuse", () => {
  assert.deepEqual(asked(single, { policy: "shadow", members: [], share: "half" }), { policy: "shadow", variants: [], share: "half" });
});

test("what the form has no field for stays, but a canary's step", () => {
  const canary = endpoint(
    { policy: "canary", steps: [5, 100], step: 0, requests_min: 9, seconds_min: 1, alpha: 0.01, automatic: false },
    variant("v1", "1"), variant("v2", "2"),
  );
  assert.deepEqual(asked(canary, {}), {
    policy: "canary", variants: [{ name: "v1" }, { name: "v2" }], steps: [5, 100], requests_min: 9, seconds_min: 1, alpha: 0.01,
    automatic: false,
  });
  const experiment = endpoint(
    {
      policy: "ab_test", name: "x", key: { field: "user" }, start_date: "1970-01-01T00:01:01.234Z", end_date: null,
      status: "paused", control_model: { name: "v1", version: "1" }, treatment_model: { name: "v2", version: "2" },
    },
    variant("v1", "1"), variant("v2", "2"),
  );
  const kept = asked(experiment, {}) as Record<string, unknown>;
  assert.deepEqual([kept.key, kept.start_date, kept.status], [{ field: "user" }, 61_234, "paused"]);
  assert.deepEqual([kept.variants, kept.control_model, kept.treatment_model], [[{ name: "v1" }, { name: "v2" }], undefined, undefined]);
  const moved = asked(experiment, { startDate: "1980-01-01T12:00" }) as { start_date: number };
  assert.equal(moved.start_date, new Date("1980-01-01T12:00").getTime());
  assert.equal("start_date" in (asked(experiment, { startDate: "" }) as object), false);
});

test("a form says what will happen", () => {
  const choices = choicesOf(single, versions);
  const draft = draftOf(single, choices);
  assert.equal(consequence(draft, choices), "All requests are answered by v1.");
  assert.equal(consequence({ ...draft, policy: "canary" }, choices), "version 3 gets 5% of the requests at first, then 20%, 50%, 100%; the rest stays with v1.");
  assert.equal(consequence({ ...draft, policy: "blue_green" }, choices), "All requests are answered by v1; version 3 stands by, loaded.");
});

test("a refusal belongs to the field that it names", () => {
  const field = (message: string, code = "INVALID_PARAMETER_VALUE") => fieldOf(new ApiError(code, message, 400));
  assert.equal(field('"steps" must be growing shares in percent, found [50]'), "steps");
  assert.equal(field('"alpha" must be a number'), undefined);
  assert.equal(field("Two variants are called \"v2\"; each needs a name of its own"), "variants");
  assert.equal(field("Model Version (name=vol, version=9) not found", "RESOURCE_DOES_NOT_EXIST"), "variants");
  assert.equal(field("busy", "TEMPORARILY_UNAVAILABLE"), undefined);
  assert.equal(fieldOf(new TypeError("variant")), undefined);
});

const described = (properties: object, required: string[] = []) =>
  ({ components: { schemas: { Row: { anyOf: [{ type: "object", properties, required }, { type: "array" }] } } } });

test("columns of one value become fields", () => {
  const fields = fieldsOf(described({
    spread: { type: ["number", "null"] }, count: { type: "integer" }, up: { type: "boolean" }, name: { type: "string" },
    wide: { type: "array", items: { type: "number" }, minItems: 1, maxItems: 1 },
  }, ["spread", "count", "up", "name", "wide"])) ?? [];
  assert.deepEqual(fields.map((one) => one.kind), ["number", "integer", "boolean", "text", "number"]);
  assert.deepEqual(fields.map((one) => one.optional), [true, false, false, false, false]);
  assert.deepEqual(rowOf(fields, { spread: "", count: "7", up: "true", name: "x" }), { spread: null, count: 7, up: true, name: "x", wide: 0 });
  assert.deepEqual(rowOf(fields, { count: "many" }).count, "many");
});

test("a number that would arrive as another one is sent as it was written", () => {
  const fields = fieldsOf(described({ count: { type: "integer" }, price: { type: "number" } })) ?? [];
  const { count, price } = rowOf(fields, { count: "9007199254740993", price: "1e400" });
  assert.deepEqual([count, price], ["9007199254740993", "1e400"]);
  assert.deepEqual(rowOf(fields, { count: "9007199254740991", price: "1e300" }), { count: 9007199254740991, price: 1e300 });
  assert.deepEqual(rowOf(fields, { count: "-9007199254740993" }).count, "-9007199254740993");
});

test("of variants with one number the first can be asked for", () => {
  const names = (...variants: ReturnType<typeof variant>[]) => askable(variants).map((one) => one.name);
  assert.deepEqual(names(variant("v1", "1"), variant("v2", "2")), ["v1", "v2"]);
  assert.deepEqual(names(variant("v1", "1"), variant("rival", "1", "other"), variant("v2", "2")), ["v1", "v2"]);
});

test("where a column takes more, or nothing is told, the row is written as JSON", () => {
  assert.equal(fieldsOf(described({ a: { type: "number" }, b: { type: "array", items: { type: "number" } } })), undefined);
  assert.equal(fieldsOf({}), undefined);
  const many = Object.fromEntries(Array.from({ length: 60 }, (_, index) => [`c${index}`, { type: "number" }]));
  assert.equal(fieldsOf(described(many)), undefined);
});
