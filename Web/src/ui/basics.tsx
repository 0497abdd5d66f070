import { useEffect, useRef, useState, type ReactNode } from "react";
import { Icon } from "./icon";

/** Head of a screen: its only h1, what it is about, and what can be done. Focus moves here on a change of page. */
export function ScreenHead({ title, detail, children }: { title: ReactNode; detail?: ReactNode; children?: ReactNode }) {
  return (
    <header className="screen-head">
      <div>
        <h1 tabIndex={-1}>{title}</h1>
        {detail && <div className="screen-detail">{detail}</div>}
      </div>
      {children && <div className="actions">{children}</div>}
    </header>
  );
}

/** A part of a screen with its heading. */
export function Panel({ title, note, actions, children }: {
  title: string;
  note?: ReactNode;
  actions?: ReactNode;
  children: ReactNode;
}) {
  return (
    <section className="panel">
      <div className="panel-head">
        <h2>{title}</h2>
        {note !== undefined && <span className="note">{note}</span>}
        {actions && <div className="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

/** Names and values in two columns. */
export function Facts({ facts }: { facts: [string, ReactNode][] }) {
  return (
    <dl className="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** Copies a text; says for a moment that it did. */
export function CopyButton({ text, label }: { text: string; label: string }) {
  const [done, setDone] = useState(false);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setDone(true);
    timer.current = setTimeout(() => setDone(false), 1500);
  };
  if (!navigator.clipboard) return null;
  return (
    <button type="button" className="icon-button" onClick={() => void copy()} aria-label={label} title={label}>
      <Icon name={done ? "check" : "copy"} />
    </button>
  );
}

/** A screen with nothing on it yet: what would be here, and the lines that put it there. */
export function Empty({ title, children, code }: { title: string; children?: ReactNode; code?: string }) {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children && <p>{children}</p>}
      {code && (
        <div className="code-box">
          <pre tabIndex={0} aria-label="Example">{code}</pre>
          <CopyButton text={code} label="Copy the example" />
        </div>
      )}
    </div>
  );
}

/** What went wrong, with a way to try again. */
export function ErrorNote({ error, retry }: { error: Error; retry?: () => void }) {
  const text = error instanceof TypeError ? "The server does not answer." : error.message;
  return (
    <div className="error-note" role="alert">
      <span>{text}</span>
      {retry && (
        <button type="button" onClick={retry}>
          Try again
        </button>
      )}
    </div>
  );
}

/** Holds the place of what is being read for the first time. */
export function Loading() {
  return (
    <div className="loading" role="status">
      <span className="visually-hidden">Loading</span>
    </div>
  );
}

/** A run's swatch. */
export function Swatch({ colour }: { colour: number }) {
  return <span className={`swatch run-fill-${colour}`} aria-hidden="true" />;
}
