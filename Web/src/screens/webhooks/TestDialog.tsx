import { useState } from "react";
import { call } from "../../api/client";
import { useQuery } from "../../api/query";
import type { Webhook, WebhookTestResult } from "../../api/schema";
import { webhookEventsQuery } from "../../api/webhooks";
import { useAct } from "../../ui/act";
import { ErrorNote } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { Status } from "../../ui/status";
import { answerText, everyEvent } from "./fields";

/** Sends a webhook an example and shows what the receiver answered. */
export function TestDialog({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const everything = webhook.events.includes(everyEvent);
  const offered = useQuery(everything ? webhookEventsQuery() : null).value ?? [];
  const names = everything ? offered.map((event) => event.name) : webhook.events;
  const [chosen, setChosen] = useState("");
  const [result, setResult] = useState<WebhookTestResult>();
  const { busy, error, act } = useAct();
  const event = chosen || names[0];

  const send = async () => {
    setResult(undefined);
    setResult(await call("POST /api/v1/webhooks/{id}/test", { path: { id: webhook.id }, body: event ? { event } : {} }));
  };
  return (
    <Dialog title={`Try ${webhook.name}`} onClose={onClose}>
      <form
        onSubmit={(submitted) => {
          submitted.preventDefault();
          void act(send);
        }}
      >
        <h2>Send {webhook.name} an example?</h2>
        <p>It goes out once and now, also while the webhook is paused, and is not among the deliveries.</p>
        <label className="field">
          <span>What it tells of</span>
          <select value={event ?? ""} onChange={(changed) => setChosen(changed.target.value)}>
            {names.map((name) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <div role="status" className="test-result">
          {busy && <span className="quiet">Waiting for the receiver, at most 30 seconds.</span>}
          {result && (
            <>
              <Status tone={result.success ? "good" : "bad"}>{result.success ? "Taken" : "Not taken"}</Status>
              <span>{answerText(result)}</span>
            </>
          )}
        </div>
        {result?.response_body && <pre className="sent-body" tabIndex={0} aria-label="Answer">{result.response_body}</pre>}
        {error && <ErrorNote error={error} />}
        <div className="dialog-actions">
          <button type="button" onClick={onClose}>Close</button>
          <button type="submit" className="primary" disabled={busy}>Send</button>
        </div>
      </form>
    </Dialog>
  );
}
