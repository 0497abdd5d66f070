import { useState, type ReactNode } from "react";
import { endpointsQuery, experimentsQuery, modelsQuery, runsQuery, type Listed } from "../api/queries";
import { useQuery } from "../api/query";
import { runStyle } from "../charts/run-style";
import { places } from "../places";
import { Link } from "../router";
import { runView } from "../screens/tracking/runs";
import { Swatch } from "../ui/basics";
import { Icon, type IconName } from "../ui/icon";

const rowsMax = 8;
const runRowsMax = 12;

function Section({ id, title, icon, href, count, children }: {
  id: string;
  title: string;
  icon: IconName;
  href: string;
  count: string | undefined;
  children: ReactNode;
}) {
  const key = `martlet.panel.${id}`;
  const [open, setOpen] = useState(() => localStorage.getItem(key) !== "0");
  const toggle = () => {
    localStorage.setItem(key, open ? "0" : "1");
    setOpen(!open);
  };
  return (
    <div className="side-section" role="group" aria-label={title}>
      <div className="side-head">
        <button type="button" className="plain" aria-expanded={open} aria-label={`Show ${title}`} onClick={toggle}>
          <Icon name="right" />
        </button>
        <Link href={href}>
          <Icon name={icon} />
          {title}
          {count !== undefined && <span className="side-count">{count}</span>}
        </Link>
      </div>
      {open && children}
    </div>
  );
}

/** A page of its own in the panel, without rows. */
export function PageLink({ title, icon, href }: { title: string; icon: IconName; href: string }) {
  return (
    <div className="side-section">
      <div className="side-head side-page">
        <Link href={href}>
          <Icon name={icon} />
          {title}
        </Link>
      </div>
    </div>
  );
}

/** A row of the panel: a name and a mark at its end. */
function Row({ href, children, mark, here }: { href: string; children: ReactNode; mark?: ReactNode; here: boolean }) {
  return (
    <li>
      <Link href={href} aria-current={here ? "page" : undefined}>
        {children}
        {mark && <span className="side-mark">{mark}</span>}
      </Link>
    </li>
  );
}

function More({ list, href }: { list: Listed<unknown> | undefined; href: string }) {
  const left = (list?.items.length ?? 0) - rowsMax;
  return left > 0 ? (
    <li>
      <Link href={href}>
        <span className="quiet">{left}{list?.more && "+"} more</span>
      </Link>
    </li>
  ) : null;
}

const countOf = (list: Listed<unknown> | undefined) => list && `${list.items.length}${list.more ? "+" : ""}`;

export function ExperimentsSection({ current }: { current: string | undefined }) {
  const { value } = useQuery(experimentsQuery());
  return (
    <Section id="experiments" title="Experiments" icon="flask" href={places.experiments()} count={countOf(value)}>
      <ul className="side-list">
        {value?.items.slice(0, rowsMax).map((experiment) => {
          const id = experiment.experiment_id ?? "";
          return (
            <Row key={id} href={places.experiment(id)} here={id === current}>
              <span>{experiment.name}</span>
            </Row>
          );
        })}
        <More list={value} href={places.experiments()} />
      </ul>
    </Section>
  );
}

const runMarks: Record<string, string> = { RUNNING: "●", FINISHED: "✓", FAILED: "✕", KILLED: "▲", SCHEDULED: "○" };

export function RunsSection({ experimentId, current }: { experimentId: string | undefined; current: string | undefined }) {
  const { value } = useQuery(experimentId ? runsQuery({ experimentIds: [experimentId], max: runRowsMax }) : null);
  const runs = (value?.runs ?? []).map(runView);
  const ordered = [...runs].sort((a, b) => Number(b.status === "RUNNING") - Number(a.status === "RUNNING"));
  const href = experimentId ? places.experiment(experimentId) : places.experiments();
  return (
    <Section id="runs" title="Runs" icon="run" href={href} count={undefined}>
      {experimentId === undefined && <p className="side-note">Choose an experiment</p>}
      {value && ordered.length === 0 && <p className="side-note">None yet</p>}
      <ul className="side-list">
        {ordered.map((run) => (
          <Row
            key={run.id}
            href={places.run(run.id)}
            here={run.id === current}
            mark={
              <>
                <span aria-hidden="true">{runMarks[run.status] ?? ""}</span>
                <span className="visually-hidden">{run.status.toLowerCase()}</span>
              </>
            }
          >
            <Swatch colour={runStyle(run.id).colour} />
            <span>{run.name}</span>
          </Row>
        ))}
        {value?.nextPageToken && (
          <li>
            <Link href={href}>
              <span className="quiet">all runs</span>
            </Link>
          </li>
        )}
      </ul>
    </Section>
  );
}

export function ModelsSection({ current }: { current: string | undefined }) {
  const { value } = useQuery(modelsQuery());
  return (
    <Section id="models" title="Models" icon="box" href={places.models()} count={countOf(value)}>
      <ul className="side-list">
        {value?.items.slice(0, rowsMax).map((model) => {
          const name = model.name ?? "";
          const stages = new Set((model.latest_versions ?? []).map((version) => version.current_stage));
          const marks = [stages.has("Production") ? "P" : "", stages.has("Staging") ? "S" : ""].filter(Boolean);
          const said = marks.map((mark) => (mark === "P" ? "in Production" : "in Staging")).join(", ");
          return (
            <Row
              key={name}
              href={places.model(name)}
              here={name === current}
              mark={marks.length > 0 && <span title={said}>{marks.join(" ")}</span>}
            >
              <span>{name}</span>
            </Row>
          );
        })}
        <More list={value} href={places.models()} />
      </ul>
    </Section>
  );
}

const endpointMarks: Record<string, string> = { ready: "●", failed: "✕", loading: "○" };

export function ServingSection({ current }: { current: string | undefined }) {
  const { value } = useQuery(endpointsQuery());
  const list = value && { items: value, more: false };
  return (
    <Section id="serving" title="Serving" icon="bolt" href={places.serving()} count={countOf(list)}>
      <ul className="side-list">
        {value?.slice(0, rowsMax).map((endpoint) => (
          <Row
            key={endpoint.name}
            href={places.serving(endpoint.name)}
            here={endpoint.name === current}
            mark={
              <>
                <span aria-hidden="true">{endpointMarks[endpoint.state] ?? ""}</span>
                <span className="visually-hidden">{endpoint.state}</span>
              </>
            }
          >
            <span>{endpoint.name}</span>
          </Row>
        ))}
        <More list={list} href={places.serving()} />
      </ul>
    </Section>
  );
}
