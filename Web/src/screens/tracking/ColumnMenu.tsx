import { useState } from "react";
import { Icon } from "../../ui/icon";
import { Popover } from "../../ui/popover";
import { columnName, type ColumnChoice } from "./runs";

const kinds = [
  ["metrics", "Metrics"],
  ["params", "Params"],
  ["tags", "Tags"],
] as const;
const shownMax = 200;

/** Which columns of the runs are shown, in a table or as axes. */
export function ColumnMenu({ label = "Columns", available, chosen, onChoose, onReset }: {
  label?: string;
  available: ColumnChoice[];
  chosen: ColumnChoice[];
  onChoose: (columns: ColumnChoice[]) => void;
  onReset: () => void;
}) {
  const [find, setFind] = useState("");
  const names = new Set(chosen.map(columnName));
  const all = [...available, ...chosen.filter((one) => !available.some((other) => columnName(other) === columnName(one)))];
  const found = all.filter((column) => column.key.toLowerCase().includes(find.trim().toLowerCase()));
  const toggle = (column: ColumnChoice) => {
    const name = columnName(column);
    onChoose(names.has(name) ? chosen.filter((one) => columnName(one) !== name) : [...chosen, column]);
  };
  return (
    <Popover
      label={
        <>
          <Icon name="columns" />
          {label}
        </>
      }
    >
      <input
        type="search"
        aria-label="Find a column"
        placeholder="Find a column"
        value={find}
        onChange={(event) => setFind(event.target.value)}
      />
      {kinds.map(([kind, title]) => {
        const columns = found.filter((column) => column.kind === kind);
        if (columns.length === 0) return null;
        return (
          <fieldset key={kind} className="plain-fieldset">
            <legend>{title}</legend>
            {columns.slice(0, shownMax).map((column) => (
              <label key={columnName(column)} className="check">
                <input type="checkbox" checked={names.has(columnName(column))} onChange={() => toggle(column)} />
                {column.key}
              </label>
            ))}
          </fieldset>
        );
      })}
      <button type="button" className="plain" onClick={onReset}>
        Reset
      </button>
    </Popover>
  );
}
