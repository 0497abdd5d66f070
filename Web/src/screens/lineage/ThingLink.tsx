import { Link } from "../../router";
import type { Thing } from "./connections";
import { thingDetail, thingName, thingPlace } from "./things";

/** A thing by its name, with the link to its page. */
export function ThingLink({ thing, names, isRow }: { thing: Thing; names: ReadonlyMap<string, string>; isRow?: boolean }) {
  const detail = thingDetail(thing.kind, thing.id);
  return (
    <Link href={thingPlace(thing.kind, thing.id)} title={thing.id} {...(isRow ? { "data-row-link": true } : {})}>
      {thingName(thing.kind, thing.id, names)}
      {detail && <> <span className="quiet mono">{detail}</span></>}
    </Link>
  );
}
