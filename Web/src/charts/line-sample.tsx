import { dashes, type RunStyle } from "./run-style";

/** A piece of a run's line, as a legend shows it: runs of one colour differ by their dashes. */
export function LineSample({ style }: { style: RunStyle }) {
  const dash = dashes[style.dash] ?? "solid";
  return (
    <svg className="spark" width="22" height="10" viewBox="0 0 22 10" aria-hidden="true">
      <path
        d="M0 5H22"
        className={`run-stroke-${style.colour} line-sample`}
        strokeDasharray={dash === "solid" ? undefined : dash.join(" ")}
      />
    </svg>
  );
}
