import { useState } from "react";
import { Dialog } from "../ui/dialog";
import { keysOn, setKeysOn } from "./keys";

const keys: [string, string][] = [
  ["Ctrl K", "search, go, do"],
  ["/", "to the filter"],
  ["g h, g e, g m, g s, g o, g w", "home, experiments, models, serving, monitoring, webhooks"],
  ["j, k", "next and previous row"],
  ["x, c", "choose the row of runs, compare those chosen"],
  ["[", "fold the left panel"],
  ["← → ↑ ↓", "walk along a chart or graph that has the focus"],
  ["?", "this help"],
];

export function HelpDialog({ onClose }: { onClose: () => void }) {
  const [on, setOn] = useState(keysOn);
  const change = (next: boolean) => {
    setKeysOn(next);
    setOn(next);
  };
  return (
    <Dialog title="Keyboard" onClose={onClose}>
      <h2>Keyboard</h2>
      <dl className="keys">
        {keys.map(([key, what]) => (
          <div key={key} style={{ display: "contents" }}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p>
        <label className="check">
          <input type="checkbox" checked={on} onChange={(event) => change(event.target.checked)} />
          Keys without Ctrl
        </label>
      </p>
      <div className="dialog-actions">
        <button type="button" className="primary" onClick={onClose}>
          Close
        </button>
      </div>
    </Dialog>
  );
}
