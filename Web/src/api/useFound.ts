import type { Listed } from "./queries";
import { useQuery, type Answer, type Query } from "./query";

/**
 * A list by name: the first of all, and where there are more than those, what the server finds by a part of the name.
 *
 * Until the server has answered, the first of all stay.
 */
export function useFound<T>(
  query: (find?: string) => Query<Listed<T>>,
  find: string,
): Answer<Listed<T>> & { reload: () => void } {
  const all = useQuery(query());
  const wanted = find.trim();
  const found = useQuery(all.value?.more && wanted ? query(wanted) : null);
  const error = all.error ?? found.error;
  return { ...all, ...(found.value ? { value: found.value } : {}), ...(error ? { error } : {}) };
}
