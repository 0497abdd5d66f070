import type { ReactNode } from "react";
import { sortOf, type SortChoice } from "../format/sort";
import { useParam } from "../router";
import { ErrorNote, Loading, ScreenHead } from "./basics";
import { FindBar } from "./find";
import { TableBox } from "./table";

type Comparable = string | number;

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
  answer: { value?: T[]; error?: Error; reload: () => void };
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
  const found = (value ?? []).filter((item) => nameOf(item).toLowerCase().includes(find.trim().toLowerCase()));
  const by = sorts[sort.key];
  const shown = by ? ordered(found, by, sort.descending) : found;
  return (
    <>
      <ScreenHead title={title}>{actions}</ScreenHead>
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value?.length === 0 && empty}
      {value && value.length > 0 && (
        <>
          <FindBar
            label="Find by name"
            find={find}
            onFind={setFind}
            status={found.length === value.length ? `${value.length} in all` : `${found.length} of ${value.length}`}
          />
          <div className="framed-box">
            <TableBox label={title}>
              <table>
                <thead><tr>{head({ sort, onSort: setSort })}</tr></thead>
                <tbody>{shown.map(row)}</tbody>
              </table>
            </TableBox>
          </div>
        </>
      )}
    </>
  );
}
