import type { ReactNode } from "react";
import { TableBox } from "../../ui/table";
import type { ComparedRow } from "./rows";

/** A part of a comparison: its rows, and how a value of them is shown. */
export interface ComparedSection {
  title: string;
  rows: ComparedRow[];
  /** As recorded where absent. */
  format?: (value: string) => string;
}

function Row({ row, section, ids }: { row: ComparedRow; section: ComparedSection; ids: string[] }) {
  return (
    <tr className={row.differs ? "differs" : undefined}>
      <th scope="row" className="stick-start">
        <span className="cell-clip" title={row.key}>{row.key}</span>
      </th>
      {row.values.map((value, index) => (
        <td key={ids[index]}>
          {value === undefined ? (
            <span className="quiet">—</span>
          ) : (
            <span className="cell-clip" title={value}>{section.format?.(value) ?? (value || "“”")}</span>
          )}
        </td>
      ))}
    </tr>
  );
}

/** Things side by side, a column for each; rows that are the same in all of them can be left out. */
export function CompareTable({ label, heads, sections, onlyDiffering }: {
  label: string;
  heads: { id: string; head: ReactNode }[];
  sections: ComparedSection[];
  onlyDiffering: boolean;
}) {
  const ids = heads.map((one) => one.id);
  return (
    <TableBox label={label}>
      <table className="compare-table">
        <thead>
          <tr>
            <th scope="col" className="stick-start"><span className="visually-hidden">Name</span></th>
            {heads.map(({ id, head }) => <th key={id} scope="col">{head}</th>)}
          </tr>
        </thead>
        {sections.map((section) => {
          const shown = onlyDiffering ? section.rows.filter((row) => row.differs) : section.rows;
          const left = section.rows.length - shown.length;
          if (section.rows.length === 0) return null;
          return (
            <tbody key={section.title}>
              <tr className="compare-section">
                <th scope="rowgroup" className="stick-start">{section.title}</th>
                <td colSpan={heads.length} className="quiet">
                  {left > 0 && `${left} the same in all`}
                </td>
              </tr>
              {shown.map((row) => <Row key={row.key} row={row} section={section} ids={ids} />)}
            </tbody>
          );
        })}
      </table>
    </TableBox>
  );
}
