import { neighboursOf, type Edge, type Neighbours } from "./ways";

/** A thing to place in a layer; layers go from left to right. */
export interface Box {
  key: string;
  layer: number;
}

export interface Placed {
  /** The left upper corner. */
  x: number;
  y: number;
}

export interface Picture {
  boxes: Map<string, Placed>;
  /** The edges as paths of SVG, in the order in which they were given. */
  paths: string[];
  width: number;
  height: number;
}

export const boxWidth = 188;
export const boxHeight = 44;
const layerGap = 44;
const rowGap = 12;
const bendGap = 8;
const margin = 12;
/** Beyond so many bends, edges over several layers are drawn straight. */
const bendsMax = 4000;
const orderSweeps = 4;
const levelSweeps = 6;

/** A box, or the place where an edge over several layers passes one of them. */
interface Spot {
  key: string;
  isBend: boolean;
  y: number;
}

/** Places boxes and edges so that few edges cross and most are level. Every box is in an integral layer. */
export function arranged(boxes: readonly Box[], edges: readonly Edge[]): Picture {
  const layerOf = new Map(boxes.map((box) => [box.key, box.layer]));
  const first = Math.min(...layerOf.values());
  const count = boxes.length === 0 ? 0 : Math.max(...layerOf.values()) - first + 1;
  const layers: Spot[][] = Array.from({ length: count }, () => []);
  for (const box of boxes) layers[box.layer - first]?.push({ key: box.key, isBend: false, y: 0 });
  const { steps, bendsOf } = bent(edges, layerOf, first, layers);
  const before = neighboursOf(steps, true);
  const after = neighboursOf(steps);
  order(layers, before, after);
  level(layers, before, after);
  return drawn(layers, edges, bendsOf, layerOf, first);
}

/** The edges as steps from one layer to the next, with bends put into the layers between. */
function bent(
  edges: readonly Edge[], layerOf: Map<string, number>, first: number, layers: Spot[][],
): { steps: Edge[]; bendsOf: Spot[][] } {
  const steps: Edge[] = [];
  let bends = 0;
  const bendsOf = edges.map((edge, index) => {
    const from = layerOf.get(edge.from) ?? 0;
    const to = layerOf.get(edge.to) ?? 0;
    const between = to - from - 1;
    if (between < 0 || bends + between > bendsMax) return [];
    bends += between;
    const spots: Spot[] = [];
    let last = edge.from;
    for (let layer = from + 1; layer < to; layer += 1) {
      const spot = { key: `bend ${index} ${layer}`, isBend: true, y: 0 };
      layers[layer - first]?.push(spot);
      spots.push(spot);
      steps.push({ from: last, to: spot.key });
      last = spot.key;
    }
    steps.push({ from: last, to: edge.to });
    return spots;
  });
  return { steps, bendsOf };
}

/** Sorts each layer by the middle of its neighbours, from the left and from the right in turn. */
function order(layers: Spot[][], before: Neighbours, after: Neighbours): void {
  const places = new Map<string, number>();
  const note = (layer: Spot[]) => layer.forEach((spot, place) => places.set(spot.key, place));
  layers.forEach(note);
  const sortBy = (layer: Spot[], neighbours: Neighbours) => {
    const wanted = new Map(layer.map((spot, place) => [spot.key, mean(spot.key, neighbours, places) ?? place]));
    layer.sort((a, b) => (wanted.get(a.key) ?? 0) - (wanted.get(b.key) ?? 0));
    note(layer);
  };
  for (let sweep = 0; sweep < orderSweeps; sweep += 1) {
    for (const layer of layers) sortBy(layer, before);
    for (const layer of [...layers].reverse()) sortBy(layer, after);
  }
}

/** Moves each spot, within the order of its layer, as near as can be to the height of its neighbours. */
function level(layers: Spot[][], before: Neighbours, after: Neighbours): void {
  const heights = new Map<string, number>();
  const settle = (layer: Spot[], wantedOf: (spot: Spot) => number | undefined) => {
    const apart = layer.map((spot, at) => (at === 0 ? 0 : distance(layer[at - 1] as Spot, spot)));
    const middles = spread(layer.map((spot) => wantedOf(spot) ?? spot.y), apart);
    layer.forEach((spot, at) => {
      spot.y = middles[at] ?? 0;
      heights.set(spot.key, spot.y);
    });
  };
  for (const layer of layers) settle(layer, () => 0);
  for (let sweep = 0; sweep < levelSweeps; sweep += 1) {
    const [ordered, neighbours] = sweep % 2 === 0 ? [layers, before] : [[...layers].reverse(), after];
    for (const layer of ordered) settle(layer, (spot) => mean(spot.key, neighbours, heights));
  }
}

const distance = (above: Spot, below: Spot) =>
  (above.isBend ? 0 : boxHeight / 2) + (below.isBend ? 0 : boxHeight / 2) + (above.isBend || below.isBend ? bendGap : rowGap);

function mean(key: string, neighbours: Neighbours, values: Map<string, number>): number | undefined {
  const near = neighbours.get(key);
  if (!near || near.length === 0) return undefined;
  return near.reduce((sum, other) => sum + (values.get(other) ?? 0), 0) / near.length;
}

/**
 * The places nearest to those wanted, by the sum of squares, of which each lies at least `apart` beyond the one before.
 *
 * With the least distances taken off, the places must only never fall: neighbours that do are pooled at their mean.
 */
export function spread(wanted: readonly number[], apart: readonly number[]): number[] {
  const offsets: number[] = [];
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((place, at) => {
    const offset = (offsets[at - 1] ?? 0) + (apart[at] ?? 0);
    offsets.push(offset);
    let pool = { sum: place - offset, count: 1 };
    for (let last = pools[pools.length - 1]; last && last.sum / last.count > pool.sum / pool.count; last = pools[pools.length - 1]) {
      pools.pop();
      pool = { sum: pool.sum + last.sum, count: pool.count + last.count };
    }
    pools.push(pool);
  });
  const pooled = pools.flatMap((pool) => new Array<number>(pool.count).fill(pool.sum / pool.count));
  return pooled.map((place, at) => place + (offsets[at] ?? 0));
}

const leftOf = (column: number) => margin + column * (boxWidth + layerGap);

function drawn(
  layers: Spot[][], edges: readonly Edge[], bendsOf: Spot[][], layerOf: Map<string, number>, first: number,
): Picture {
  const spots = layers.flat().filter((spot) => !spot.isBend);
  const all = layers.flat().map((spot) => spot.y);
  const top = all.reduce((least, y) => Math.min(least, y), Infinity) - boxHeight / 2 - margin;
  const bottom = all.reduce((most, y) => Math.max(most, y), -Infinity) + boxHeight / 2 + margin;
  const middles = new Map(spots.map((spot) => [spot.key, Math.round(spot.y - top)]));
  const columnOf = (key: string) => (layerOf.get(key) ?? first) - first;
  const paths = edges.map((edge, index) => {
    const from = columnOf(edge.from);
    let path = "";
    let x = leftOf(from) + boxWidth;
    let y = middles.get(edge.from) ?? 0;
    path += `M${x} ${y}`;
    const curve = (toX: number, toY: number) => {
      const reach = Math.max(layerGap / 2, (toX - x) / 2);
      path += `C${x + reach} ${y} ${toX - reach} ${toY} ${toX} ${toY}`;
      [x, y] = [toX, toY];
    };
    (bendsOf[index] ?? []).forEach((bend, at) => {
      curve(leftOf(from + at + 1), Math.round(bend.y - top));
      x += boxWidth;
      path += `H${x}`;
    });
    curve(leftOf(columnOf(edge.to)), middles.get(edge.to) ?? 0);
    return path;
  });
  return {
    boxes: new Map(spots.map((spot) => [
      spot.key, { x: leftOf(columnOf(spot.key)), y: (middles.get(spot.key) ?? 0) - boxHeight / 2 },
    ])),
    paths,
    width: layers.length === 0 ? 0 : leftOf(layers.length - 1) + boxWidth + margin,
    height: spots.length === 0 ? 0 : Math.round(bottom - top),
  };
}
