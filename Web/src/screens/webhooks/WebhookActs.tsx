import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Webhook } from "../../api/schema";
import { places } from "../../places";
import { navigate } from "../../router";
import { ConfirmDialog } from "../../ui/confirm";
import { toast } from "../../ui/toast";
import { TestDialog } from "./TestDialog";
import { WebhookForm } from "./WebhookForm";

async function setStatus(webhook: Webhook, status: Webhook["status"], said: string): Promise<void> {
  await call("PATCH /api/v1/webhooks/{id}", { path: { id: webhook.id }, body: { status } });
  invalidate(["webhooks"]);
  toast(said);
}

function PauseDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  return (
    <ConfirmDialog
      title={`Pause ${webhook.name}`}
      question={`Pause ${webhook.name}?`}
      confirm="Pause"
      onConfirm={() => setStatus(webhook, "DISABLED", `${webhook.name} is told of nothing until it is resumed.`)}
      onClose={onClose}
    >
      <p>What happens while it is paused it is not told, not later either. What waits already is sent when it is resumed.</p>
    </ConfirmDialog>
  );
}

function DeleteDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const confirm = async () => {
    await call("DELETE /api/v1/webhooks/{id}", { path: { id: webhook.id } });
    navigate(places.webhooks(), { replace: true });
    invalidate(["webhooks"]);
    toast(`${webhook.name} is deleted.`);
  };
  return (
    <ConfirmDialog
      title={`Delete ${webhook.name}`}
      question={`Delete ${webhook.name}?`}
      confirm="Delete"
      onConfirm={confirm}
      onClose={onClose}
    >
      <p>What waits is not sent any more, and what became of its deliveries is forgotten. This can't be undone.</p>
    </ConfirmDialog>
  );
}

/** What can be done with a webhook. */
export function WebhookActs({ webhook }: { webhook: Webhook }) {
  const [asking, setAsking] = useState<"test" | "edit" | "pause" | "delete">();
  const close = () => setAsking(undefined);
  const resume = () =>
    setStatus(webhook, "ACTIVE", `${webhook.name} is told of what happens from now on.`).catch((failure: Error) =>
      toast(failure.message, { bad: true }),
    );
  return (
    <>
      <button type="button" onClick={() => setAsking("test")}>Send an example…</button>
      <button type="button" onClick={() => setAsking("edit")}>Edit…</button>
      {webhook.status === "ACTIVE"
        ? <button type="button" onClick={() => setAsking("pause")}>Pause…</button>
        : <button type="button" className="primary" onClick={() => void resume()}>Resume</button>}
      <button type="button" onClick={() => setAsking("delete")}>Delete…</button>
      {asking === "test" && <TestDialog webhook={webhook} onClose={close} />}
      {asking === "edit" && <WebhookForm webhook={webhook} onClose={close} />}
      {asking === "pause" && <PauseDialog webhook={webhook} onClose={close} />}
      {asking === "delete" && <DeleteDialog webhook={webhook} onClose={close} />}
    </>
  );
}
