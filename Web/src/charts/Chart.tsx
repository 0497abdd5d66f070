import { useEffect, useRef, useState, type KeyboardEvent } from "react";
import { loadECharts, type EChart } from "./echarts";
import type { ChartOption } from "./option";

/** Whether an element is on the screen, or nearly. */
function useOnScreen(element: React.RefObject<HTMLElement>): boolean {
  const [seen, setSeen] = useState(false);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver(([entry]) => setSeen(entry?.isIntersecting ?? false), {
      rootMargin: "150px",
    });
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element]);
  return seen;
}

/** What happens on a chart: ECharts' name of the event, and what to do with the chart then. */
export type ChartEvents = Record<string, (chart: EChart, event: unknown) => void>;

/** How the arrow keys walk along a chart: how many stops there are, what each says, and where its tooltip stands. */
export interface Walk {
  count: number;
  say: (index: number) => string;
  where?: (index: number) => { seriesIndex: number; dataIndex: number };
}

/**
 * A chart. It is made when it first comes onto the screen and drawn only while it is there.
 *
 * `label` says in a sentence what is to be seen; `walk` says the value at a place, for the arrow keys.
 */
export function Chart({ option, height, label, walk, events }: {
  option: ChartOption;
  height: number;
  label: string;
  walk?: Walk;
  events?: ChartEvents;
}) {
  const box = useRef<HTMLDivElement>(null);
  const [chart, setChart] = useState<EChart>();
  const [failure, setFailure] = useState<string>();
  const [at, setAt] = useState(-1);
  const seen = useOnScreen(box);
  const acts = useRef(events);
  acts.current = events;

  useEffect(() => {
    if (!seen || chart) return undefined;
    let gone = false;
    loadECharts().then(
      (echarts) => {
        if (!gone && box.current) setChart(echarts.init(box.current, null, { renderer: "canvas" }));
      },
      (error: Error) => setFailure(error.message),
    );
    return () => {
      gone = true;
    };
  }, [seen, chart]);
  useEffect(() => {
    if (!chart || !box.current) return undefined;
    for (const name of Object.keys(acts.current ?? {})) {
      chart.on(name, (event) => acts.current?.[name]?.(chart, event));
    }
    const observer = new ResizeObserver(() => chart.resize());
    observer.observe(box.current);
    return () => {
      observer.disconnect();
      chart.dispose();
    };
  }, [chart]);
  useEffect(() => {
    if (chart && seen) chart.setOption(option, { replaceMerge: ["series"] });
  }, [chart, seen, option]);

  const step = (event: KeyboardEvent) => {
    if (!walk || walk.count === 0) return;
    const steps: Record<string, number> = {
      ArrowRight: at + 1, ArrowLeft: at < 0 ? walk.count - 1 : at - 1, Home: 0, End: walk.count - 1,
    };
    const target = steps[event.key];
    if (target === undefined) return;
    event.preventDefault();
    const next = Math.min(walk.count - 1, Math.max(0, target));
    setAt(next);
    const place = walk.where?.(next) ?? { seriesIndex: 0, dataIndex: next };
    chart?.dispatchAction({ type: "showTip", ...place });
  };
  const leave = () => {
    setAt(-1);
    chart?.dispatchAction({ type: "hideTip" });
  };

  if (failure) return <p className="note">{failure}</p>;
  return (
    <>
      <div
        ref={box}
        className="chart"
        style={{ height }}
        role="img"
        aria-label={label}
        tabIndex={walk ? 0 : undefined}
        onKeyDown={step}
        onBlur={leave}
      />
      {walk && (
        <span className="visually-hidden" aria-live="polite">
          {at >= 0 && at < walk.count ? walk.say(at) : ""}
        </span>
      )}
    </>
  );
}
