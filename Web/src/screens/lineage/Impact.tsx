import { endpointsQuery } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Endpoint } from "../../api/schema";
import { Panel } from "../../ui/basics";
import { Status } from "../../ui/status";
import { ThingLink } from "./ThingLink";
import { countsByKind, keyOf, type Thing } from "./connections";
import { countWords } from "./things";

const listedMax = 50;
/** A list as long as this is open at first. */
const openMax = 5;

type Serving = "now" | "other" | "gone";

/** Whether each endpoint serves something affected now; it may have before, and serve another version since. */
function servingOf(endpoints: readonly Endpoint[], affected: ReadonlySet<string>): (name: string) => Serving {
  const byName = new Map(endpoints.map((endpoint) => [endpoint.name, endpoint]));
  return (name) => {
    const endpoint = byName.get(name);
    if (!endpoint) return "gone";
    const version = { kind: "model_version", id: `${endpoint.model_name}/${endpoint.model_version}` };
    return affected.has(keyOf(version)) ? "now" : "other";
  };
}

function ServingMark({ serving }: { serving: Serving }) {
  if (serving === "now") return <span className="list-side"><Status tone="warn">serves it now</Status></span>;
  return <span className="list-side">{serving === "gone" ? "not deployed now" : "serves another version now"}</span>;
}

/** Everything that came of the root by kind, endpoints first: what has to be looked at when the root changes. */
export function Impact({ root, things, names, isCut }: {
  root: string;
  things: Thing[];
  names: ReadonlyMap<string, string>;
  isCut: boolean;
}) {
  const hasEndpoints = things.some((thing) => thing.kind === "endpoint");
  const endpoints = useQuery(hasEndpoints ? endpointsQuery() : null).value;
  const affected = new Set([root, ...things.map((thing) => thing.key)]);
  const serving = endpoints && servingOf(endpoints, affected);
  const ordered = (kind: string, of: Thing[]) =>
    kind === "endpoint" && serving
      ? [...of].sort((a, b) => Number(serving(b.id) === "now") - Number(serving(a.id) === "now"))
      : of;
  return (
    <Panel title="What breaks if this changes" note={`${things.length}${isCut ? " or more" : ""}`}>
      {things.length === 0 && <p className="panel-body quiet">Nothing came of it.</p>}
      <div className="impact-kinds">
        {countsByKind(things).map(([kind, of]) => (
          <details key={kind} className="impact" open={kind === "endpoint" || of.length <= openMax}>
            <summary>{countWords(kind, of.length)}</summary>
            <ul className="list">
              {ordered(kind, of).slice(0, listedMax).map((thing) => (
                <li key={thing.key}>
                  <span className="list-main"><ThingLink thing={thing} names={names} /></span>
                  {kind === "endpoint" && serving && <ServingMark serving={serving(thing.id)} />}
                </li>
              ))}
              {of.length > listedMax && <li className="quiet">and {of.length - listedMax} more, in the table</li>}
            </ul>
          </details>
        ))}
      </div>
    </Panel>
  );
}
