import { useEffect, useState, type ReactNode } from "react";

/** The filter of the runs table in MLflow's grammar, with what is wrong in it beneath. */
export function FilterBar({ filter, onFilter, error, children }: {
  filter: string;
  onFilter: (text: string) => void;
  error: Error | undefined;
  children: ReactNode;
}) {
  const [text, setText] = useState(filter);
  useEffect(() => setText(filter), [filter]);
  return (
    <>
      <div className="filter-bar">
        <form
          role="search"
          onSubmit={(event) => {
            event.preventDefault();
            onFilter(text.trim());
          }}
        >
          <input
            type="search"
            aria-label="Filter runs"
            aria-invalid={error !== undefined}
            aria-describedby={error ? "filter-error" : undefined}
            placeholder={'metrics.rmse < 0.1 and params.model = "lgbm"'}
            spellCheck={false}
            autoComplete="off"
            data-filter
            value={text}
            onChange={(event) => {
              setText(event.target.value);
              // The cross of a search field clears without a submit.
              if (event.target.value === "" && filter !== "") onFilter("");
            }}
          />
          <button type="submit">Filter</button>
        </form>
        {children}
      </div>
      {error && (
        <p className="error-note" id="filter-error" role="alert">
          {error instanceof TypeError ? "The server does not answer." : error.message}
        </p>
      )}
    </>
  );
}
