import { useEffect, useState } from "react";
import { activitiesQuery, olderActivities } from "../../api/queries";
import { useQuery } from "../../api/query";
import type { Activity } from "../../api/schema";
import { useParam } from "../../router";
import { useAct } from "../../ui/act";
import { Empty, ErrorNote, Loading, ScreenHead } from "../../ui/basics";
import { FindBar } from "../../ui/find";
import { ActivityList } from "./ActivityList";
import { filtered, kindName, valuesOf } from "./filter";

const readAtOnce = 500;

const joined = (old: ReadonlyMap<number, Activity>, read: readonly Activity[]): ReadonlyMap<number, Activity> =>
  new Map([...old, ...read.map((one): [number, Activity] => [one.sequence, one])]);

function Choice({ label, value, values, nameOf, onChange }: {
  label: string;
  value: string;
  values: string[];
  nameOf: (value: string) => string;
  onChange: (value: string) => void;
}) {
  return (
    <select aria-label={label} value={value} onChange={(event) => onChange(event.target.value)}>
      <option value="">{label}: all</option>
      {[...new Set([...values, ...(value ? [value] : [])])].map((one) => <option key={one} value={one}>{nameOf(one)}</option>)}
    </select>
  );
}

/** Who changed what: the newest as they happen, older ones when asked for. The filter is in the URL. */
export default function Activities(_: { subject: string }) {
  const { value, error, reload } = useQuery(activitiesQuery(readAtOnce));
  const [seen, setSeen] = useState<ReadonlyMap<number, Activity>>(new Map());
  const [text, setText] = useParam("find");
  const [kind, setKind] = useParam("kind");
  const [actor, setActor] = useParam("actor");
  const { busy, error: olderError, act } = useAct();
  // Each event brings the newest again; what they push out stays, so that nothing between them and the older is lost.
  // Where more has come than is read at once, the list begins anew.
  useEffect(() => {
    const oldest = value?.[value.length - 1]?.sequence;
    if (value && oldest !== undefined) setSeen((old) => (old.has(oldest - 1) || old.has(oldest) ? joined(old, value) : joined(new Map(), value)));
  }, [value]);
  const all = [...seen.values()].sort((a, b) => b.sequence - a.sequence);
  const shown = filtered(all, { text, kind, actor });
  const first = all[all.length - 1]?.sequence ?? 1;
  const readOlder = () =>
    act(async () => {
      const read = await olderActivities(first, readAtOnce);
      setSeen((old) => joined(old, read));
    });
  return (
    <>
      <ScreenHead title="Activities" />
      {error && <ErrorNote error={error} retry={reload} />}
      {!value && !error && <Loading />}
      {value?.length === 0 && <Empty title="Nothing has happened yet.">What is changed is listed here, with who changed it.</Empty>}
      {all.length > 0 && (
        <>
          <FindBar
            label="Find in activities"
            find={text}
            onFind={setText}
            status={`${shown.length} of ${first > 1 ? `the newest ${all.length}` : `${all.length}, which are all`}`}
          >
            <Choice label="Subject" value={kind} values={valuesOf(all, "subject_kind")} nameOf={kindName} onChange={setKind} />
            <Choice label="Who" value={actor} values={valuesOf(all, "actor")} nameOf={(one) => one} onChange={setActor} />
          </FindBar>
          {shown.length === 0 && <Empty title="No activity answers this filter." />}
          {shown.length > 0 && (
            <section className="panel" aria-label="Activities">
              <ActivityList activities={shown} />
            </section>
          )}
          {olderError && <ErrorNote error={olderError} />}
          {first > 1 && (
            <div className="table-foot">
              <button type="button" disabled={busy} onClick={() => void readOlder()}>Older</button>
            </div>
          )}
        </>
      )}
    </>
  );
}
