import { useMemo } from "react";
import { Chart } from "../../charts/Chart";
import { said } from "../../charts/parallel";
import { runStyle, type RunStyles } from "../../charts/run-style";
import { scatterOption } from "../../charts/scatter";
import { useChartTheme } from "../../charts/theme";
import { useParam } from "../../router";
import { Panel } from "../../ui/basics";
import { columnName, columnOf, type ColumnChoice, type RunView } from "../tracking/runs";
import { axisColumns, defaultPair, runDimension } from "./rows";

const height = 300;

function AxisChoice({ name, value, columns, onChange, log, onLog }: {
  name: string;
  value: ColumnChoice;
  columns: ColumnChoice[];
  onChange: (name: string) => void;
  log: boolean;
  onLog: (on: boolean) => void;
}) {
  const group = (kind: ColumnChoice["kind"], label: string) => {
    const options = columns.filter((column) => column.kind === kind);
    if (options.length === 0) return null;
    return (
      <optgroup label={label}>
        {options.map((column) => (
          <option key={columnName(column)} value={columnName(column)}>{column.key}</option>
        ))}
      </optgroup>
    );
  };
  return (
    <span className="axis-choice">
      <span className="quiet" aria-hidden="true">{name}</span>
      <select aria-label={`${name} axis`} value={columnName(value)} onChange={(event) => onChange(event.target.value)}>
        {group("params", "Params")}
        {group("metrics", "Metrics")}
      </select>
      <label className="check">
        <input
          type="checkbox"
          aria-label={`${name} on a log axis`}
          checked={log}
          onChange={(event) => onLog(event.target.checked)}
        />
        log
      </label>
    </span>
  );
}

/** A point for each run, at its values of two params or metrics. */
export function ScatterPlot({ runs, styles }: { runs: RunView[]; styles: RunStyles }) {
  const theme = useChartTheme();
  const [xText, setX] = useParam("sx");
  const [yText, setY] = useParam("sy");
  const [logX, setLogX] = useParam("slx");
  const [logY, setLogY] = useParam("sly");
  const pair = defaultPair(runs);
  const x = columnOf(xText) ?? pair?.[0];
  const y = columnOf(yText) ?? pair?.[1];
  const xName = x && columnName(x);
  const yName = y && columnName(y);
  const plot = useMemo(() => {
    const [across, up] = [columnOf(xName ?? ""), columnOf(yName ?? "")];
    if (!across || !up) return undefined;
    const dimensions = { x: runDimension(runs, across), y: runDimension(runs, up) };
    const marks = runs.map((run) => ({ name: run.name, style: styles.get(run.id) ?? runStyle(run.id) }));
    const log = { x: logX === "1", y: logY === "1" };
    return { ...dimensions, option: scatterOption(dimensions.x, dimensions.y, log, marks, theme) };
  }, [runs, styles, xName, yName, logX, logY, theme]);
  if (!x || !y || !plot) {
    return <Panel title="Scatter"><p className="panel-body quiet">The runs have no metrics.</p></Panel>;
  }
  const columns = axisColumns(runs);
  const say = (index: number) =>
    `${runs[index]?.name ?? ""}: ${x.key} ${said(plot.x.values[index])}, ${y.key} ${said(plot.y.values[index])}`;
  return (
    <Panel
      title="Scatter"
      actions={
        <>
          <AxisChoice
            name="x" value={x} columns={columns} onChange={setX}
            log={logX === "1"} onLog={(on) => setLogX(on ? "1" : "")}
          />
          <AxisChoice
            name="y" value={y} columns={columns} onChange={setY}
            log={logY === "1"} onLog={(on) => setLogY(on ? "1" : "")}
          />
        </>
      }
    >
      <Chart
        option={plot.option}
        height={height}
        label={`Scatter of ${y.key} against ${x.key}, ${runs.length} runs`}
        walk={{ count: runs.length, say }}
      />
    </Panel>
  );
}
