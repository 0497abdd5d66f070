import { formatNumber, missing } from "../format/number";
import { extentOf, placeOn, suitsLog, type Dimension } from "./dimension";
import { frame, tip, type ChartOption, type ChartTheme } from "./option";
import { dashes, type RunStyle } from "./run-style";

/** A run as a plot over runs shows it. */
export interface Mark {
  name: string;
  style: RunStyle;
}

/** A value of a dimension for reading. */
export function said(value: number | string | undefined): string {
  if (value === undefined) return missing;
  return typeof value === "number" ? formatNumber(value, 6) : value === "" ? "“”" : value;
}

function axisOf(dimension: Dimension, index: number, theme: ChartTheme): ChartOption {
  const shared = {
    dim: index,
    nameTextStyle: { color: theme.text, fontSize: 12 },
    axisLine: { lineStyle: { color: theme.quiet } },
    axisTick: { show: false },
    areaSelectStyle: { width: 18, borderColor: theme.accent, color: theme.accent, opacity: 0.18 },
  };
  // Lines run across the labels.
  const label = { color: theme.quiet, fontSize: 11, textBorderColor: theme.surface, textBorderWidth: 3 };
  if (dimension.kind === "category") {
    const data = dimension.values.some((value) => value === undefined)
      ? [missing, ...dimension.categories]
      : dimension.categories;
    return { ...shared, name: dimension.label, type: "category", data, axisLabel: { ...label, interval: 0 } };
  }
  const log = suitsLog(dimension);
  const extent = extentOf(dimension, log);
  const odd = extent.odd;
  const words = (value: number) => {
    if (!odd) return formatNumber(value);
    const reach = log ? odd.at * 1.000001 : odd.at + (extent.max - odd.at) * 1e-6;
    if (value <= reach) return odd.label;
    // Ticks between the odd place and the lowest number would stand for nothing.
    const next = log ? odd.at * (extent.max / odd.at) ** 0.1 : odd.at + (extent.max - odd.at) * 0.1;
    return value < next ? "" : formatNumber(value);
  };
  return {
    ...shared,
    name: log ? `${dimension.label} (log)` : dimension.label,
    type: log ? "log" : "value",
    ...(odd ? { min: extent.min, max: extent.max } : { scale: true }),
    axisLabel: { ...label, hideOverlap: true, formatter: words },
  };
}

function place(dimension: Dimension, value: number | string | undefined): number | string {
  if (dimension.kind === "category") return value === undefined ? missing : String(value);
  const log = suitsLog(dimension);
  return placeOn(extentOf(dimension, log), value, log);
}

/** A line for each run across an axis for each dimension; an area drawn along an axis keeps the lines through it. */
export function parallelOption(dimensions: readonly Dimension[], marks: readonly Mark[], theme: ChartTheme): ChartOption {
  const data = marks.map((mark, index) => ({
    name: mark.name,
    value: dimensions.map((dimension) => place(dimension, dimension.values[index])),
    lineStyle: { color: theme.runs[mark.style.colour] ?? theme.accent, type: dashes[mark.style.dash] },
  }));
  return {
    ...frame(theme),
    parallel: { left: 56, right: 90, top: 34, bottom: 20 },
    parallelAxis: dimensions.map((dimension, index) => axisOf(dimension, index, theme)),
    tooltip: {
      trigger: "item",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip-frame",
      formatter: ({ dataIndex, name }: { dataIndex: number; name: string }) =>
        tip(
          name,
          dimensions.map((dimension) => ({
            colour: theme.runs[marks[dataIndex]?.style.colour ?? 0] ?? theme.accent,
            name: dimension.label,
            value: said(dimension.values[dataIndex]),
          })),
        ),
    },
    series: [
      {
        type: "parallel",
        id: "runs",
        data,
        lineStyle: { width: marks.length > 100 ? 1 : 2, opacity: marks.length > 100 ? 0.45 : 0.85 },
        inactiveOpacity: 0.07,
        activeOpacity: 0.95,
        emphasis: { lineStyle: { width: 3 } },
      },
    ],
  };
}
