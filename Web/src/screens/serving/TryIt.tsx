import { useState } from "react";
import { call } from "../../api/client";
import { hasSettled, invalidate, useQuery } from "../../api/query";
import type { Endpoint, ModelInputs, PredictResponse } from "../../api/schema";
import { descriptionQuery } from "../../api/serving";
import { formatLatency } from "../../format/number";
import { useParam } from "../../router";
import { ErrorNote, Loading } from "../../ui/basics";
import { useAct } from "../../ui/act";
import { sampleInputs } from "./sample-inputs";
import { askable, blank, fieldsOf, rowOf, type InputField } from "./try-fields";

const kindTexts: Record<InputField["kind"], string> = {
  number: "number", integer: "whole number", boolean: "true or false", text: "text",
};

function Fields({ fields, texts, onChange }: {
  fields: readonly InputField[];
  texts: Record<string, string>;
  onChange: (name: string, text: string) => void;
}) {
  return (
    <div className="try-fields">
      {fields.map((field) => {
        const value = texts[field.name] ?? blank(field);
        return (
          <label key={field.name} className="field">
            <span>{field.name} <span className="quiet">{kindTexts[field.kind]}{field.optional ? ", may be empty" : ""}</span></span>
            {field.kind === "boolean" ? (
              <select value={value} onChange={(event) => onChange(field.name, event.target.value)}>
                <option>false</option>
                <option>true</option>
              </select>
            ) : (
              <input
                value={value}
                inputMode={field.kind === "text" ? "text" : "decimal"}
                onChange={(event) => onChange(field.name, event.target.value)}
              />
            )}
          </label>
        );
      })}
    </div>
  );
}

function parsed(text: string): ModelInputs {
  try {
    return JSON.parse(text) as ModelInputs;
  } catch (failure) {
    throw new Error(`This is not JSON: ${(failure as Error).message}`);
  }
}

function Form({ endpoint, fields }: { endpoint: Endpoint; fields: InputField[] | undefined }) {
  const [as, setAs] = useParam("inputs", "fields");
  const [chosen, setChosen] = useState("");
  const [texts, setTexts] = useState<Record<string, string>>({});
  const [json, setJson] = useState(() => JSON.stringify(fields ? rowOf(fields, {}) : sampleInputs(endpoint.inputs)));
  const [answer, setAnswer] = useState<PredictResponse>();
  const { busy, error, act } = useAct();
  const several = endpoint.variants.length > 1;
  const choices = askable(endpoint.variants);
  // By its name: a variant that is gone, or alone, is asked for no more.
  const asked = several ? choices.find((one) => one.name === chosen) : undefined;
  const withFields = fields !== undefined && as !== "json";

  const predict = async () => {
    setAnswer(undefined);
    const inputs = withFields ? rowOf(fields, texts) : parsed(json);
    const body = { model_name: endpoint.name, inputs, ...(asked ? { model_version: asked.model_version } : {}) };
    setAnswer(await call("POST /predict", { body }));
    invalidate(["endpoints"]);
  };
  const toggle = () => {
    if (withFields) setJson(JSON.stringify(rowOf(fields, texts)));
    setAs(withFields ? "json" : "fields");
  };
  const by = answer?.variant ? `${answer.variant}, version ${answer.model_version},` : `version ${answer?.model_version}`;
  return (
    <form
      className="panel-body try"
      onSubmit={(event) => {
        event.preventDefault();
        void act(predict);
      }}
    >
      <div>
        {withFields ? (
          <Fields fields={fields} texts={texts} onChange={(name, text) => setTexts((old) => ({ ...old, [name]: text }))} />
        ) : (
          <label className="field">
            <span>Inputs: an object by column, or values in signature order</span>
            <textarea value={json} spellCheck={false} onChange={(event) => setJson(event.target.value)} />
          </label>
        )}
      </div>
      <div className="field">
        <span>{answer ? `Prediction of ${by} in ${formatLatency(answer.latency_ms)}` : "Prediction"}</span>
        <output aria-live="polite">
          <pre>{answer ? JSON.stringify(answer.prediction, null, 2) : ""}</pre>
        </output>
      </div>
      <div className="try-foot">
        <button type="submit" className="primary" disabled={busy || endpoint.state !== "ready"}>Predict</button>
        {several && (
          <label>
            Ask{" "}
            <select value={asked?.name ?? ""} onChange={(event) => setChosen(event.target.value)}>
              <option value="">whom the policy says</option>
              {choices.map((one) => <option key={one.name} value={one.name}>{one.name}</option>)}
            </select>
          </label>
        )}
        {fields && <button type="button" onClick={toggle}>{withFields ? "Write JSON" : "Fill in fields"}</button>}
        {answer && <span className="note mono">request {answer.request_id}</span>}
        {error && <ErrorNote error={error} />}
      </div>
    </form>
  );
}

/** Asks an endpoint for one prediction: a field for each column where the signature has single values, JSON otherwise. */
export function TryIt({ endpoint }: { endpoint: Endpoint }) {
  const answer = useQuery(descriptionQuery(endpoint.name, endpoint.policy_version));
  const [described, setDescribed] = useState(answer.value);
  // What is being written must not go when the policy changes.
  if (!described && answer.value) setDescribed(answer.value);
  if (!described && !hasSettled(answer)) return <Loading />;
  return <Form endpoint={endpoint} fields={described && fieldsOf(described)} />;
}
