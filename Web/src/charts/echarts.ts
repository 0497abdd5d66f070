import type { ChartOption } from "./option";

/** What is used of an ECharts instance. */
export interface EChart {
  setOption(option: ChartOption, settings?: { notMerge?: boolean; replaceMerge?: string[] }): void;
  resize(): void;
  dispose(): void;
  dispatchAction(action: { type: string; [field: string]: unknown }): void;
  on(event: string, act: (event: unknown) => void): void;
  getModel(): { getSeries(): { getRawIndicesByActiveState(state: "active" | "inactive" | "normal"): number[] }[] };
}

/** What is used of the ECharts library. */
export interface ECharts {
  init(element: HTMLElement, theme: null, settings: { renderer: "canvas" | "svg" }): EChart;
}

let loading: Promise<ECharts> | undefined;

/** ECharts, read once when the first chart is drawn. */
export function loadECharts(): Promise<ECharts> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = ECHARTS_URL;
    script.onload = () => resolve((window as unknown as { echarts: ECharts }).echarts);
    script.onerror = () => {
      loading = undefined;
      script.remove();
      reject(new Error("The chart library could not be read."));
    };
    document.head.append(script);
  });
  return loading;
}
