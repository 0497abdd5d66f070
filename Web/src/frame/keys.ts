import { useEffect } from "react";
import { places } from "../places";
import { navigate } from "../router";

const offKey = "martlet.keys.off";
const sequenceMsMax = 1200;

/** Whether keys without a modifier do something. */
export const keysOn = () => localStorage.getItem(offKey) !== "1";
export const setKeysOn = (on: boolean) => localStorage.setItem(offKey, on ? "0" : "1");

const goes: Record<string, () => string> = {
  h: places.home,
  e: places.experiments,
  m: places.models,
  s: () => places.serving(),
  o: () => places.monitoring(),
  w: places.webhooks,
};

function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement && /^(checkbox|radio)$/.test(target.type)) return false;
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}

/** Moves the focus to the next or previous row of the first table. */
function moveRow(by: 1 | -1): void {
  const links = [...document.querySelectorAll<HTMLElement>(".screen [data-row-link]")];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = at < 0 ? links[by > 0 ? 0 : links.length - 1] : links[at + by];
  next?.focus();
}

/** Chooses the row that has the focus, or lets go of it. */
function chooseRow(): void {
  document.activeElement?.closest("tr")?.querySelector<HTMLElement>("[data-row-select]")?.click();
}

/** The keys of the frame. None of them changes data; those without a modifier can be switched off. */
export function useKeys(act: { palette: () => void; help: () => void; fold: () => void }): void {
  useEffect(() => {
    let wentAt = 0;
    const press = (event: KeyboardEvent) => {
      if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
        event.preventDefault();
        act.palette();
        return;
      }
      if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target) || !keysOn()) return;
      if (document.querySelector("dialog[open]")) return;
      const going = Date.now() - wentAt < sequenceMsMax ? goes[event.key] : undefined;
      wentAt = 0;
      if (going) navigate(going());
      else if (event.key === "g") wentAt = Date.now();
      else if (event.key === "j") moveRow(1);
      else if (event.key === "k") moveRow(-1);
      else if (event.key === "x") chooseRow();
      else if (event.key === "c") document.querySelector<HTMLElement>("[data-compare]")?.click();
      else if (event.key === "[") act.fold();
      else if (event.key === "?") act.help();
      else if (event.key === "/") document.querySelector<HTMLElement>("[data-filter]")?.focus();
      else return;
      event.preventDefault();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  });
}
