import { useState } from "react";
import { useAct } from "./act";
import { ErrorNote, Panel } from "./basics";
import { Icon } from "./icon";

/** A text in a panel, and the way to change it in place. */
export function EditableText({ title, value, empty, onSave }: {
  title: string;
  value: string;
  empty: string;
  onSave: (text: string) => Promise<unknown>;
}) {
  const [draft, setDraft] = useState<string>();
  const { busy, error, act } = useAct();
  const save = (text: string) =>
    act(async () => {
      await onSave(text);
      setDraft(undefined);
    });
  return (
    <Panel
      title={title}
      actions={
        draft === undefined && (
          <button type="button" aria-label={`Edit ${title.toLowerCase()}`} onClick={() => setDraft(value)}>Edit</button>
        )
      }
    >
      {draft === undefined ? (
        <p className={`panel-body prewrap${value ? "" : " quiet"}`}>{value || empty}</p>
      ) : (
        <form
          className="panel-body edit-text"
          onSubmit={(event) => {
            event.preventDefault();
            void save(draft);
          }}
        >
          {error && <ErrorNote error={error} />}
          <textarea aria-label={title} autoFocus rows={5} value={draft} onChange={(event) => setDraft(event.target.value)} />
          <div className="dialog-actions">
            <button type="button" onClick={() => setDraft(undefined)}>Cancel</button>
            <button type="submit" className="primary" disabled={busy}>Save</button>
          </div>
        </form>
      )}
    </Panel>
  );
}

/** Tags in a panel: one can be added, changed by setting it again, and removed. */
export function TagEditor({ tags, onSet, onRemove }: {
  tags: readonly [string, string][];
  onSet: (key: string, value: string) => Promise<unknown>;
  onRemove: (key: string) => Promise<unknown>;
}) {
  const [key, setKey] = useState("");
  const [value, setValue] = useState("");
  const { busy, error, act } = useAct();
  const add = () =>
    act(async () => {
      await onSet(key.trim(), value);
      setKey("");
      setValue("");
    });
  return (
    <Panel title="Tags" note={tags.length > 0 ? tags.length : undefined}>
      {tags.length > 0 && (
        <dl className="facts">
          {tags.map(([name, text]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>
                <span className="mono">{text}</span>
                <button
                  type="button"
                  className="icon-button tag-remove"
                  aria-label={`Remove tag ${name}`}
                  title="Remove"
                  disabled={busy}
                  onClick={() => void act(() => onRemove(name))}
                >
                  <Icon name="close" />
                </button>
              </dd>
            </div>
          ))}
        </dl>
      )}
      <form
        className="panel-body tag-form"
        onSubmit={(event) => {
          event.preventDefault();
          void add();
        }}
      >
        {error && <ErrorNote error={error} />}
        <input aria-label="Tag name" placeholder="name" required value={key} onChange={(event) => setKey(event.target.value)} />
        <input aria-label="Tag value" placeholder="value" value={value} onChange={(event) => setValue(event.target.value)} />
        <button type="submit" disabled={busy}>Set tag</button>
      </form>
    </Panel>
  );
}
