/** The path of a small line through values, NaN as gaps; "" when fewer than two values can be drawn. */
export function sparkPath(values: readonly number[], width: number, height: number): string {
  const drawable = (value: number) => Math.abs(value) < 1e300;
  const finite = values.filter(drawable);
  if (finite.length < 2) return "";
  const low = Math.min(...finite);
  const span = Math.max(...finite) - low;
  const inset = 1.5;
  const x = (index: number) => inset + (index / (values.length - 1)) * (width - 2 * inset);
  const y = (value: number) =>
    span === 0 ? height / 2 : height - inset - ((value - low) / span) * (height - 2 * inset);
  let path = "";
  let pen = false;
  values.forEach((value, index) => {
    if (!drawable(value)) {
      pen = false;
      return;
    }
    path += `${pen ? "L" : "M"}${x(index).toFixed(1)} ${y(value).toFixed(1)}`;
    pen = true;
  });
  return path;
}

/** A line as high as the text, beside a number that says the same in words. */
export function Spark({ values, colour }: { values: readonly number[]; colour: number }) {
  const width = 56;
  const height = 16;
  const path = sparkPath(values, width, height);
  return (
    <svg className="spark" width={width} height={height} viewBox={`0 0 ${width} ${height}`} aria-hidden="true">
      {path && <path d={path} className={`run-stroke-${colour}`} />}
    </svg>
  );
}
