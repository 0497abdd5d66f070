import { useSyncExternalStore } from "react";
import { onTheme, theme } from "../theme";
import type { ChartTheme } from "./option";
import { colourCount } from "./run-style";

const cache = new Map<string, ChartTheme>();

function read(): ChartTheme {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string) => style.getPropertyValue(`--${name}`).trim();
  return {
    text: token("text"),
    quiet: token("text-quiet"),
    line: token("border"),
    surface: token("surface"),
    accent: token("accent"),
    reference: token("reference"),
    runs: Array.from({ length: colourCount }, (_, index) => token(`run-${index}`)),
  };
}

/** The chart colours of the theme in force. */
export function useChartTheme(): ChartTheme {
  const name = useSyncExternalStore(onTheme, theme);
  let found = cache.get(name);
  if (!found) {
    found = read();
    cache.set(name, found);
  }
  return found;
}
