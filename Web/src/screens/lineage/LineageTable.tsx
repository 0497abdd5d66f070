import { useState } from "react";
import { places } from "../../places";
import { Link } from "../../router";
import { Age } from "../../ui/now";
import { TableBox } from "../../ui/table";
import { ThingLink } from "./ThingLink";
import type { Lineage, Thing, Tie } from "./connections";
import { distanceWords, kindWords, thingName } from "./things";

const rowsAtOnce = 200;
const sourcesMax = 3;

function Sources({ ties, lineage, names }: { ties: Tie[]; lineage: Lineage; names: ReadonlyMap<string, string> }) {
  const shown = ties.slice(0, sourcesMax).flatMap((tie) => ({ tie, thing: lineage.things.get(tie.from) }));
  return (
    <>
      {shown.map(({ tie, thing }, index) => thing && (
        <span key={index}>
          {index > 0 && ", "}
          <ThingLink thing={thing} names={names} /> <span className="quiet">({tie.relation.replace(/_/g, " ")})</span>
        </span>
      ))}
      {ties.length > sourcesMax && <span className="quiet"> and {ties.length - sourcesMax} more</span>}
      {ties.length === 0 && "—"}
    </>
  );
}

/** The same as the graph in rows, upstream first: each thing, how far it is, and what it came from. */
export function LineageTable({ lineage, names }: { lineage: Lineage; names: ReadonlyMap<string, string> }) {
  const [rows, setRows] = useState(rowsAtOnce);
  const tiesTo = new Map<string, Tie[]>();
  for (const tie of lineage.ties) {
    const known = tiesTo.get(tie.to);
    if (known) known.push(tie);
    else tiesTo.set(tie.to, [tie]);
  }
  const things = [...lineage.things.values()];
  const row = (thing: Thing) => {
    const ties = tiesTo.get(thing.key) ?? [];
    const since = ties[0] && ties.reduce((first, tie) => Math.min(first, tie.at), ties[0].at);
    const name = thingName(thing.kind, thing.id, names);
    return (
      <tr key={thing.key} className={thing.key === lineage.root ? "chosen" : undefined}>
        <th scope="row" className="wrap"><ThingLink thing={thing} names={names} isRow /></th>
        <td>{kindWords(thing.kind)}</td>
        <td>{distanceWords(thing.depth)}</td>
        <td className="wrap"><Sources ties={ties} lineage={lineage} names={names} /></td>
        <td><Age at={since} /></td>
        <td>
          {thing.key !== lineage.root && (
            <Link className="link" href={places.lineage(thing.kind, thing.id)} aria-label={`Lineage of ${name}`}>lineage</Link>
          )}
        </td>
      </tr>
    );
  };
  return (
    <>
      <TableBox label="Lineage">
        <table>
          <thead>
            <tr>
              <th scope="col">Thing</th>
              <th scope="col">Kind</th>
              <th scope="col">Where</th>
              <th scope="col">Came from</th>
              <th scope="col">Since</th>
              <th scope="col"><span className="visually-hidden">Its own lineage</span></th>
            </tr>
          </thead>
          <tbody>{things.slice(0, rows).map(row)}</tbody>
        </table>
      </TableBox>
      {things.length > rows && (
        <div className="table-foot lineage-foot">
          <span>{rows} of {things.length}</span>
          <button type="button" onClick={() => setRows(rows + rowsAtOnce)}>More</button>
        </div>
      )}
    </>
  );
}
