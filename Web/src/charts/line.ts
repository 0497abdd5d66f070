import { formatNumber } from "../format/number";
import { formatDuration } from "../format/time";
import { axis, frame, tip, type ChartOption, type ChartTheme } from "./option";
import { dashes, type RunStyle } from "./run-style";
import { drawable, smooth, type Point } from "./series";

export type LineX = "step" | "time";

export interface LineSeries {
  name: string;
  style: RunStyle;
  points: readonly Point[];
}

export interface LineChoice {
  x: LineX;
  log: boolean;
  /** Weight of the moving average, 0 (none) to below 1. */
  smoothing: number;
}

/** Lines of one metric, one for each run; the dashes of runs only where there are several. With smoothing the values themselves stay as a faint line. */
export function lineOption(series: readonly LineSeries[], choice: LineChoice, theme: ChartTheme): ChartOption {
  const start = series.reduce((low, one) => one.points.reduce((most, point) => Math.min(most, point.timestamp), low), Infinity);
  const xOf = (point: Point) => (choice.x === "step" ? point.step : (point.timestamp - start) / 1000);
  const yOf = (value: number) => (drawable(value) && !(choice.log && value <= 0) ? value : null);

  const drawn = series.flatMap((one, index) => {
    const colour = theme.runs[one.style.colour] ?? theme.accent;
    const line = (values: number[], more: ChartOption): ChartOption => ({
      type: "line",
      name: one.name,
      data: one.points.map((point, at) => [xOf(point), yOf(values[at] ?? Number.NaN)]),
      showSymbol: one.points.length === 1,
      symbolSize: 5,
      color: colour,
      emphasis: { disabled: true },
      ...more,
    });
    const values = one.points.map((point) => point.value);
    const style = { width: 1.75, color: colour, type: series.length > 1 ? dashes[one.style.dash] : "solid" };
    const lines = [line(smooth(values, choice.smoothing), { id: `line ${index}`, lineStyle: style, z: 3 })];
    if (choice.smoothing > 0) {
      lines.push(line(values, { id: `raw ${index}`, lineStyle: { ...style, opacity: 0.25 }, silent: true, z: 2 }));
    }
    lines.push(oddMarks(one, index, colour, xOf));
    return lines;
  });

  const xLabel = (value: number) => (choice.x === "step" ? formatNumber(value) : formatDuration(value * 1000));
  return {
    ...frame(theme),
    xAxis: axis(theme, {
      type: "value",
      min: "dataMin",
      max: "dataMax",
      splitLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, hideOverlap: true, formatter: xLabel },
    }),
    yAxis: axis(theme, {
      type: choice.log ? "log" : "value",
      scale: true,
      axisLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, formatter: (value: number) => formatNumber(value) },
    }),
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip-frame",
      axisPointer: { type: "line", lineStyle: { color: theme.quiet, type: "solid" } },
      formatter: (rows: TipRow[]) => lineTip(rows, choice.x, xLabel),
    },
    series: drawn,
  };
}

/** Which of the drawn series is the line of a run: each run has marks of its odd values, and a faint line when smoothed. */
export const seriesIndexOf = (index: number, choice: LineChoice) => index * (choice.smoothing > 0 ? 3 : 2);

interface TipRow {
  seriesId: string;
  seriesName: string;
  color: string;
  value: [number, number | null];
}

function lineTip(rows: TipRow[], x: LineX, xLabel: (value: number) => string): HTMLElement {
  const lines = rows.filter((row) => row.seriesId.startsWith("line"));
  const at = rows[0]?.value[0] ?? 0;
  return tip(
    x === "step" ? `step ${xLabel(at)}` : `after ${xLabel(at)}`,
    lines.map((row) => ({
      colour: row.color,
      name: row.seriesName,
      value: formatNumber(row.value[1] ?? undefined, 6),
    })),
  );
}

/** A cross at the foot of the chart where a value was NaN or infinite: the line has a gap there. */
function oddMarks(one: LineSeries, index: number, colour: string, xOf: (point: Point) => number): ChartOption {
  const finite = one.points.filter((point) => drawable(point.value)).map((point) => point.value);
  const foot = finite.length > 0 ? Math.min(...finite) : 0;
  return {
    type: "scatter",
    id: `odd ${index}`,
    name: `${one.name} NaN`,
    data: one.points.filter((point) => !drawable(point.value)).map((point) => [xOf(point), foot]),
    symbol: "path://M0 0L4 4M4 0L0 4",
    symbolSize: 7,
    itemStyle: { color: "none", borderColor: colour, borderWidth: 1.5 },
    silent: true,
    z: 4,
  };
}
