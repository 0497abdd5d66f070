import type { LineageGraph } from "../../api/schema";
import type { Box } from "../../graph/layout";
import { farthest, neighboursOf, reached, type Edge } from "../../graph/ways";
import { kindRank } from "./things";

/** Something in the graph, and how far it is from the root: below 0 upstream. */
export interface Thing {
  key: string;
  kind: string;
  id: string;
  depth: number;
}

/** What came of what, how, and since when. */
export interface Tie extends Edge {
  relation: string;
  at: number;
}

export interface Lineage {
  root: string;
  things: Map<string, Thing>;
  ties: Tie[];
}

/** Things of one kind drawn as one, or one thing by itself. */
export interface Group extends Box {
  kind: string;
  things: Thing[];
}

/** The ties between two groups. */
export interface GroupEdge extends Edge {
  relations: string[];
}

/** More things of a kind in one layer than these are drawn as one where nobody chose. */
export const groupFrom = 12;

export const keyOf = (thing: { kind: string; id: string }) => `${thing.kind} ${thing.id}`;

/** The answer of the server, with the things by their keys. */
export function lineageOf(graph: LineageGraph): Lineage {
  const things = graph.nodes.map(({ kind, id, depth }): Thing => ({ key: keyOf({ kind, id }), kind, id, depth: depth ?? 0 }));
  return {
    root: keyOf(graph.root),
    things: new Map(things.map((thing) => [thing.key, thing])),
    ties: graph.edges.map(({ from, to, relation, at }) => ({ from: keyOf(from), to: keyOf(to), relation, at })),
  };
}

/** The part within so many steps of the root. */
export function within(lineage: Lineage, upstream: number, downstream: number): Lineage {
  const things = new Map([...lineage.things].filter(([, thing]) => thing.depth >= -upstream && thing.depth <= downstream));
  return { ...lineage, things, ties: lineage.ties.filter((tie) => things.has(tie.from) && things.has(tie.to)) };
}

/** The layer of each thing, the root in 0: every tie leads to the right, if it does not close a circle. */
export function layersOf({ root, ties }: Lineage): Map<string, number> {
  const later = farthest(root, neighboursOf(ties));
  const earlier = farthest(root, neighboursOf(ties.filter((tie) => !later.has(tie.from) || tie.from === root), true));
  return new Map([...[...earlier].map(([key, layer]): [string, number] => [key, 0 - layer]), ...later]);
}

/** How many things there are of each kind, in the order of the kinds. */
export function countsByKind(things: Iterable<Thing>): [string, Thing[]][] {
  const byKind = new Map<string, Thing[]>();
  for (const thing of things) {
    const known = byKind.get(thing.kind);
    if (known) known.push(thing);
    else byKind.set(thing.kind, [thing]);
  }
  return [...byKind].sort(([a], [b]) => kindRank(a) - kindRank(b) || a.localeCompare(b));
}

const groupKey = (thing: Thing, layer: number) => `group ${layer} ${thing.kind}`;

/** The kinds of which some layer holds too many things to draw each. */
export function crowdedKinds(lineage: Lineage, layers: Map<string, number>): Set<string> {
  const counts = new Map<string, number>();
  const crowded = new Set<string>();
  for (const thing of lineage.things.values()) {
    const key = groupKey(thing, layers.get(thing.key) ?? 0);
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    if (count > groupFrom) crowded.add(thing.kind);
  }
  return crowded;
}

/** What is drawn: the things of the kinds in `together` as one for each layer, the root always by itself. */
export function grouped(
  lineage: Lineage, layers: Map<string, number>, together: ReadonlySet<string>,
): { groups: Group[]; edges: GroupEdge[] } {
  const groups = new Map<string, Group>();
  const groupOf = new Map<string, Group>();
  for (const thing of lineage.things.values()) {
    const layer = layers.get(thing.key) ?? 0;
    const key = together.has(thing.kind) && thing.key !== lineage.root ? groupKey(thing, layer) : thing.key;
    const group = groups.get(key) ?? { key, layer, kind: thing.kind, things: [] };
    group.things.push(thing);
    groups.set(key, group);
    groupOf.set(thing.key, group);
  }
  const edges = new Map<string, GroupEdge>();
  for (const tie of lineage.ties) {
    const [from, to] = [groupOf.get(tie.from)?.key, groupOf.get(tie.to)?.key];
    if (from === undefined || to === undefined || from === to) continue;
    const key = JSON.stringify([from, to]);
    const edge = edges.get(key) ?? { from, to, relations: [] };
    if (!edge.relations.includes(tie.relation)) edge.relations.push(tie.relation);
    edges.set(key, edge);
  }
  return { groups: [...groups.values()], edges: [...edges.values()] };
}

/** Everything that came of the root, whatever the way, nearest first; the root is not among it. */
export function downstreamOf(lineage: Lineage): Thing[] {
  const keys = [...reached(lineage.root, neighboursOf(lineage.ties)).keys()];
  return keys.slice(1).flatMap((key) => lineage.things.get(key) ?? []);
}

/** Everything on the ways that lead to a box or from it, itself among it. */
export function waysThrough(key: string, edges: readonly Edge[]): Set<string> {
  return new Set([...reached(key, neighboursOf(edges, true)).keys(), ...reached(key, neighboursOf(edges)).keys()]);
}

/** How many steps of a direction can be asked for. */
export const depthChoices = ["0", "1", "2", "3", "5", "10", "all"];
/** The steps that a choice in the URL means; what is no number is all. */
export const depthOf = (choice: string) => (/^\d+$/.test(choice) ? Number(choice) : Infinity);

/** The kinds that the URL names as drawn together; undefined where nobody chose. */
export function togetherOf(choice: string): Set<string> | undefined {
  if (choice === "") return undefined;
  return new Set(choice === "none" ? [] : choice.split(","));
}

export const togetherText = (kinds: ReadonlySet<string>) => (kinds.size === 0 ? "none" : [...kinds].sort().join(","));
