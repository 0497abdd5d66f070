import type { LineChoice, LineX } from "../../charts/line";
import { useParam } from "../../router";

/** The axes of the curves, as the URL has them. */
export function useLineChoice(): { choice: LineChoice; set: (name: string, value: string) => void } {
  const [x, setX] = useParam("x", "step");
  const [log, setLog] = useParam("log");
  const [smooth, setSmooth] = useParam("smooth");
  const smoothing = Math.min(0.99, Math.max(0, Number(smooth) / 100 || 0));
  const choice: LineChoice = { x: x === "time" ? "time" : "step", log: log === "1", smoothing };
  const setters: Record<string, (value: string) => void> = { x: setX, log: setLog, smooth: setSmooth };
  return { choice, set: (name, value) => setters[name]?.(value) };
}

/** Chooses the axes of the curves, and how smooth they are. */
export function ChartTools({ choice, set }: { choice: LineChoice; set: (name: string, value: string) => void }) {
  const percent = Math.round(choice.smoothing * 100);
  return (
    <div className="chart-tools">
      <fieldset className="segments-box">
        <legend className="visually-hidden">Horizontal axis</legend>
        <span className="segments">
          {(["step", "time"] as LineX[]).map((x) => (
            <label key={x}>
              <input type="radio" name="x" checked={choice.x === x} onChange={() => set("x", x)} />
              {x}
            </label>
          ))}
        </span>
      </fieldset>
      <label className="check">
        <input type="checkbox" checked={choice.log} onChange={(event) => set("log", event.target.checked ? "1" : "")} />
        log axis
      </label>
      <label className="check">
        smoothing
        <input
          type="range"
          min="0"
          max="99"
          value={percent}
          onChange={(event) => set("smooth", event.target.value === "0" ? "" : event.target.value)}
        />
        <span className="quiet">{percent === 0 ? "none" : (percent / 100).toFixed(2)}</span>
      </label>
    </div>
  );
}
