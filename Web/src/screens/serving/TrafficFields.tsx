import { cloneElement, useId, type ReactElement } from "react";
import { metricNames } from "./rollout-text";
import { memberCounts, membersOf, type Choice, type Draft, type Member, type Metric } from "./traffic-draft";

/** What the parts of the form need: the draft, how to change it, and which field was refused and why. */
export interface Editing {
  draft: Draft;
  change: (part: Partial<Draft>) => void;
  refused: { field: string | undefined; message: string };
}

/** Why the server refused a field, beside that field. */
function Refusal({ id, editing, field }: { id: string; editing: Editing; field: string }) {
  if (editing.refused.field !== field) return null;
  return <span id={id} className="field-error" role="alert">{editing.refused.message}</span>;
}

/** An input with its label, and below it why the server refused it. */
function Field({ label, field, editing, children }: {
  label: string;
  field: string;
  editing: Editing;
  children: ReactElement;
}) {
  const id = useId();
  const isRefused = editing.refused.field === field;
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {cloneElement(children, {
        id, "aria-invalid": isRefused || undefined, "aria-describedby": isRefused ? `${id}-refusal` : undefined,
      })}
      <Refusal id={`${id}-refusal`} editing={editing} field={field} />
    </div>
  );
}

const memberLabels: Partial<Record<Draft["policy"], [string, string]>> = {
  single: ["Version", ""],
  canary: ["Stable", "Canary"],
  ab_test: ["Control", "Treatment"],
  shadow: ["Primary", "Shadow"],
  blue_green: ["Live", "Standing by"],
};

function MemberRow({ editing, choices, index, label }: {
  editing: Editing;
  choices: readonly Choice[];
  index: number;
  label: string;
}) {
  const { draft, change } = editing;
  const member = draft.members[index];
  const isEnsemble = draft.policy === "ensemble";
  const alter = (part: Partial<Member>) =>
    change({ members: draft.members.map((one, at) => (at === index ? { ...one, ...part } : one)) });
  return (
    <div className="member-row">
      <label className="field">
        <span>{label}</span>
        <select value={member?.choice ?? ""} onChange={(event) => alter({ choice: event.target.value })}>
          {choices.map((one) => <option key={one.id} value={one.id}>{one.label}</option>)}
        </select>
      </label>
      {isEnsemble && (
        <>
          <label className="field">
            <span>Weight</span>
            <input inputMode="decimal" value={member?.weight ?? ""} onChange={(event) => alter({ weight: event.target.value })} />
          </label>
          {draft.members.length > memberCounts.ensemble[0] && (
            <button
              type="button"
              aria-label={`Remove ${label.toLowerCase()}`}
              onClick={() => change({ members: draft.members.filter((_, at) => at !== index) })}
            >
              Remove
            </button>
          )}
        </>
      )}
    </div>
  );
}

/** The versions of a policy, each with its part; of an ensemble as many as are wanted, with weights. */
export function Members({ editing, choices }: { editing: Editing; choices: readonly Choice[] }) {
  const { draft, change } = editing;
  const id = useId();
  const labels = memberLabels[draft.policy];
  const add = () => {
    const free = choices.find((one) => !draft.members.some((member) => member.choice === one.id)) ?? choices[0];
    if (free) change({ members: [...draft.members, { choice: free.id, weight: "1" }] });
  };
  return (
    <fieldset className="plain-fieldset" aria-describedby={`${id}-variants ${id}-weights`}>
      <legend>Versions</legend>
      {membersOf(draft).map((_, index) => (
        <MemberRow key={index} editing={editing} choices={choices} index={index} label={labels?.[index] ?? `Variant ${index + 1}`} />
      ))}
      <Refusal id={`${id}-variants`} editing={editing} field="variants" />
      <Refusal id={`${id}-weights`} editing={editing} field="weights" />
      {draft.policy === "ensemble" && draft.members.length < memberCounts.ensemble[1] && (
        <button type="button" onClick={add}>Add a variant</button>
      )}
    </fieldset>
  );
}

function CanaryFields({ editing }: { editing: Editing }) {
  const { draft, change } = editing;
  return (
    <>
      <Field label="Steps: the canary's share in percent, growing" field="steps" editing={editing}>
        <input value={draft.steps} onChange={(event) => change({ steps: event.target.value })} />
      </Field>
      <div className="field-pair">
        <Field label="Requests of a step at least" field="requests_min" editing={editing}>
          <input inputMode="numeric" value={draft.requestsMin} onChange={(event) => change({ requestsMin: event.target.value })} />
        </Field>
        <Field label="Seconds of a step at least" field="seconds_min" editing={editing}>
          <input inputMode="decimal" value={draft.secondsMin} onChange={(event) => change({ secondsMin: event.target.value })} />
        </Field>
      </div>
      <label className="check">
        <input type="checkbox" checked={draft.automatic} onChange={(event) => change({ automatic: event.target.checked })} />
        It goes on, takes over and goes back by itself
      </label>
    </>
  );
}

const statuses: [Draft["status"], string][] = [
  ["running", "running"], ["scheduled", "scheduled: begins at its start date"],
  ["paused", "paused: all get the control"], ["completed", "completed: all get the control"],
];

function ExperimentFields({ editing }: { editing: Editing }) {
  const { draft, change } = editing;
  const id = useId();
  const toggle = (metric: Metric, wanted: boolean) => {
    const metrics = new Set(draft.metrics);
    if (wanted) metrics.add(metric);
    else metrics.delete(metric);
    change({ metrics });
  };
  return (
    <>
      <Field label="Name of the experiment" field="name" editing={editing}>
        <input required value={draft.name} onChange={(event) => change({ name: event.target.value })} />
      </Field>
      <div className="field-pair">
        <Field label="Share of the control" field="traffic_split" editing={editing}>
          <input inputMode="decimal" value={draft.control} onChange={(event) => change({ control: event.target.value })} />
        </Field>
        <label className="field">
          <span>Share of the treatment</span>
          <input inputMode="decimal" value={draft.treatment} onChange={(event) => change({ treatment: event.target.value })} />
        </label>
      </div>
      <div className="field-pair">
        <Field label="Start, at once if empty" field="start_date" editing={editing}>
          <input type="datetime-local" value={draft.startDate} onChange={(event) => change({ startDate: event.target.value })} />
        </Field>
        <Field label="End, if any" field="end_date" editing={editing}>
          <input type="datetime-local" value={draft.endDate} onChange={(event) => change({ endDate: event.target.value })} />
        </Field>
      </div>
      <Field label="Status" field="status" editing={editing}>
        <select value={draft.status} onChange={(event) => change({ status: event.target.value as Draft["status"] })}>
          {statuses.map(([value, name]) => <option key={value} value={value}>{name}</option>)}
        </select>
      </Field>
      <fieldset className="plain-fieldset" aria-describedby={id}>
        <legend>Success metrics</legend>
        <div className="check-row">
          {(Object.entries(metricNames) as [Metric, string][]).map(([metric, name]) => (
            <label key={metric} className="check">
              <input type="checkbox" checked={draft.metrics.has(metric)} onChange={(event) => toggle(metric, event.target.checked)} />
              {name}
            </label>
          ))}
        </div>
        <Refusal id={id} editing={editing} field="success_metrics" />
      </fieldset>
    </>
  );
}

/** The settings of the policy that is chosen. */
export function PolicyFields({ editing }: { editing: Editing }) {
  const { draft, change } = editing;
  switch (draft.policy) {
    case "canary": return <CanaryFields editing={editing} />;
    case "ab_test": return <ExperimentFields editing={editing} />;
    case "shadow": return (
      <Field label="Share of the requests that are copied, up to 1" field="share" editing={editing}>
        <input inputMode="decimal" value={draft.share} onChange={(event) => change({ share: event.target.value })} />
      </Field>
    );
    case "ensemble": return (
      <Field label="How the answers become one" field="method" editing={editing}>
        <select value={draft.method} onChange={(event) => change({ method: event.target.value as Draft["method"] })}>
          <option value="mean">mean of numbers, likeliest label</option>
          <option value="vote">most votes for a label, mean of numbers</option>
        </select>
      </Field>
    );
    case "single":
    case "blue_green": return null;
  }
}
