import type { Operations, Webhook, WebhookEvent, WebhookTestResult } from "../../api/schema";

/** The name under which a webhook is told of everything. */
export const everyEvent = "*";

/** What a form says of a webhook. */
export interface Draft {
  name: string;
  url: string;
  description: string;
  /** Whether it is told of every change; the chosen events do not count then. */
  everything: boolean;
  events: ReadonlySet<string>;
  /** A new secret; "" leaves things as they are. */
  secret: string;
  /** Whether signing ends. */
  endsSigning: boolean;
}

export function draftOf(webhook: Webhook | undefined): Draft {
  return {
    name: webhook?.name ?? "",
    url: webhook?.url ?? "",
    description: webhook?.description ?? "",
    everything: webhook?.events.includes(everyEvent) ?? false,
    events: new Set(webhook?.events.filter((name) => name !== everyEvent)),
    secret: "",
    endsSigning: false,
  };
}

const eventsOf = (draft: Draft) => (draft.everything ? [everyEvent] : [...draft.events].sort());

/** What the server is asked to make. */
export const newOf = (draft: Draft): Operations["POST /api/v1/webhooks"]["body"] => ({
  name: draft.name.trim(),
  url: draft.url.trim(),
  events: eventsOf(draft),
  description: draft.description,
  ...(draft.secret ? { secret: draft.secret } : {}),
});

/** What a form has changed, so that nothing is written over that somebody else changed meanwhile. */
export function changesOf(draft: Draft, webhook: Webhook): Operations["PATCH /api/v1/webhooks/{id}"]["body"] {
  const { name, url, description, events } = newOf(draft);
  return {
    ...(name === webhook.name ? {} : { name }),
    ...(url === webhook.url ? {} : { url }),
    ...(description === webhook.description ? {} : { description }),
    ...(events.join() === [...webhook.events].sort().join() ? {} : { events }),
    ...(draft.endsSigning ? { secret: "" } : draft.secret ? { secret: draft.secret } : {}),
  };
}

export interface EventGroup {
  entity: string;
  events: Pick<WebhookEvent, "name" | "mlflow">[];
}

/** The events by the kind of thing they are about; those chosen that are not offered any more are among them. */
export function eventGroups(offered: readonly WebhookEvent[], chosen: ReadonlySet<string>): EventGroup[] {
  const known = new Set(offered.map((event) => event.name));
  const others = [...chosen].filter((name) => !known.has(name)).map((name) => ({ name, mlflow: false }));
  const groups = new Map<string, EventGroup["events"]>();
  for (const event of [...offered, ...others]) {
    const entity = event.name.split(".", 1)[0] ?? "";
    groups.set(entity, [...(groups.get(entity) ?? []), event]);
  }
  return [...groups].map(([entity, events]) => ({ entity, events })).sort((a, b) => (a.entity < b.entity ? -1 : 1));
}

/** What a webhook is told of, in a line: the first events and how many more. */
export function eventsText(events: readonly string[], shown = 2): string {
  if (events.includes(everyEvent)) return "every change";
  const left = events.length - shown;
  return events.slice(0, shown).join(", ") + (left > 0 ? ` and ${left} more` : "");
}

/** How a try of a webhook ended, in a sentence. */
export function answerText({ success, response_status: status, error_message: error }: WebhookTestResult): string {
  if (status === undefined) return `The receiver did not take it: ${error ?? "no answer"}.`;
  return `The receiver ${success ? "took it" : "refused it"} with HTTP ${status}.`;
}
