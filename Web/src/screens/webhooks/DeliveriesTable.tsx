import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { WebhookDelivery } from "../../api/schema";
import { formatCount } from "../../format/number";
import { formatMoment } from "../../format/time";
import { Dialog } from "../../ui/dialog";
import { Age } from "../../ui/now";
import { TableBox } from "../../ui/table";
import { toast } from "../../ui/toast";
import { readable } from "../tracking/preview";
import { DeliveryStatus } from "./states";

function BodyDialog({ delivery, onClose }: { delivery: WebhookDelivery; onClose: () => void }) {
  return (
    <Dialog title={`What ${delivery.event} tells`} onClose={onClose}>
      <h2>{delivery.event}</h2>
      <p className="quiet">
        Delivery <span className="mono">{delivery.id}</span>, number {formatCount(delivery.sequence)} in the audit trail
      </p>
      <pre className="sent-body" tabIndex={0} aria-label="Body">{readable("body.json", delivery.body ?? "")}</pre>
      <div className="dialog-actions">
        <button type="button" className="primary" onClick={onClose}>Close</button>
      </div>
    </Dialog>
  );
}

function When({ delivery }: { delivery: WebhookDelivery }) {
  if (delivery.next_attempt_at !== undefined) return <>next {formatMoment(delivery.next_attempt_at)}</>;
  return <Age at={delivery.finished_at} />;
}

function Row({ delivery, onShow, onRetry }: { delivery: WebhookDelivery; onShow: () => void; onRetry: () => void }) {
  return (
    <tr>
      <th scope="row">
        <button type="button" className="cell-value" data-row-link title="What it tells" onClick={onShow}>
          {delivery.event}
        </button>
      </th>
      <td><DeliveryStatus state={delivery.state} /></td>
      <td className="number">{formatCount(delivery.attempts)}</td>
      <td className="number">{delivery.response_status ?? "—"}</td>
      <td><Age at={delivery.created_at} /></td>
      <td><When delivery={delivery} /></td>
      <td className="wrap">{delivery.error ?? <span className="quiet">—</span>}</td>
      <td>
        {delivery.state !== "pending" && (
          <span className="row-actions">
            <button type="button" aria-label={`Send again: ${delivery.event} ${delivery.sequence}`} onClick={onRetry}>
              Send again
            </button>
          </span>
        )}
      </td>
    </tr>
  );
}

/** Deliveries to a webhook: how often tried, what was answered, when, and why one failed. */
export function DeliveriesTable({ webhookId, deliveries }: { webhookId: string; deliveries: WebhookDelivery[] }) {
  const [shown, setShown] = useState<WebhookDelivery>();
  const retry = async (delivery: WebhookDelivery) => {
    try {
      const path = { id: webhookId, delivery: delivery.id };
      await call("POST /api/v1/webhooks/{id}/deliveries/{delivery}/retry", { path, body: {} });
      invalidate(["webhooks"]);
      toast(`${delivery.event} is sent once more.`);
    } catch (failure) {
      toast((failure as Error).message, { bad: true });
    }
  };
  return (
    <>
      <TableBox label="Deliveries">
        <table>
          <thead>
            <tr>
              <th scope="col">Event</th>
              <th scope="col">State</th>
              <th scope="col" className="number">Attempts</th>
              <th scope="col" className="number">HTTP status</th>
              <th scope="col">Told</th>
              <th scope="col">Ended</th>
              <th scope="col">Reason</th>
              <th scope="col"><span className="visually-hidden">Send again</span></th>
            </tr>
          </thead>
          <tbody>
            {deliveries.map((delivery) => (
              <Row
                key={delivery.id}
                delivery={delivery}
                onShow={() => setShown(delivery)}
                onRetry={() => void retry(delivery)}
              />
            ))}
          </tbody>
        </table>
      </TableBox>
      {shown && <BodyDialog delivery={shown} onClose={() => setShown(undefined)} />}
    </>
  );
}
