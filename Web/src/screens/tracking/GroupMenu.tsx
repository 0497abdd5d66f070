import { columnName, type ColumnChoice } from "./runs";

const shownMax = 200;

/** By which param or tag the runs are put into groups. */
export function GroupMenu({ available, chosen, onChoose }: {
  available: readonly ColumnChoice[];
  chosen: ColumnChoice | undefined;
  /** The name of a column; "" for none. */
  onChoose: (column: string) => void;
}) {
  const name = chosen ? columnName(chosen) : "";
  const offered = available.filter((column) => column.kind !== "metrics" && columnName(column) !== name);
  if (offered.length === 0 && !chosen) return null;
  return (
    <select
      className="group-menu"
      aria-label="Group by"
      value={name}
      onChange={(event) => onChoose(event.target.value)}
    >
      <option value="">No groups</option>
      {[...(chosen ? [chosen] : []), ...offered.slice(0, shownMax)].map((column) => (
        <option key={columnName(column)} value={columnName(column)}>
          by {column.key}{column.kind === "tags" ? " (tag)" : ""}
        </option>
      ))}
    </select>
  );
}
