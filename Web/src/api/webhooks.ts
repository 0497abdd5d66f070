import { call } from "./client";
import type { Listed } from "./queries";
import type { Query } from "./query";
import type { Webhook, WebhookDelivery, WebhookEvent } from "./schema";

export type DeliveryState = WebhookDelivery["state"];

/** Deliveries of a page. */
const deliveriesMax = 50;
/** The server lets there be fewer. */
const webhooksMax = 1000;
/** Deliveries move without events. */
const quietPollMs = 4000;
/** One that waits moves soon. */
const pendingPollMs = 1500;

const pollMs = (deliveries: readonly (WebhookDelivery | undefined)[]) =>
  deliveries.some((one) => one?.state === "pending") ? pendingPollMs : quietPollMs;

/** All webhooks, newest first, each with its last delivery. */
export const webhooksQuery = (): Query<Listed<Webhook>> => ({
  key: "webhooks",
  topics: ["webhooks"],
  load: async (signal) => {
    const answer = await call("GET /api/v1/webhooks", { query: { limit: webhooksMax } }, signal);
    return { items: answer.webhooks ?? [], more: !!answer.next_page_token };
  },
  pollMs: ({ items }) => (items.length > 0 ? pollMs(items.map((one) => one.last_delivery)) : undefined),
});

export const webhookQuery = (id: string): Query<Webhook> => ({
  key: `webhook ${id}`,
  topics: ["webhooks"],
  load: (signal) => call("GET /api/v1/webhooks/{id}", { path: { id } }, signal),
});

/** What a webhook can be told of; it changes with the server alone. */
export const webhookEventsQuery = (): Query<WebhookEvent[]> => ({
  key: "webhook events",
  topics: [],
  load: async (signal) => (await call("GET /api/v1/webhooks/events", {}, signal)).events,
});

export interface DeliveriesPage {
  deliveries: WebhookDelivery[];
  nextPageToken: string | undefined;
}

/** A page of what was sent, or is to be sent, to a webhook, newest first. */
export const deliveriesQuery = (id: string, state: DeliveryState | undefined, pageToken: string): Query<DeliveriesPage> => ({
  key: `deliveries ${id} ${state ?? "all"} ${pageToken}`,
  topics: ["webhooks"],
  load: async (signal) => {
    const query = { state, limit: deliveriesMax, page_token: pageToken };
    const answer = await call("GET /api/v1/webhooks/{id}/deliveries", { path: { id }, query }, signal);
    return { deliveries: answer.deliveries ?? [], nextPageToken: answer.next_page_token };
  },
  pollMs: (page) => pollMs(page.deliveries),
});
