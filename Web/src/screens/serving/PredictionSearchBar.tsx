import { useEffect, useState, type ChangeEvent, type ReactNode } from "react";
import type { PredictionSearch } from "../../api/serving";
import { navigate, urlWith } from "../../router";
import { isNarrowed, paramsOf, textsOf, type SearchTexts } from "./prediction-search";

const change = (params: Record<string, string | undefined>) =>
  navigate(urlWith({ ...params, page: undefined }), { replace: true });

const nothing = { variant: undefined, request: undefined, version: undefined, from: undefined, until: undefined };

/** What of the log is looked for: by name, version and time when asked, by variant and kind at once. */
export function PredictionSearchBar({ search, variants, children }: {
  search: PredictionSearch;
  variants: readonly string[];
  children: ReactNode;
}) {
  const [texts, setTexts] = useState(textsOf(search));
  const { request, version, from, until } = search;
  // Back and a link to another search change what the fields say.
  useEffect(() => setTexts(textsOf(search)), [request, version, from, until]);
  const field = (name: keyof SearchTexts) => ({
    value: texts[name],
    onChange: (event: ChangeEvent<HTMLInputElement>) => setTexts({ ...texts, [name]: event.target.value }),
  });
  return (
    <>
      <form
        role="search"
        aria-label="Predictions"
        className="filter-bar prediction-search"
        onSubmit={(event) => {
          event.preventDefault();
          change(paramsOf(texts, search));
        }}
      >
        <label>
          Request{" "}
          <input
            type="search"
            className="mono"
            placeholder="request id"
            spellCheck={false}
            data-filter
            {...field("request")}
          />
        </label>
        <label>Version <input type="number" min="1" step="1" {...field("version")} /></label>
        <label>From <input type="datetime-local" {...field("from")} /></label>
        <label>Until <input type="datetime-local" {...field("until")} /></label>
        <button type="submit">Search</button>
        {isNarrowed(search) && <button type="button" onClick={() => change(nothing)}>Clear</button>}
      </form>
      <div className="filter-bar">
        <label>
          Variant{" "}
          <select value={search.variant} onChange={(event) => change({ variant: event.target.value })}>
            <option value="">all</option>
            {variants.map((name) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label className="check">
          <input
            type="checkbox"
            checked={search.shadow}
            onChange={(event) => change({ shadow: event.target.checked ? "true" : undefined })}
          />
          Answers of shadows, which callers never saw
        </label>
        {children}
      </div>
    </>
  );
}
