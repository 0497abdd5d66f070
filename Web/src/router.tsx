import { useCallback, useMemo, useSyncExternalStore, type AnchorHTMLAttributes, type MouseEvent } from "react";

const listeners = new Set<() => void>();

function announce(): void {
  for (const listener of listeners) listener();
}

addEventListener("popstate", announce);

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => listeners.delete(listener);
};
const currentUrl = () => location.pathname + location.search;

/** Goes to a page of this application. `replace` leaves no step to go back to. */
export function navigate(url: string, options: { replace?: boolean } = {}): void {
  if (url === currentUrl()) return;
  if (options.replace) history.replaceState(null, "", url);
  else history.pushState(null, "", url);
  announce();
}

/** Path and query of the page shown. */
export function usePlace(): { path: string; search: string } {
  const url = useSyncExternalStore(subscribe, currentUrl);
  return useMemo(() => {
    const [path = "/", search = ""] = url.split("?", 2);
    return { path, search };
  }, [url]);
}

/** The current URL with some parameters of its query changed; "" or undefined removes one. */
export function urlWith(changes: Record<string, string | undefined>): string {
  const search = new URLSearchParams(location.search);
  for (const [name, value] of Object.entries(changes)) {
    if (value) search.set(name, value);
    else search.delete(name);
  }
  const text = search.toString();
  return location.pathname + (text ? `?${text}` : "");
}

/** A parameter of the query and the way to change it: the URL is the state. */
export function useParam(name: string, fallback = ""): [string, (value: string, replace?: boolean) => void] {
  const { search } = usePlace();
  const value = new URLSearchParams(search).get(name) ?? fallback;
  const set = useCallback(
    (next: string, replace = true) => navigate(urlWith({ [name]: next === fallback ? "" : next }), { replace }),
    [name, fallback],
  );
  return [value, set];
}

/** A link within the application: a plain link to the browser, no page load on a plain click. */
export function Link({ href, onClick, ...rest }: AnchorHTMLAttributes<HTMLAnchorElement> & { href: string }) {
  const follow = (event: MouseEvent<HTMLAnchorElement>) => {
    onClick?.(event);
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (event.defaultPrevented || !plain) return;
    event.preventDefault();
    navigate(href);
  };
  return <a href={href} onClick={follow} {...rest} />;
}
