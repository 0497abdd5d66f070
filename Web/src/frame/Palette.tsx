import { useState, type KeyboardEvent } from "react";
import { endpointsQuery, experimentsQuery, modelsQuery, runsQuery } from "../api/queries";
import { useQuery } from "../api/query";
import { useFound } from "../api/useFound";
import { places } from "../places";
import { navigate } from "../router";
import { chooseTheme } from "../theme";
import { Dialog } from "../ui/dialog";
import { Icon, type IconName } from "../ui/icon";
import { rank } from "./rank";

interface Item {
  label: string;
  kind: string;
  icon: IconName;
  act: () => void;
}

const go = (url: string) => () => navigate(url);

const fixed: Item[] = [
  { label: "Home", kind: "page", icon: "home", act: go(places.home()) },
  { label: "Experiments", kind: "page", icon: "flask", act: go(places.experiments()) },
  { label: "Models", kind: "page", icon: "box", act: go(places.models()) },
  { label: "Serving", kind: "page", icon: "bolt", act: go(places.serving()) },
  { label: "Monitoring", kind: "page", icon: "pulse", act: go(places.monitoring()) },
  { label: "Webhooks", kind: "page", icon: "send", act: go(places.webhooks()) },
  { label: "Activities", kind: "page", icon: "table", act: go(places.activities()) },
  { label: "Theme: dark", kind: "do", icon: "moon", act: () => chooseTheme("dark") },
  { label: "Theme: light", kind: "do", icon: "sun", act: () => chooseTheme("light") },
  { label: "Theme: as the system", kind: "do", icon: "screen", act: () => chooseTheme("system") },
];

function useItems(text: string): Item[] {
  const experiments = useFound(experimentsQuery, text).value?.items ?? [];
  const ids = experiments.map((experiment) => experiment.experiment_id ?? "").slice(0, 50);
  const runs = useQuery(ids.length > 0 ? runsQuery({ experimentIds: ids, max: 200 }) : null).value?.runs ?? [];
  const models = useFound(modelsQuery, text).value?.items ?? [];
  const endpoints = useQuery(endpointsQuery()).value ?? [];
  return [
    ...fixed,
    ...experiments.map((one): Item => (
      { label: one.name ?? "", kind: "experiment", icon: "flask", act: go(places.experiment(one.experiment_id ?? "")) })),
    ...models.map((one): Item => (
      { label: one.name ?? "", kind: "model", icon: "box", act: go(places.model(one.name ?? "")) })),
    ...endpoints.map((one): Item => (
      { label: one.name, kind: "endpoint", icon: "bolt", act: go(places.serving(one.name)) })),
    ...runs.map((one): Item => (
      { label: one.info?.run_name ?? "", kind: "run", icon: "run", act: go(places.run(one.info?.run_id ?? "")) })),
  ];
}

const shownMax = 40;

/** Search for a page, an experiment, a run, a model or an endpoint, and go there. A combobox by the ARIA pattern. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const items = rank(useItems(text), text, (item) => item.label).slice(0, shownMax);

  const choose = (item: Item | undefined) => {
    if (!item) return;
    onClose();
    item.act();
  };
  const press = (event: KeyboardEvent) => {
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1 };
    const target = steps[event.key];
    if (target !== undefined && items.length > 0) {
      event.preventDefault();
      const next = (target + items.length) % items.length;
      setAt(next);
      document.getElementById(`palette-${next}`)?.scrollIntoView({ block: "nearest" });
    } else if (event.key === "Enter") {
      event.preventDefault();
      choose(items[at]);
    }
  };
  return (
    <Dialog title="Search or do" onClose={onClose} className="palette">
      <input
        type="text"
        role="combobox"
        aria-label="Search or do"
        aria-expanded={items.length > 0}
        aria-controls="palette-list"
        aria-activedescendant={items[at] ? `palette-${at}` : undefined}
        aria-autocomplete="list"
        placeholder="Go to an experiment, run, model, endpoint…"
        autoFocus
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      {items.length === 0 && <div className="empty">Nothing has this name.</div>}
      <ul id="palette-list" role="listbox" aria-label="Found">
        {items.map((item, index) => (
          <li
            key={index}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onMouseMove={() => setAt(index)}
            onClick={() => choose(item)}
          >
            <Icon name={item.icon} />
            <span>{item.label}</span>
            <span className="kind">{item.kind}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}
