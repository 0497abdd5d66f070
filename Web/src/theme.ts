export type ThemeChoice = "system" | "light" | "dark";

const storageKey = "martlet.theme";
const dark = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** What the reader chose; "system" follows the operating system. */
export function themeChoice(): ThemeChoice {
  const stored = localStorage.getItem(storageKey);
  return stored === "light" || stored === "dark" ? stored : "system";
}

/** The theme in force. */
export function theme(): "light" | "dark" {
  const choice = themeChoice();
  if (choice !== "system") return choice;
  return dark.matches ? "dark" : "light";
}

/** Writes the theme in force to the document. */
export function applyTheme(): void {
  document.documentElement.dataset["theme"] = theme();
  for (const listener of listeners) listener();
}

export function chooseTheme(choice: ThemeChoice): void {
  if (choice === "system") localStorage.removeItem(storageKey);
  else localStorage.setItem(storageKey, choice);
  applyTheme();
}

/** Calls the listener whenever the theme in force may have changed. */
export function onTheme(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

dark.addEventListener("change", applyTheme);
