import type { Placed } from "../../graph/layout";
import type { Edge } from "../../graph/ways";

/** The box to which a key leads: left and right along the edges, up and down within the layer, Home to the root. */
export function nextBox(
  key: string, from: string, root: string, boxes: ReadonlyMap<string, Placed>, edges: readonly Edge[],
): string | undefined {
  const here = boxes.get(from);
  if (!here) return undefined;
  switch (key) {
    case "Home": return root;
    case "ArrowLeft": return nearest(here, boxes, edges.filter((edge) => edge.to === from).map((edge) => edge.from));
    case "ArrowRight": return nearest(here, boxes, edges.filter((edge) => edge.from === from).map((edge) => edge.to));
    case "ArrowUp":
    case "ArrowDown": {
      const down = key === "ArrowDown";
      const layer = [...boxes].filter(([, box]) => box.x === here.x && (down ? box.y > here.y : box.y < here.y));
      return nearest(here, boxes, layer.map(([other]) => other)) ?? from;
    }
    default: return undefined;
  }
}

/** The one at about the same height; the nearer layer where two are as level. */
function nearest(here: Placed, boxes: ReadonlyMap<string, Placed>, keys: readonly string[]): string | undefined {
  const far = (key: string) => {
    const box = boxes.get(key);
    return box ? Math.abs(box.y - here.y) + Math.abs(box.x - here.x) / 100 : Infinity;
  };
  return keys.reduce<string | undefined>((best, key) => (best === undefined || far(key) < far(best) ? key : best), undefined);
}
