import { useParam } from "../../router";
import { depthChoices, togetherText, type Thing } from "./connections";
import { countWords } from "./things";

function Depth({ label, name }: { label: string; name: string }) {
  const [depth, setDepth] = useParam(name, "all");
  return (
    <label className="axis-choice">
      {label}
      <select value={depthChoices.includes(depth) ? depth : "all"} onChange={(event) => setDepth(event.target.value)}>
        {depthChoices.map((choice) => <option key={choice} value={choice}>{choice}</option>)}
      </select>
    </label>
  );
}

/** Chooses the form, how many steps are shown each way, and which kinds are drawn together. */
export function LineageTools({ kinds, together }: { kinds: [string, Thing[]][]; together: ReadonlySet<string> }) {
  const [view, setView] = useParam("view", "graph");
  const [, setCollapse] = useParam("collapse");
  const choose = (kind: string, on: boolean) => {
    const next = new Set(together);
    if (on) next.add(kind);
    else next.delete(kind);
    setCollapse(togetherText(next));
  };
  return (
    <div className="chart-tools">
      <fieldset className="segments-box">
        <legend className="visually-hidden">Shown as</legend>
        <span className="segments">
          {["graph", "table"].map((one) => (
            <label key={one}>
              <input type="radio" name="view" checked={(view === "table" ? "table" : "graph") === one} onChange={() => setView(one)} />
              {one}
            </label>
          ))}
        </span>
      </fieldset>
      <Depth label="Steps upstream" name="up" />
      <Depth label="Steps downstream" name="down" />
      {view !== "table" && (
        <fieldset className="segments-box lineage-kinds">
          <legend className="visually-hidden">Drawn together</legend>
          <span className="quiet" aria-hidden="true">Together:</span>
          {kinds.filter(([, things]) => things.length > 1).map(([kind, things]) => (
            <label key={kind} className="check">
              <input type="checkbox" checked={together.has(kind)} onChange={(event) => choose(kind, event.target.checked)} />
              {countWords(kind, things.length)}
            </label>
          ))}
        </fieldset>
      )}
    </div>
  );
}
