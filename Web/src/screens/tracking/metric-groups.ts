/** Metrics of one prefix: "train/loss" belongs to "train"; a key without a slash to "". */
export interface MetricGroup {
  prefix: string;
  keys: string[];
}

/** Metrics in groups by what stands before the last slash, both in order; those without a prefix first. */
export function metricGroups(keys: Iterable<string>): MetricGroup[] {
  const groups = new Map<string, string[]>();
  for (const key of [...keys].sort((a, b) => a.localeCompare(b))) {
    const slash = key.lastIndexOf("/");
    const prefix = slash < 0 ? "" : key.slice(0, slash);
    groups.set(prefix, [...(groups.get(prefix) ?? []), key]);
  }
  return [...groups]
    .map(([prefix, members]) => ({ prefix, keys: members }))
    .sort((a, b) => Number(a.prefix.startsWith("system")) - Number(b.prefix.startsWith("system")) || a.prefix.localeCompare(b.prefix));
}
