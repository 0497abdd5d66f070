import { useMemo, useState } from "react";
import { Chart, type ChartEvents } from "../../charts/Chart";
import { parallelOption } from "../../charts/parallel";
import { runStyle, type RunStyles } from "../../charts/run-style";
import { useChartTheme } from "../../charts/theme";
import { useParam } from "../../router";
import { Panel } from "../../ui/basics";
import { ColumnMenu } from "../tracking/ColumnMenu";
import type { RunView } from "../tracking/runs";
import { axisColumns, columnsOf, columnsText, defaultAxes, runDimension } from "./rows";

const height = 330;

/** Runs as lines across their params and metrics; an area drawn along an axis keeps the runs through it. */
export function ParallelPlot({ runs, styles, brushed, onBrush }: {
  runs: RunView[];
  styles: RunStyles;
  brushed: ReadonlySet<string> | undefined;
  onBrush: (ids: ReadonlySet<string> | undefined) => void;
}) {
  const theme = useChartTheme();
  const [text, setText] = useParam("axes");
  const [times, setTimes] = useState(0);
  const columns = text ? columnsOf(text) : defaultAxes(runs);
  const chosen = columnsText(columns);
  const option = useMemo(
    () =>
      parallelOption(
        columnsOf(chosen).map((column) => runDimension(runs, column)),
        runs.map((run) => ({ name: run.name, style: styles.get(run.id) ?? runStyle(run.id) })),
        theme,
      ),
    [runs, styles, chosen, theme],
  );
  const events: ChartEvents = {
    axisareaselected: (chart) => {
      const [series] = chart.getModel().getSeries();
      const isBrushed = (series?.getRawIndicesByActiveState("inactive").length ?? 0) > 0;
      const active = series?.getRawIndicesByActiveState("active") ?? [];
      onBrush(isBrushed ? new Set(active.flatMap((index) => runs[index]?.id ?? [])) : undefined);
    },
  };
  const clear = () => {
    setTimes(times + 1);
    onBrush(undefined);
  };
  return (
    <Panel
      title="Parallel coordinates"
      note={brushed ? `${brushed.size} of ${runs.length} runs` : "draw along an axis to choose runs"}
      actions={
        <>
          {brushed && <button type="button" onClick={clear}>All runs</button>}
          <ColumnMenu
            label="Axes"
            available={axisColumns(runs)}
            chosen={columns}
            onChoose={(next) => setText(columnsText(next))}
            onReset={() => setText("")}
          />
        </>
      }
    >
      {columns.length < 2 ? (
        <p className="panel-body quiet">Choose two axes or more.</p>
      ) : (
        <Chart
          // ECharts keeps what is drawn on axes through a change of axes; another chart begins without.
          key={`${times} ${chosen}`}
          option={option}
          height={height}
          label={`Parallel coordinates of ${runs.length} runs: ${columns.map((column) => column.key).join(", ")}`}
          events={events}
        />
      )}
    </Panel>
  );
}
