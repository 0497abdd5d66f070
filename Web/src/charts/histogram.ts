import { formatNumber, formatShare } from "../format/number";
import { axis, frame, tip, type ChartOption, type ChartTheme } from "./option";

export interface Shares {
  labels: string[];
  reference: number[];
  current: number[];
}

type Edge = number | string | null;

/** Names of bins: intervals between edges, where null is infinite; texts name categories themselves. */
export function binLabels(edges: readonly Edge[], bins: number): string[] {
  const number = (edge: Edge | undefined) => (typeof edge === "number" ? formatNumber(edge, 3) : String(edge));
  if (edges.length !== bins + 1) return edges.map(number);
  return Array.from({ length: bins }, (_, index) => {
    const low = edges[index];
    const high = edges[index + 1];
    if (low === null && high === null) return "all";
    if (low === null) return `≤ ${number(high)}`;
    if (high === null) return `> ${number(low)}`;
    return `${number(low)} – ${number(high)}`;
  });
}

/** Shares of the reference window as an outline behind those of the current one. */
export function histogramOption(shares: Shares, theme: ChartTheme): ChartOption {
  const bar = (name: string, data: number[], style: ChartOption, more: ChartOption = {}): ChartOption => ({
    type: "bar",
    name,
    data,
    itemStyle: style,
    emphasis: { disabled: true },
    ...more,
  });
  return {
    ...frame(theme),
    grid: { left: 8, right: 16, top: 32, bottom: 8, containLabel: true },
    legend: {
      top: 0, left: 0, itemWidth: 12, itemHeight: 10, textStyle: { color: theme.text, fontSize: 12 },
    },
    xAxis: axis(theme, {
      type: "category",
      data: shares.labels,
      splitLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, interval: 0, rotate: shares.labels.length > 6 ? 30 : 0 },
    }),
    yAxis: axis(theme, {
      type: "value",
      axisLine: { show: false },
      axisLabel: { color: theme.quiet, fontSize: 11, formatter: (value: number) => formatShare(value) },
    }),
    tooltip: {
      trigger: "axis",
      confine: true,
      transitionDuration: 0,
      className: "chart-tip-frame",
      axisPointer: { type: "shadow" },
      formatter: (rows: { name: string; seriesName: string; color: string; value: number }[]) =>
        tip(
          rows[0]?.name ?? "",
          rows.map((row) => ({
            colour: row.seriesName === "Reference" ? theme.reference : theme.accent,
            name: row.seriesName,
            value: formatShare(row.value),
          })),
        ),
    },
    series: [
      bar("Reference", shares.reference, {
        color: theme.reference, opacity: 0.55,
      }, { barGap: "-100%", barCategoryGap: "18%", z: 2 }),
      bar("Current", shares.current, {
        color: "transparent", borderColor: theme.accent, borderWidth: 2,
      }, { z: 3 }),
    ],
  };
}
