import type { ExperimentTag } from "../../api/schema";

/** What of the URL a view keeps. The page, the selection and the name of the view are no part of it. */
const keptParams = ["runs", "filter", "group", "sort", "columns"];
const tagPrefix = "martlet.view.";

/** A state of the runs table under a name. */
export interface SavedView {
  name: string;
  /** The query of a URL, as `viewText` writes it. */
  text: string;
}

/** The state of the table that a URL's query describes, in one spelling; "" for the table as it is at first. */
export function viewText(search: string): string {
  const given = new URLSearchParams(search);
  const kept = new URLSearchParams();
  for (const param of keptParams) {
    const value = given.get(param);
    if (value) kept.set(param, value);
  }
  return kept.toString();
}

/** The tag of an experiment in which a view is kept. */
export const viewTag = (name: string) => tagPrefix + name;

/** The views among an experiment's tags, by name. */
export function viewsOf(tags: readonly ExperimentTag[]): SavedView[] {
  return tags
    .filter((tag) => tag.key?.startsWith(tagPrefix) && tag.key.length > tagPrefix.length)
    .map((tag) => ({ name: (tag.key ?? "").slice(tagPrefix.length), text: viewText(tag.value ?? "") }))
    .sort((a, b) => a.name.localeCompare(b.name));
}
