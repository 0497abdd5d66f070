/** From one thing to another. */
export interface Edge {
  from: string;
  to: string;
}

export type Neighbours = Map<string, string[]>;

/** Where the edges lead from each thing, or, against their direction, where they come from; each neighbour once. */
export function neighboursOf(edges: readonly Edge[], against = false): Neighbours {
  const sets = new Map<string, Set<string>>();
  for (const { from, to } of edges) {
    const [start, end] = against ? [to, from] : [from, to];
    const known = sets.get(start);
    if (known) known.add(end);
    else sets.set(start, new Set([end]));
  }
  return new Map([...sets].map(([key, set]) => [key, [...set]]));
}

/** What is reached from a start, which is among it, with the edges on the shortest way there. */
export function reached(start: string, next: Neighbours): Map<string, number> {
  const distances = new Map([[start, 0]]);
  // A map gives what is added while it is walked.
  for (const [key, distance] of distances) {
    for (const other of next.get(key) ?? []) if (!distances.has(other)) distances.set(other, distance + 1);
  }
  return distances;
}

/** What is reached from a start, with the edges on the longest way there; an edge that closes a circle counts for none. */
export function farthest(start: string, next: Neighbours): Map<string, number> {
  const { order, closing } = finished(start, next);
  const distances = new Map([[start, 0]]);
  for (const key of order.reverse()) {
    const distance = (distances.get(key) ?? 0) + 1;
    for (const other of next.get(key) ?? []) {
      if (!closing.get(key)?.has(other)) distances.set(other, Math.max(distances.get(other) ?? 0, distance));
    }
  }
  return distances;
}

/** Things in the order in which a walk in depth leaves them, and the edges that lead back into the walk's own way. */
function finished(start: string, next: Neighbours): { order: string[]; closing: Map<string, Set<string>> } {
  const order: string[] = [];
  const closing = new Map<string, Set<string>>();
  const open = new Map([[start, true]]);
  const way = [{ key: start, at: 0 }];
  for (let top = way[0]; top; top = way[way.length - 1]) {
    const { key } = top;
    const other = next.get(key)?.[top.at];
    top.at += 1;
    if (other === undefined) {
      open.set(key, false);
      order.push(key);
      way.pop();
    } else if (!open.has(other)) {
      open.set(other, true);
      way.push({ key: other, at: 0 });
    } else if (open.get(other)) {
      closing.set(key, (closing.get(key) ?? new Set()).add(other));
    }
  }
  return { order, closing };
}
