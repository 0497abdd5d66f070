import { memo, useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent, type MouseEvent } from "react";
import { arranged, boxHeight, boxWidth, type Placed } from "../../graph/layout";
import { Link } from "../../router";
import { Icon } from "../../ui/icon";
import { nextBox } from "./keys";
import { waysThrough, type Group, type GroupEdge } from "./connections";
import { countWords, distanceWords, kindIcon, thingLines, thingName, thingPlace } from "./things";

const textWidth = boxWidth - 42;
const lettersMax = 17;
const lastLetters = 6;

/** A text that fits into a box. The middle is left out: names often differ at their ends. */
function clipped(text: string): string {
  const letters = Array.from(text);
  if (letters.length <= lettersMax) return text;
  return `${letters.slice(0, lettersMax - lastLetters - 1).join("")}…${letters.slice(-lastLetters).join("")}`;
}

interface BoxText {
  name: string;
  more: string;
  label: string;
}

function textOf({ kind, things: [thing, ...others] }: Group, names: ReadonlyMap<string, string>): BoxText {
  if (!thing || others.length > 0) {
    const words = countWords(kind, others.length + 1);
    return { name: words, more: "show each", label: `${words} together, ${distanceWords(thing?.depth ?? 0)}: show each` };
  }
  const [name, more] = thingLines(kind, thing.id, names);
  return { name, more, label: `${thingName(kind, thing.id, names)}, ${more}, ${distanceWords(thing.depth)}` };
}

interface BoxProps {
  index: number;
  group: Group;
  x: number;
  y: number;
  names: ReadonlyMap<string, string>;
  place: string;
  isRoot: boolean;
  isLit: boolean;
  isStop: boolean;
}

const BoxLink = memo(function BoxLink({ index, group, x, y, names, place, isRoot, isLit, isStop }: BoxProps) {
  const { name, more, label } = textOf(group, names);
  const many = group.things.length > 1;
  const tones = `${isRoot ? " root" : ""}${isLit ? " lit" : ""}${many ? " many" : ""}`;
  return (
    <Link
      href={place}
      className={`lineage-box${tones}`}
      aria-label={label}
      aria-current={isRoot ? "true" : undefined}
      tabIndex={isStop ? 0 : -1}
      data-box={index}
    >
      <title>{many ? name : group.things[0]?.id}</title>
      <g transform={`translate(${x} ${y})`}>
        {many && <rect x="4" y="4" width={boxWidth} height={boxHeight} rx="6" />}
        <rect width={boxWidth} height={boxHeight} rx="6" />
        <g transform={`translate(11 ${boxHeight / 2 - 8})`}><Icon name={kindIcon(group.kind)} /></g>
        <svg x="36" width={textWidth} height={boxHeight}>
          <text y="19" className="lineage-name">{clipped(name)}</text>
          <text y="35" className="lineage-kind">{more}</text>
        </svg>
      </g>
    </Link>
  );
});

const boxOf = (target: EventTarget) => (target as Element).closest<SVGElement>("[data-box]");

/** The graph: every box is a link, one of them in the tab order; arrows move among them along the edges. */
export function LineageGraph({ root, groups, edges, names, expandedPlace }: {
  root: string;
  groups: Group[];
  edges: GroupEdge[];
  names: ReadonlyMap<string, string>;
  expandedPlace: (kind: string) => string;
}) {
  const picture = useMemo(() => arranged(groups, edges), [groups, edges]);
  const [pointed, setPointed] = useState<string>();
  const [focused, setFocused] = useState<string>();
  const [stopChosen, setStop] = useState(root);
  const stop = picture.boxes.has(stopChosen) ? stopChosen : root;
  const box = useRef<HTMLDivElement>(null);
  const wanted = useRef<string>();
  const chosen = pointed ?? focused;
  const lit = useMemo(() => (chosen === undefined ? undefined : waysThrough(chosen, edges)), [chosen, edges]);

  const focus = (key: string | undefined) => {
    const index = groups.findIndex((group) => group.key === key);
    const element = box.current?.querySelector<SVGElement>(`[data-box="${index}"]`);
    element?.focus({ preventScroll: true });
    element?.scrollIntoView({ block: "nearest", inline: "nearest" });
  };
  useEffect(() => {
    const place = picture.boxes.get(root);
    if (!place || !box.current) return;
    box.current.scrollLeft = place.x - (box.current.clientWidth - boxWidth) / 2;
    box.current.scrollTop = place.y - (box.current.clientHeight - boxHeight) / 2;
    // Later changes must not move what the reader has scrolled to.
  }, [root]);
  useEffect(() => {
    // A box of many is gone once each is shown; the focus goes on to the first of them.
    if (wanted.current !== undefined && picture.boxes.has(wanted.current)) focus(wanted.current);
    wanted.current = undefined;
  }, [picture]);

  const keyAt = (target: EventTarget) => groups[Number(boxOf(target)?.dataset["box"] ?? -1)]?.key;
  const press = (event: KeyboardEvent) => {
    const key = keyAt(event.target);
    const next = key === undefined ? undefined : nextBox(event.key, key, root, picture.boxes, edges);
    if (next === undefined) return;
    event.preventDefault();
    focus(next);
  };
  const open = (event: MouseEvent) => {
    const group = groups.find(({ key }) => key === keyAt(event.target));
    wanted.current = group && group.things.length > 1 ? group.things[0]?.key : undefined;
  };
  const take = (event: FocusEvent) => {
    const key = keyAt(event.target);
    setFocused(key);
    if (key !== undefined) setStop(key);
  };
  const isLit = (key: string) => lit?.has(key) === true;
  return (
    <section className="panel lineage-panel" aria-label="Graph">
      <div className="lineage-scroll" ref={box}>
        <svg
          width={picture.width}
          height={picture.height}
          viewBox={`0 0 ${picture.width} ${picture.height}`}
          role="group"
          aria-label={`What came from what, ${groups.length} boxes from left to right. Arrow keys move between them, Enter opens.`}
          className={lit ? "lineage-graph pointing" : "lineage-graph"}
          onKeyDown={press}
          onClickCapture={open}
          onFocus={take}
          onBlur={() => setFocused(undefined)}
          onMouseOver={(event) => setPointed(keyAt(event.target))}
          onMouseLeave={() => setPointed(undefined)}
        >
          {edges.map((edge, index) => (
            <path
              key={`${edge.from}\n${edge.to}`}
              d={picture.paths[index]}
              className={isLit(edge.from) && isLit(edge.to) ? "lineage-edge lit" : "lineage-edge"}
            >
              <title>{edge.relations.map((relation) => relation.replace(/_/g, " ")).join(", ")}</title>
            </path>
          ))}
          {groups.map((group, index) => {
            const { x, y } = picture.boxes.get(group.key) as Placed;
            const [thing] = group.things;
            const place = group.things.length > 1 || !thing ? expandedPlace(group.kind) : thingPlace(thing.kind, thing.id);
            return (
              <BoxLink
                key={group.key} index={index} group={group} x={x} y={y} names={names} place={place}
                isRoot={group.key === root} isLit={isLit(group.key)} isStop={group.key === stop}
              />
            );
          })}
        </svg>
      </div>
    </section>
  );
}
