import { useState } from "react";
import { call } from "../../api/client";
import { invalidate, useQuery } from "../../api/query";
import type { Prediction } from "../../api/schema";
import { predictionQuery } from "../../api/serving";
import { formatLatency } from "../../format/number";
import { formatMoment } from "../../format/time";
import { places } from "../../places";
import { Link, urlWith } from "../../router";
import { useAct } from "../../ui/act";
import { ErrorNote, Facts, Loading } from "../../ui/basics";
import { Dialog } from "../../ui/dialog";
import { Status } from "../../ui/status";
import { toast } from "../../ui/toast";
import { truthTexts, truthTold } from "./truth-form";

/** Tells of a prediction what turned out to be true, and what it was worth; told again it replaces what the log has. */
function TruthForm({ one, onClose }: { one: Prediction; onClose: () => void }) {
  const [first] = useState(() => truthTexts(one));
  const [truth, setTruth] = useState(first.truth);
  const [value, setValue] = useState(first.value);
  const { busy, error, act } = useAct();
  const tell = async () => {
    const told = truthTold(first, { truth, value });
    if (Object.keys(told).length === 0) {
      onClose();
      return;
    }
    const { matched } = await call("POST /api/v1/feedback", { body: { request_id: one.request_id, ...told } });
    if (matched === 0) throw new Error("The log does not have this prediction any more.");
    invalidate(["endpoints"]);
    toast("The log has what turned out to be true.");
    onClose();
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void act(tell);
      }}
    >
      <div className="field-pair">
        <label className="field">
          <span>Ground truth <span className="quiet">JSON</span></span>
          <input className="mono" spellCheck={false} value={truth} onChange={(event) => setTruth(event.target.value)} />
        </label>
        <label className="field">
          <span>Metric <span className="quiet">a number, what it was worth</span></span>
          <input type="number" step="any" value={value} onChange={(event) => setValue(event.target.value)} />
        </label>
      </div>
      {error && <ErrorNote error={error} />}
      <div className="dialog-actions">
        <button type="button" onClick={onClose}>Close</button>
        <button type="submit" className="primary" disabled={busy || !(truth.trim() || value.trim())}>Save</button>
      </div>
    </form>
  );
}

function Content({ one, onClose }: { one: Prediction; onClose: () => void }) {
  const failed = one.status !== undefined && one.status !== 200;
  const told = !failed && one.shadow_of === undefined;
  return (
    <>
      <Facts
        facts={[
          ["At", formatMoment(Date.parse(one.timestamp))],
          ["Variant", one.variant ?? "—"],
          [
            "Version",
            <Link key="version" href={places.version(one.model_name, one.model_version)}>
              {one.model_name} <span className="quiet">version</span> {one.model_version}
            </Link>,
          ],
          ["Latency", formatLatency(one.latency_ms)],
          [
            "Outcome",
            <Status key="outcome" tone={failed ? "bad" : "good"}>
              {failed ? `Failed, ${one.status}` : "Answered"}
            </Status>,
          ],
        ]}
      />
      {one.error && <p className="error-note">{one.error}</p>}
      <h3>Features</h3>
      <pre className="sent-body" tabIndex={0} aria-label="Features">{JSON.stringify(one.features, null, 2)}</pre>
      <h3>Prediction</h3>
      <pre className="sent-body" tabIndex={0} aria-label="Prediction">{JSON.stringify(one.prediction, null, 2)}</pre>
      {one.shadow_of !== undefined && (
        <p>
          A shadow answered a copy of{" "}
          <Link className="mono" href={urlWith({ prediction: one.shadow_of, shadow: undefined, page: undefined })}>
            {one.shadow_of}
          </Link>.
        </p>
      )}
      {told ? <TruthForm key={one.request_id} one={one} onClose={onClose} /> : (
        <div className="dialog-actions">
          <button type="button" className="primary" onClick={onClose}>Close</button>
        </div>
      )}
    </>
  );
}

/** One prediction of the log, whole, and a form to tell what turned out to be true. */
export function PredictionDialog({ endpoint, request, shadow, onClose }: {
  endpoint: string;
  request: string;
  shadow: boolean;
  onClose: () => void;
}) {
  const { value, error, reload } = useQuery(predictionQuery(endpoint, request, shadow));
  return (
    <Dialog title={`Prediction ${request}`} onClose={onClose} className="prediction-dialog">
      <h2>Prediction</h2>
      <p className="quiet mono">{request}</p>
      {error && <ErrorNote error={error} retry={reload} />}
      {value === undefined && !error && <Loading />}
      {value === null && <p className="note">The log of {endpoint} has no such prediction.</p>}
      {value && <Content one={value} onClose={onClose} />}
      {!value && (
        <div className="dialog-actions">
          <button type="button" className="primary" onClick={onClose}>Close</button>
        </div>
      )}
    </Dialog>
  );
}
