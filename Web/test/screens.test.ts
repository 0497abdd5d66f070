import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, DriftColumn, ModelVersion } from "../src/api/schema";
import { filtered, valuesOf } from "../src/screens/activities/filter";
import { activityText } from "../src/screens/activities/activity-text";
import { methodsOf, ordered } from "../src/screens/monitoring/drift-columns";
import { aliasesByVersion, fileUrl, holderOf, latestNumber, movesOf, peerOf } from "../src/screens/registry/versions";
import { sampleInputs } from "../src/screens/serving/sample-inputs";
import { previewKind, readable, tableRows } from "../src/screens/tracking/preview";

const version = (number: string, stage: string): ModelVersion => ({ name: "m", version: number, current_stage: stage });
const versions = [version("9", "None"), version("8", "Staging"), version("7", "Production"), version("6", "Archived")];

test("a move into Production says which version leaves it", () => {
  assert.deepEqual(movesOf(versions, "9", "Production", true), [
    { version: "9", from: "None", to: "Production" },
    { version: "7", from: "Production", to: "Archived" },
  ]);
  assert.equal(movesOf(versions, "9", "Production", false).length, 1);
  assert.equal(movesOf(versions, "7", "Archived", true).length, 1);
  assert.deepEqual(movesOf(versions, "1", "Staging", true), []);
});

test("aliases come from the model; the latest number is a number", () => {
  const aliases = aliasesByVersion({ aliases: [{ alias: "b", version: "7" }, { alias: "a", version: "7" }] });
  assert.deepEqual(aliases.get("7"), ["a", "b"]);
  assert.equal(latestNumber({ latest_versions: [version("9", "None"), version("10", "Staging")] }), "10");
  assert.equal(latestNumber({}), undefined);
});

const activity = (more: Partial<Activity>): Activity => ({
  sequence: 1, at: 1, actor: "ann", action: "run.created", subject_kind: "run", subject_id: "a".repeat(32), outcome: "ok", ...more,
});

test("an activity reads as a sentence and leads to its subject", () => {
  const moved = activityText(activity({
    action: "model_version.transitioned", subject_kind: "model_version", subject_id: "m/7",
    details: { name: "m", version: "7", to: "Production" },
  }));
  assert.deepEqual([moved.verb, moved.subject, moved.more, moved.href], ["moved", "m 7", "to Production", "/models/m/versions/7"]);
  assert.equal(activityText(activity({})).subject, "aaaaaaaa");
  assert.equal(activityText(activity({ details: { run_name: "calm-owl" } })).subject, "calm-owl");
  assert.equal(activityText(activity({ action: "thing.new_verb" })).verb, "thing new verb");
});

const column = (name: string, verdict: DriftColumn["verdict"], value: number): DriftColumn => ({
  column: name, kind: "numeric", verdict, statistics: [{ method: "psi", value, verdict }],
  reference: { count: 1, missing: 0 }, current: { count: 1, missing: 0 },
});

test("columns that drift come first", () => {
  const columns = [column("a", "none", 0.9), column("b", "alert", 0.3), column("c", "warning", 0.2), column("d", "alert", 0.5)];
  assert.deepEqual(ordered(columns).map((one) => one.column), ["d", "b", "c", "a"]);
  assert.deepEqual(methodsOf(columns), ["psi"]);
});

test("a row to try has the shape of the signature", () => {
  assert.deepEqual(sampleInputs([{ name: "X", datatype: "FP32", shape: [-1, 3] }]), [0, 0, 0]);
  assert.deepEqual(
    sampleInputs([{ name: "a", datatype: "FP32", shape: [-1, 1] }, { name: "b", datatype: "BYTES", shape: [-1, 1] }]),
    { a: 0, b: "" },
  );
});

test("the kind of a preview goes by the name", () => {
  assert.equal(previewKind("model/MLmodel"), "text");
  assert.equal(previewKind("a/plot.PNG"), "image");
  assert.equal(previewKind("model.onnx"), "none");
  assert.equal(previewKind("a.csv"), "table");
  assert.equal(previewKind("report.HTML"), "page");
  assert.equal(readable("a.json", '{"a":1}'), '{\n  "a": 1\n}');
  assert.equal(readable("a.json", "{broken"), "{broken");
});

test("a table is read as RFC 4180 has it, without the line that was cut", () => {
  const text = 'a,b\r\n1,"x, ""y"""\n2,"two\nlines"\n3,last';
  assert.deepEqual(tableRows("t.csv", text, false, 10), [["a", "b"], ["1", 'x, "y"'], ["2", "two\nlines"], ["3", "last"]]);
  assert.equal(tableRows("t.csv", text, true, 10).length, 3);
  assert.equal(tableRows("t.csv", text, false, 2).length, 2);
  assert.deepEqual(tableRows("t.tsv", "a\tb,c\n", false, 10), [["a", "b,c"]]);
});

test("a version is held against the one in Production, or the one before it", () => {
  assert.equal(peerOf(versions, "9"), "7");
  assert.equal(peerOf(versions, "7"), "6");
  assert.equal(peerOf([version("2", "None"), version("1", "None")], "2"), "1");
  assert.equal(peerOf([version("1", "None")], "1"), undefined);
  assert.equal(holderOf({ aliases: [{ alias: "champion", version: "7" }] }, "champion"), "7");
});

test("a file of a version is downloaded where this server keeps it", () => {
  assert.equal(
    fileUrl("mlflow-artifacts:/2/ab/artifacts/my%20model/", "a b/MLmodel"),
    "/api/2.0/mlflow-artifacts/artifacts/2/ab/artifacts/my%20model/a%20b/MLmodel",
  );
  assert.equal(fileUrl("s3://bucket/model", "MLmodel"), undefined);
});

test("activities are filtered by words, subject and actor", () => {
  const all = [activity({ details: { run_name: "calm-owl" } }), activity({ actor: "bob", subject_kind: "experiment", subject_id: "3" })];
  const count = (more: object) => filtered(all, { text: "", kind: "", actor: "", ...more }).length;
  assert.deepEqual([count({}), count({ text: "Calm" }), count({ kind: "experiment" }), count({ actor: "ann" })], [2, 1, 1, 1]);
  assert.equal(count({ text: "calm", actor: "bob" }), 0);
  assert.deepEqual(valuesOf(all, "actor"), ["ann", "bob"]);
});
