import { useState } from "react";
import { call } from "../../api/client";
import { alertsQuery, pageSize, type AlertState } from "../../api/queries";
import { invalidate, useQuery } from "../../api/query";
import type { Alert } from "../../api/schema";
import { formatCount, formatNumber } from "../../format/number";
import { places } from "../../places";
import { Link, useParam } from "../../router";
import { ErrorNote, Loading, Panel } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { Age } from "../../ui/now";
import { Status } from "../../ui/status";
import { TableBox } from "../../ui/table";
import { toast } from "../../ui/toast";

const states: AlertState[] = ["open", "acknowledged", "all"];

function AcknowledgeDialog({ alert, onClose }: { alert: Alert; onClose: () => void }) {
  const [note, setNote] = useState("");
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const confirm = async () => {
    setBusy(true);
    try {
      const body = note.trim() ? { note: note.trim() } : {};
      await call("POST /mlops/alerts/{id}/acknowledge", { path: { id: alert.id }, body });
      invalidate(["alerts"]);
      toast("Acknowledged.");
      onClose();
    } catch (failure) {
      setError(failure as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog title="Acknowledge the alert" onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          void confirm();
        }}
      >
        <h2>Acknowledge this alert?</h2>
        {error && <ErrorNote error={error} />}
        <p>{alert.message}</p>
        <label className="field">
          <span>Note, for those who read it later</span>
          <textarea rows={3} value={note} onChange={(event) => setNote(event.target.value)} />
        </label>
        <div className="dialog-actions">
          <button type="button" onClick={onClose}>Cancel</button>
          <button type="submit" className="primary" disabled={busy}>Acknowledge</button>
        </div>
      </form>
    </Dialog>
  );
}

function Row({ alert, onAcknowledge }: { alert: Alert; onAcknowledge: () => void }) {
  return (
    <tr>
      <td><Status tone={alert.severity === "critical" ? "bad" : "warn"}>{alert.severity}</Status></td>
      <td>{alert.type}</td>
      <td><Link href={places.serving(alert.endpoint)}>{alert.endpoint}</Link></td>
      <td className="wrap">
        <Link href={places.monitoring(alert.endpoint, alert.feature)}>{alert.message}</Link>
        {alert.note && <span className="quiet"> “{alert.note}”</span>}
      </td>
      <td className="number">
        {formatNumber(alert.value)}
        {alert.threshold !== undefined && <span className="quiet"> &gt; {formatNumber(alert.threshold)}</span>}
      </td>
      <td><Age at={alert.opened_at} /></td>
      <td><Age at={alert.last_seen_at} /></td>
      <td className="number">{formatCount(alert.count)}</td>
      <td>
        {alert.state === "open" ? (
          <span className="row-actions">
            <button type="button" onClick={onAcknowledge} aria-label={`Acknowledge: ${alert.message}`}>
              Acknowledge
            </button>
          </span>
        ) : (
          <span className="quiet">
            {alert.acknowledged_by ?? "acknowledged"} <Age at={alert.acknowledged_at} />
          </span>
        )}
      </td>
    </tr>
  );
}

/** The alerts, open ones first asked for. */
export function Alerts() {
  const [state, setState] = useParam("state", "open");
  const chosen = states.find((one) => one === state) ?? "open";
  const { value, error, reload } = useQuery(alertsQuery(chosen));
  const [acknowledging, setAcknowledging] = useState<Alert>();
  return (
    <Panel
      title="Alerts"
      note={value && `${value.length}${value.length >= pageSize ? "+" : ""} ${chosen === "all" ? "in all" : chosen}`}
      actions={
        <span className="segments" role="radiogroup" aria-label="Which alerts">
          {states.map((one) => (
            <label key={one}>
              <input type="radio" name="alert-state" checked={one === chosen} onChange={() => setState(one)} />
              {one}
            </label>
          ))}
        </span>
      }
    >
      {error && <div className="panel-body"><ErrorNote error={error} retry={reload} /></div>}
      {!value && !error && <Loading />}
      {value?.length === 0 && <p className="panel-body quiet">{chosen === "open" ? "No alert is open." : "None."}</p>}
      {value && value.length > 0 && (
        <TableBox label="Alerts">
          <table>
            <thead>
              <tr>
                <th scope="col">Severity</th>
                <th scope="col">Type</th>
                <th scope="col">Endpoint</th>
                <th scope="col">What</th>
                <th scope="col" className="number">Value</th>
                <th scope="col">Opened</th>
                <th scope="col">Last seen</th>
                <th scope="col" className="number">Times</th>
                <th scope="col"><span className="visually-hidden">Acknowledge</span></th>
              </tr>
            </thead>
            <tbody>
              {value.map((alert) => (
                <Row key={alert.id} alert={alert} onAcknowledge={() => setAcknowledging(alert)} />
              ))}
            </tbody>
          </table>
        </TableBox>
      )}
      {acknowledging && <AcknowledgeDialog alert={acknowledging} onClose={() => setAcknowledging(undefined)} />}
    </Panel>
  );
}
