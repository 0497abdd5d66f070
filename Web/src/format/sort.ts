/** A sort of a table: the key of a column, up or down. */
export interface SortChoice {
  key: string;
  descending: boolean;
}

/** The sort that a text in the URL means: the key, with a minus before it for down. */
export function sortOf(text: string): SortChoice {
  return text.startsWith("-") ? { key: text.slice(1), descending: true } : { key: text, descending: false };
}

export const sortText = (sort: SortChoice) => (sort.descending ? `-${sort.key}` : sort.key);
