import { formatNumber, missing } from "../format/number";
import { extentOf, placeOn, type Dimension } from "./dimension";
import { axis, frame, tip, type ChartOption, type ChartTheme } from "./option";
import { said, type Mark } from "./parallel";

/** Runs of one colour differ by their symbols, as lines do by their dashes. */
const symbols = ["circle", "diamond", "triangle", "rect"];

function axisOf(dimension: Dimension, log: boolean, nameGap: number, theme: ChartTheme): ChartOption {
  const name = { name: dimension.label, nameLocation: "middle", nameGap };
  if (dimension.kind === "category") {
    const data = dimension.values.some((value) => value === undefined)
      ? [missing, ...dimension.categories]
      : dimension.categories;
    return axis(theme, { ...name, type: "category", data });
  }
  const { odd, min, max } = extentOf(dimension, log);
  return axis(theme, {
    ...name,
    type: log ? "log" : "value",
    ...(odd ? { min, max } : { scale: true }),
    axisLabel: {
      color: theme.quiet,
      fontSize: 11,
      hideOverlap: true,
      formatter: (value: number) => (odd && value <= odd.at ? odd.label : formatNumber(value)),
    },
  });
}

function place(dimension: Dimension, log: boolean, index: number): number | string {
  const value = dimension.values[index];
  if (dimension.kind === "category") return value === undefined ? missing : String(value);
  return placeOn(extentOf(dimension, log), value, log);
}

/** A point for each run, at its values of two dimensions. */
export function scatterOption(
  x: Dimension,
  y: Dimension,
  log: { x: boolean; y: boolean },
  marks: readonly Mark[],
  theme: ChartTheme,
): ChartOption {
  const colour = (index: number) => theme.runs[marks[index]?.style.colour ?? 0] ?? theme.accent;
  return {
    ...frame(theme),
    grid: { left: 26, right: 20, top: 14, bottom: 30, containLabel: true },
    xAxis: axisOf(x, log.x, 26, theme),
    yAxis: axisOf(y, log.y, 48, theme),
    tooltip: {
      trigger: "item",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip-frame",
      formatter: ({ dataIndex }: { dataIndex: number }) =>
        tip(marks[dataIndex]?.name ?? "", [
          { colour: colour(dataIndex), name: x.label, value: said(x.values[dataIndex]) },
          { colour: colour(dataIndex), name: y.label, value: said(y.values[dataIndex]) },
        ]),
    },
    series: [
      {
        type: "scatter",
        id: "runs",
        symbolSize: 11,
        data: marks.map((mark, index) => ({
          name: mark.name,
          value: [place(x, log.x, index), place(y, log.y, index)],
          symbol: symbols[mark.style.dash] ?? "circle",
          itemStyle: { color: colour(index), borderColor: theme.surface, borderWidth: 1 },
        })),
      },
    ],
  };
}
