import type { DeliveryState } from "../../api/webhooks";
import type { Webhook, WebhookDelivery } from "../../api/schema";
import { Age } from "../../ui/now";
import { Status, type Tone } from "../../ui/status";

export function WebhookState({ webhook }: { webhook: Webhook }) {
  return webhook.status === "ACTIVE" ? <Status tone="good">Active</Status> : <Status tone="idle">Paused</Status>;
}

const deliveryTones: Record<DeliveryState, [Tone, string]> = {
  pending: ["active", "Waiting"],
  delivered: ["good", "Delivered"],
  failed: ["bad", "Failed"],
};

export function DeliveryStatus({ state }: { state: DeliveryState }) {
  const [tone, word] = deliveryTones[state];
  return <Status tone={tone}>{word}</Status>;
}

/** How the newest delivery stands, and since when. */
export function LastDelivery({ delivery }: { delivery: WebhookDelivery | undefined }) {
  if (!delivery) return <span className="quiet">—</span>;
  return (
    <span className="last-delivery" title={delivery.error}>
      <DeliveryStatus state={delivery.state} /> <span className="quiet"><Age at={delivery.created_at} /></span>
    </span>
  );
}
