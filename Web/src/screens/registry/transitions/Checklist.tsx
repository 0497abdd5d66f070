import type { ChecklistItem } from "../../../api/schema";
import { Icon } from "../../../ui/icon";
import { ticked, withItem } from "./requests";

/** A checklist to read: what is done, and what is not. */
export function Checklist({ checklist }: { checklist: readonly ChecklistItem[] }) {
  return (
    <ul className="checklist" aria-label="Checklist">
      {checklist.map(({ item, completed }) => (
        <li key={item} className={completed ? "tone-good" : "tone-idle"}>
          <span className="checklist-box" aria-hidden="true">{completed ? "☑" : "☐"}</span>
          <span className="checklist-item">{item}</span>
          <span className="visually-hidden">{completed ? "done" : "not done"}</span>
        </li>
      ))}
    </ul>
  );
}

/** A checklist to tick; where `onRemove` is given, an item can be taken out of it. */
export function ChecklistTicks({ checklist, onChange, removable = false }: {
  checklist: readonly ChecklistItem[];
  onChange: (checklist: ChecklistItem[]) => void;
  removable?: boolean;
}) {
  if (checklist.length === 0) return null;
  return (
    <ul className="checklist">
      {checklist.map(({ item, completed }) => (
        <li key={item}>
          <label className="check">
            <input
              type="checkbox"
              checked={completed}
              onChange={(event) => onChange(ticked(checklist, item, event.target.checked))}
            />
            <span className="checklist-item">{item}</span>
          </label>
          {removable && (
            <button
              type="button"
              className="icon-button tag-remove"
              aria-label={`Remove ${item}`}
              title="Remove"
              onClick={() => onChange(checklist.filter((one) => one.item !== item))}
            >
              <Icon name="close" />
            </button>
          )}
        </li>
      ))}
    </ul>
  );
}

/** A checklist to write: items are added, ticked and removed. `text` is the item that is being written. */
export function ChecklistEditor({ checklist, onChange, text, onText }: {
  checklist: readonly ChecklistItem[];
  onChange: (checklist: ChecklistItem[]) => void;
  text: string;
  onText: (text: string) => void;
}) {
  const add = () => {
    onChange(withItem(checklist, text));
    onText("");
  };
  return (
    <fieldset className="plain-fieldset">
      <legend>Checklist: all of it must be done before somebody approves</legend>
      <ChecklistTicks checklist={checklist} onChange={onChange} removable />
      <div className="checklist-add">
        <input
          aria-label="New item"
          placeholder="Model card written"
          value={text}
          onChange={(event) => onText(event.target.value)}
          onKeyDown={(event) => {
            // Enter would send the whole form.
            if (event.key !== "Enter") return;
            event.preventDefault();
            add();
          }}
        />
        <button type="button" onClick={add} disabled={text.trim() === ""}>Add item</button>
      </div>
    </fieldset>
  );
}
