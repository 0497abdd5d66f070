import { useState } from "react";
import { call } from "../../api/client";
import { invalidate } from "../../api/query";
import type { Endpoint, ModelInputs, PredictResponse } from "../../api/schema";
import { formatLatency } from "../../format/number";
import { ErrorNote } from "../../ui/basics";
import { sampleInputs } from "./sample-inputs";

/** Asks an endpoint for one prediction. */
export function TryIt({ endpoint }: { endpoint: Endpoint }) {
  const [text, setText] = useState(() => JSON.stringify(sampleInputs(endpoint.inputs)));
  const [answer, setAnswer] = useState<PredictResponse>();
  const [error, setError] = useState<Error>();
  const [busy, setBusy] = useState(false);

  const predict = async () => {
    setError(undefined);
    let inputs: ModelInputs;
    try {
      inputs = JSON.parse(text) as ModelInputs;
    } catch (failure) {
      setError(new Error(`This is not JSON: ${(failure as Error).message}`));
      return;
    }
    setBusy(true);
    try {
      const body = { model_name: endpoint.model_name, model_version: endpoint.model_version, inputs };
      setAnswer(await call("POST /predict", { body }));
      invalidate(["endpoints"]);
    } catch (failure) {
      setAnswer(undefined);
      setError(failure as Error);
    }
    setBusy(false);
  };
  return (
    <form
      className="panel-body try"
      onSubmit={(event) => {
        event.preventDefault();
        void predict();
      }}
    >
      <label className="field">
        <span>Inputs: an object by column, or values in signature order</span>
        <textarea value={text} spellCheck={false} onChange={(event) => setText(event.target.value)} />
      </label>
      <div className="field">
        <span>{answer ? `Prediction of version ${answer.model_version} in ${formatLatency(answer.latency_ms)}` : "Prediction"}</span>
        <output aria-live="polite">
          <pre>{answer ? JSON.stringify(answer.prediction, null, 2) : ""}</pre>
        </output>
      </div>
      <div className="try-foot">
        <button type="submit" className="primary" disabled={busy || endpoint.state !== "ready"}>Predict</button>
        {answer && <span className="note mono">request {answer.request_id}</span>}
        {error && <ErrorNote error={error} />}
      </div>
    </form>
  );
}
