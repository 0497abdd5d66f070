import { useState, type ReactNode } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Webhook } from "../../api/schema";
import { places } from "../../places";
import { navigate } from "../../router";
import { useAct } from "../../ui/act";
import { ErrorNote } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { toast } from "../../ui/toast";
import { EventPicker } from "./EventPicker";
import { changesOf, draftOf, newOf, type Draft } from "./fields";

function Field({ label, children }: { label: string; children: ReactNode }) {
  return (
    <label className="field">
      <span>{label}</span>
      {children}
    </label>
  );
}

function Signing({ draft, signed, onChange }: {
  draft: Draft;
  signed: boolean;
  onChange: (change: Partial<Draft>) => void;
}) {
  return (
    <>
      <Field label={signed ? "New secret; without one the old stays" : "Secret by which deliveries are signed, if any"}>
        <input
          type="password"
          autoComplete="new-password"
          value={draft.secret}
          disabled={draft.endsSigning}
          onChange={(event) => onChange({ secret: event.target.value })}
        />
      </Field>
      {signed && (
        <label className="check">
          <input
            type="checkbox"
            checked={draft.endsSigning}
            onChange={(event) => onChange({ endsSigning: event.target.checked })}
          />
          Sign deliveries no longer
        </label>
      )}
    </>
  );
}

/** Makes a webhook, or changes the one given. It stays open when the server refuses, and says why. */
export function WebhookForm({ webhook, onClose }: { webhook?: Webhook; onClose: () => void }) {
  const [draft, setDraft] = useState(() => draftOf(webhook));
  const { busy, error, act } = useAct();
  const change = (part: Partial<Draft>) => setDraft((old) => ({ ...old, ...part }));
  const title = webhook ? `Edit ${webhook.name}` : "New webhook";

  const make = async () => {
    const made = await call("POST /api/v1/webhooks", { body: newOf(draft) });
    invalidate(["webhooks"]);
    toast(`${made.name} is told of what happens from now on.`);
    navigate(places.webhook(made.id));
  };
  const alter = async (old: Webhook) => {
    const changes = changesOf(draft, old);
    if (Object.keys(changes).length > 0) {
      const changed = await call("PATCH /api/v1/webhooks/{id}", { path: { id: old.id }, body: changes });
      invalidate(["webhooks"]);
      toast(`${changed.name} is changed.`);
    }
    onClose();
  };
  return (
    <Dialog title={title} onClose={onClose} className="webhook-dialog">
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void act(() => (webhook ? alter(webhook) : make()));
        }}
      >
        <h2>{title}</h2>
        <Field label="Name">
          <input required autoFocus value={draft.name} onChange={(event) => change({ name: event.target.value })} />
        </Field>
        <Field label="URL">
          <input
            required
            inputMode="url"
            placeholder="https://example.com/hook"
            value={draft.url}
            onChange={(event) => change({ url: event.target.value })}
          />
        </Field>
        <Field label="Description">
          <input value={draft.description} onChange={(event) => change({ description: event.target.value })} />
        </Field>
        <Signing draft={draft} signed={webhook?.signed ?? false} onChange={change} />
        <EventPicker draft={draft} onChange={change} />
        {error && <ErrorNote error={error} />}
        <div className="dialog-actions">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={busy}>{webhook ? "Save" : "Make webhook"}</button>
        </div>
      </form>
    </Dialog>
  );
}
