import assert from "node:assert/strict";
import { test } from "node:test";
import type { DescribedVersion, ModelVersion, TransitionRequest, VersionComparison } from "../src/api/schema";
import { activityText } from "../src/screens/activities/activity-text";
import { versionSections } from "../src/screens/compare/version-rows";
import { protectionActs } from "../src/screens/registry/protection-acts";
import {
  doneText, itemsOfLast, leavingFor, nextStage, openItems, stateOf, ticked, whyNotApprove, withItem,
} from "../src/screens/registry/transitions/requests";
import { isTold, semanticOf, semanticsByNumber, sortedEntries, valueText } from "../src/screens/registry/version-document";

const request = (more: Partial<TransitionRequest> = {}): TransitionRequest => ({
  id: "r", model_name: "m", version: "3", from_stage: "None", stage: "Production", archive_existing_versions: true,
  state: "pending", requested_by: "ann", requested_at: 1, checklist: [], comments: [], ...more,
});
const done = { item: "tests pass", completed: true };
const open = { item: "card written", completed: false };

test("who asked can't approve, and is told why; nobody else is in the way", () => {
  assert.match(whyNotApprove(request(), { name: "ann", has_token: true }) ?? "", /^You, ann, made this request/);
  const local = whyNotApprove(request({ requested_by: "local" }), { name: "local", has_token: false });
  assert.match(local ?? "", /all who come without a token count as one person/);
  assert.equal(whyNotApprove(request(), { name: "bob", has_token: true }), undefined);
  assert.equal(whyNotApprove(request(), { name: "local", has_token: false }), undefined);
  assert.equal(whyNotApprove(request(), undefined), undefined);
});

test("nobody approves a move from a stage that the version has left", () => {
  const bob = { name: "bob", has_token: true };
  const moved: ModelVersion[] = [{ name: "m", version: "3", current_stage: "Staging" }];
  assert.match(whyNotApprove(request(), bob, moved) ?? "", /was in None when this was asked, and is in Staging now/);
  assert.equal(whyNotApprove(request({ from_stage: "Staging" }), bob, moved), undefined);
});

test("a request taken back is not one that somebody rejected", () => {
  assert.deepEqual(stateOf(request()), ["active", "Waiting"]);
  assert.deepEqual(stateOf(request({ state: "approved", decided_by: "bob" })), ["good", "Approved"]);
  assert.deepEqual(stateOf(request({ state: "rejected", decided_by: "bob" })), ["bad", "Rejected"]);
  assert.deepEqual(stateOf(request({ state: "rejected", decided_by: "ann" })), ["idle", "Taken back"]);
});

test("a checklist is ticked, counted and written", () => {
  assert.equal(doneText([done, open]), "1 of 2 done");
  assert.equal(doneText([]), "");
  assert.deepEqual(openItems([done, open]), [open]);
  assert.deepEqual(ticked([done, open], "card written", true), [done, { item: "card written", completed: true }]);
  assert.deepEqual(withItem([done], "  card written "), [done, open]);
  assert.deepEqual(withItem([done], "tests pass"), [done]);
  assert.deepEqual(withItem([done], "   "), [done]);
});

test("a new checklist is that of the last request to the stage, with nothing done", () => {
  const past = [request({ stage: "Staging", checklist: [done] }), request(), request({ checklist: [done, open] })];
  assert.deepEqual(itemsOfLast(past, "Production"), [{ item: "tests pass", completed: false }, open]);
  assert.deepEqual(itemsOfLast(past, "Archived"), []);
  assert.equal(nextStage("Staging"), "Production");
});

test("a request says what leaves its stage as long as it waits", () => {
  const versions: ModelVersion[] = [
    { name: "m", version: "3", current_stage: "None" }, { name: "m", version: "1", current_stage: "Production" },
  ];
  assert.deepEqual(leavingFor(request(), versions).map((move) => move.version), ["1"]);
  assert.deepEqual(leavingFor(request({ archive_existing_versions: false }), versions), []);
  assert.deepEqual(leavingFor(request({ state: "approved" }), versions), []);
});

test("an activity on a request leads to it", () => {
  const said = activityText({
    sequence: 1, at: 1, actor: "bob", action: "transition_request.approved", subject_kind: "transition_request",
    subject_id: "0a", outcome: "succeeded", details: { model_name: "m", version: 3, from: "None", to: "Production" },
  });
  assert.deepEqual(
    [said.verb, said.subject, said.more, said.href],
    ["approved a transition of", "m 3", "to Production", "/models/m/versions/3?request=0a"],
  );
});

const version = (number: number, more: Partial<DescribedVersion> = {}): DescribedVersion => ({
  id: "m", name: "m", version: String(number), number, stage: "development", artifact_uri: "s3://a", pin_state: "pinned",
  tags: [], created_at: 1, updated_at: 1, ...more,
});

test("a semantic version is one that is not the number", () => {
  assert.equal(semanticOf(version(3)), undefined);
  assert.deepEqual([...semanticsByNumber([version(3), version(2, { version: "1.1.0" })])], [["2", "1.1.0"]]);
});

test("what the server finds by itself was not told", () => {
  assert.equal(isTold(version(1, { run_id: "r", model_size_bytes: 10 })), false);
  assert.equal(isTold(version(1, { author: "ann" })), true);
  assert.equal(isTold(version(1, { datasets: [{ dataset_id: "d", version: 1 }] })), true);
});

test("values of a document read as they are", () => {
  assert.deepEqual([valueText("adam"), valueText(0.00001), valueText([1, 2]), valueText(true)], ["adam", "1e-5", "[1,2]", "true"]);
  assert.deepEqual(sortedEntries({ b: 1, a: 2 }), [["a", 2], ["b", 1]]);
  assert.deepEqual(sortedEntries(undefined), []);
});

test("versions are compared by their documents", () => {
  const comparison: VersionComparison = {
    versions: [
      version(1, { framework: "onnx", run_id: "r1", datasets: [{ dataset_id: "prices", version: "39", split: "train", size: 1200 }] }),
      version(2, {
        version: "2.0.0", stage: "production", code: { commit: "4f2a" },
        parent_models: [{ model_id: "m", version: 1, relationship: "fine-tuned" }],
      }),
    ],
    metrics: [{ key: "auc", values: [0.91, null], differs: true }, { key: "loss", values: ["NaN", "NaN"], differs: false }],
    hyperparameters: [{ key: "depth", values: [7, "7"], differs: true }],
    tags: [],
  };
  const runs = { nameOf: () => "calm-owl", commitOf: () => "9c1b" };
  const sections = versionSections(comparison, runs);
  const rows = (title: string) => sections.find((one) => one.title === title)?.rows ?? [];
  const values = (title: string, key: string) => rows(title).find((one) => one.key === key)?.values;
  assert.deepEqual(values("Version", "semantic version"), [undefined, "2.0.0"]);
  assert.deepEqual(values("Version", "stage"), ["None", "Production"]);
  assert.deepEqual(values("Version", "run"), ["calm-owl", undefined]);
  assert.deepEqual(values("Datasets", "prices (train)"), ["39, 1,200 rows", undefined]);
  assert.deepEqual(values("Parents", "fine-tuned"), [undefined, "m 1"]);
  assert.deepEqual(values("Code", "commit"), ["9c1b", "4f2a"]);
  assert.deepEqual(rows("Metrics").map((one) => [one.values, one.differs]), [[["0.91", undefined], true], [["NaN", "NaN"], false]]);
  assert.deepEqual(rows("Hyperparameters"), [{ key: "depth", values: ["7", "7"], differs: false }]);
});

test("nobody agrees to the lifting of a protection that he asked for himself", () => {
  const ada = { name: "ada", has_token: true };
  assert.deepEqual(protectionActs({ name: "m", protected: false }, ada), ["protect"]);
  assert.deepEqual(protectionActs({ name: "m", protected: true }, ada), ["ask"]);
  const wished = { name: "m", protected: true, lift_requested_by: "ada", lift_requested_at: 1 };
  assert.deepEqual(protectionActs(wished, ada), ["keep"]);
  assert.deepEqual(protectionActs(wished, { name: "bob", has_token: true }), ["agree", "keep"]);
});
