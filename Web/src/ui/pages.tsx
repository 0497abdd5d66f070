import { useState } from "react";
import { navigate, urlWith, useParam } from "../router";
import { pagesBefore } from "./trail";

/** The pages of a list: which is shown, and how to turn to another. */
export interface Pages {
  /** The token of the page shown, "" for the first. */
  token: string;
  previous: () => void;
  next: (token: string) => void;
}

/** The page of a list that is in the URL, so that the browser's Back turns pages too. */
export function usePages(): Pages {
  const [token] = useParam("page");
  const [trail, setTrail] = useState<readonly string[]>([]);
  const before = pagesBefore(trail, token);
  const turn = (to: string, passed: readonly string[]) => {
    setTrail(passed);
    navigate(urlWith({ page: to }));
  };
  return {
    token,
    previous: () => turn(before[before.length - 1] ?? "", before.slice(0, -1)),
    next: (to) => turn(to, [...before, token]),
  };
}

/** The buttons below a list of several pages, of which `next` is the one after the page shown. */
export function PageFoot({ pages, next, className }: { pages: Pages; next: string | undefined; className?: string }) {
  if (!next && !pages.token) return null;
  return (
    <div className={className ? `table-foot ${className}` : "table-foot"}>
      <button type="button" disabled={!pages.token} onClick={pages.previous}>Previous</button>
      <button type="button" disabled={!next} onClick={() => next && pages.next(next)}>Next</button>
    </div>
  );
}
