import assert from "node:assert/strict";
import { test } from "node:test";
import type { Activity, Webhook, WebhookEvent } from "../src/api/schema";
import { activityText } from "../src/screens/activities/activity-text";
import { answerText, changesOf, draftOf, eventGroups, eventsText, newOf } from "../src/screens/webhooks/fields";

const webhook: Webhook = {
  id: "a", name: "hook", url: "https://a.example/", events: ["run.created", "alert.opened"], description: "why",
  status: "ACTIVE", signed: true, created_at: 1, updated_at: 1,
};

const event = (name: string, mlflow = false): WebhookEvent => {
  const [entity = "", action = ""] = name.split(".");
  return { name, entity, action, mlflow };
};

test("a new webhook has what the form says, and a secret only where there is one", () => {
  const draft = { ...draftOf(undefined), name: " hook ", url: "https://a.example", events: new Set(["b.c", "a.b"]) };
  assert.deepEqual(newOf(draft), { name: "hook", url: "https://a.example", events: ["a.b", "b.c"], description: "" });
  assert.deepEqual(newOf({ ...draft, everything: true }).events, ["*"]);
  assert.equal(newOf({ ...draft, secret: " s " }).secret, " s ");
});

test("a change holds what differs, and nothing else", () => {
  const draft = draftOf(webhook);
  assert.deepEqual(changesOf(draft, webhook), {});
  assert.deepEqual(changesOf({ ...draft, name: "other" }, webhook), { name: "other" });
  assert.deepEqual(changesOf({ ...draft, everything: true, description: "" }, webhook), { description: "", events: ["*"] });
  assert.deepEqual(changesOf({ ...draft, secret: "s" }, webhook), { secret: "s" });
  assert.deepEqual(changesOf({ ...draft, secret: "s", endsSigning: true }, webhook), { secret: "" });
});

test("a webhook of every change is one in the form, and can be narrowed", () => {
  const all = { ...webhook, events: ["*"] };
  const draft = draftOf(all);
  assert.equal(draft.everything, true);
  assert.deepEqual(changesOf(draft, all), {});
  assert.deepEqual(changesOf({ ...draft, everything: false, events: new Set(["run.created"]) }, all), { events: ["run.created"] });
});

test("events stand by the kind of thing, with those that are offered no more", () => {
  const groups = eventGroups([event("run.created"), event("alert.opened"), event("run.deleted", true)], new Set(["old.gone"]));
  assert.deepEqual(groups.map((group) => group.entity), ["alert", "old", "run"]);
  assert.deepEqual(groups[2]?.events.map((one) => [one.name, one.mlflow]), [["run.created", false], ["run.deleted", true]]);
  assert.equal(eventsText(["a.b", "c.d", "e.f", "g.h"]), "a.b, c.d and 2 more");
  assert.equal(eventsText(["a.b"]), "a.b");
  assert.equal(eventsText(["*"]), "every change");
});

test("an answer reads as a sentence", () => {
  assert.equal(answerText({ success: true, response_status: 204 }), "The receiver took it with HTTP 204.");
  assert.equal(answerText({ success: false, response_status: 404 }), "The receiver refused it with HTTP 404.");
  assert.equal(answerText({ success: false, error_message: "no route" }), "The receiver did not take it: no route.");
});

test("an activity about a webhook leads to it while it is there", () => {
  const activity: Activity = {
    sequence: 1, at: 1, actor: "ann", action: "webhook.created", subject_kind: "webhook", subject_id: "ab", outcome: "ok",
    details: { name: "hook", status: "ACTIVE" },
  };
  const made = activityText(activity);
  assert.deepEqual([made.verb, made.subject, made.more, made.href], ["made webhook", "hook", "", "/webhooks/ab"]);
  assert.equal(activityText({ ...activity, action: "webhook.deleted" }).href, undefined);
});
