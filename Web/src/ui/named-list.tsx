import { useState, type ReactNode } from "react";
import type { Listed } from "../api/queries";
import { sortOf, type SortChoice } from "../format/sort";
import { useParam } from "../router";
import { ErrorNote, Loading, ScreenHead } from "./basics";
import { FindBar } from "./find";
import { TableBox } from "./table";

type Comparable = string | number;

const rowsAtOnce = 200;

function statusOf(found: number, { items, more }: Listed<unknown>): string {
  if (more) return `the first ${found}; finding by name looks in all`;
  return found === items.length ? `${found} in all` : `${found} of ${items.length}`;
}

/** The items in the order of a key; those that are alike stay as they are. */
export function ordered<T>(items: readonly T[], value: (item: T) => Comparable, descending: boolean): T[] {
  const compare = (a: T, b: T) => {
    const [left, right] = [value(a), value(b)];
    return left < right ? -1 : left > right ? 1 : 0;
  };
  return [...items].sort((a, b) => (descending ? compare(b, a) : compare(a, b)));
}

/**
 * A screen that lists things by name: found as one types, sorted by its heads. Both are in the URL.
 *
 * `sorts` says by what each sort key orders; `head` and `row` draw the table.
 */
export function NamedList<T>({ title, actions, answer, nameOf, sorts, standardSort, empty, head, row }: {
  title: string;
  actions?: ReactNode;
  answer: { value?: Listed<T>; error?: Error; reload: () => void };
  nameOf: (item: T) => string;
  sorts: Record<string, (item: T) => Comparable>;
  standardSort: string;
  empty: ReactNode;
  head: (sorting: { sort: SortChoice; onSort: (text: string) => void }) => ReactNode;
  row: (item: T) => ReactNode;
}) {
  const { value, error, reload } = answer;
  const [find, setFind] = useParam("find");
  const [sortText, setSort] = useParam("sort", standardSort);
  const sort = sortOf(sortText);
  const [rows, setRows] = useState(rowsAtOnce);
  const all = value?.items ?? [];
  const found = all.filter((item) => nameOf(item).toLowerCase().includes(find.trim().toLowerCase()));
  const by = sorts[sort.key];
  const shown = by ? ordered(found, by, sort.descending) : found;
  return (
    <>
      <ScreenHead title={title}>{actions}</ScreenHead>
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value && all.length === 0 && find.trim() === "" && empty}
      {value && (all.length > 0 || find.trim() !== "") && (
        <>
          <FindBar
            label="Find by name"
            find={find}
            onFind={setFind}
            status={statusOf(found.length, value)}
          />
          <div className="framed-box">
            <TableBox label={title}>
              <table>
                <thead><tr>{head({ sort, onSort: setSort })}</tr></thead>
                <tbody>{shown.slice(0, rows).map(row)}</tbody>
              </table>
            </TableBox>
            {shown.length > rows && (
              <div className="table-foot">
                <span>{rows} of {shown.length}</span>
                <button type="button" onClick={() => setRows(rows + rowsAtOnce)}>More</button>
              </div>
            )}
          </div>
        </>
      )}
    </>
  );
}
