import { useQuery } from "../../api/query";
import { webhookEventsQuery } from "../../api/webhooks";
import { ErrorNote } from "../../ui/basics";
import { eventGroups, type Draft } from "./fields";

/** The choice of what a webhook is told of: everything, or the events ticked. */
export function EventPicker({ draft, onChange }: { draft: Draft; onChange: (change: Partial<Draft>) => void }) {
  const { value, error, reload } = useQuery(webhookEventsQuery());
  const toggle = (name: string, on: boolean) => {
    const events = new Set(draft.events);
    if (on) events.add(name);
    else events.delete(name);
    onChange({ events });
  };
  return (
    <>
      <fieldset className="plain-fieldset">
        <legend>Told of</legend>
        <label className="check">
          <input type="radio" name="told" checked={draft.everything} onChange={() => onChange({ everything: true })} />
          every change that is recorded
        </label>
        <label className="check">
          <input type="radio" name="told" checked={!draft.everything} onChange={() => onChange({ everything: false })} />
          the events chosen here{draft.events.size > 0 && `: ${draft.events.size}`}
        </label>
      </fieldset>
      {error && !value && <ErrorNote error={error} retry={reload} />}
      {!draft.everything && value && (
        <div className="event-box" role="group" aria-label="Events">
          <div className="event-groups">
            {eventGroups(value, draft.events).map(({ entity, events }) => (
              <fieldset key={entity} className="plain-fieldset">
                <legend>{entity.replace(/_/g, " ")}</legend>
                {events.map(({ name, mlflow }) => (
                  <label key={name} className="check" title={mlflow ? "Its data are as MLflow has them" : undefined}>
                    <input
                      type="checkbox"
                      checked={draft.events.has(name)}
                      onChange={(event) => toggle(name, event.target.checked)}
                    />
                    <span className="mono">{name}</span>
                    {mlflow && <span className="quiet">MLflow</span>}
                  </label>
                ))}
              </fieldset>
            ))}
          </div>
        </div>
      )}
    </>
  );
}
