export type Tone = "good" | "warn" | "bad" | "active" | "idle";

const shapes: Record<Tone, JSX.Element> = {
  good: <path d="M2.500 6.300 5 8.800l4.700-5.300" className="status-line" />,
  warn: <path d="M6 1.300 11.300 10.700H.700z" className="status-fill" />,
  bad: <path d="M2.800 2.800l6.400 6.400M9.200 2.800 2.800 9.200" className="status-line" />,
  active: <circle cx="6" cy="6" r="4" className="status-fill" />,
  idle: <circle cx="6" cy="6" r="3.700" className="status-ring" />,
};

/** A status as shape, word and colour, so that none of the three is needed alone. */
export function Status({ tone, children, soft = false }: { tone: Tone; children: string; soft?: boolean }) {
  return (
    <span className={`status tone-${tone}${soft ? " status-soft" : ""}`}>
      <svg viewBox="0 0 12 12" width="12" height="12" aria-hidden="true">
        {shapes[tone]}
      </svg>
      {children}
    </span>
  );
}

const runTones: Record<string, [Tone, string]> = {
  RUNNING: ["active", "Running"],
  SCHEDULED: ["idle", "Scheduled"],
  FINISHED: ["good", "Finished"],
  FAILED: ["bad", "Failed"],
  KILLED: ["warn", "Killed"],
};

export function RunStatus({ status }: { status: string }) {
  const [tone, word] = runTones[status] ?? ["idle", status || "Unknown"];
  return <Status tone={tone}>{word}</Status>;
}

const stageTones: Record<string, Tone> = { Production: "good", Staging: "warn", Archived: "idle", None: "idle" };

/** The stage of a model version. */
export function Stage({ stage }: { stage: string }) {
  const shape = { Production: "●", Staging: "◐", Archived: "▫", None: "○" }[stage] ?? "○";
  return (
    <span className={`stage tone-${stageTones[stage] ?? "idle"}`}>
      <span aria-hidden="true">{shape}</span> {stage}
    </span>
  );
}

const endpointTones: Record<string, [Tone, string]> = {
  ready: ["good", "Ready"],
  failed: ["bad", "Failed"],
  loading: ["active", "Loading"],
};

export function EndpointState({ state }: { state: string }) {
  const [tone, word] = endpointTones[state] ?? ["idle", state];
  return <Status tone={tone}>{word}</Status>;
}

const verdictTones: Record<string, [Tone, string]> = {
  none: ["good", "No drift"],
  warning: ["warn", "Warning"],
  alert: ["bad", "Alert"],
};

export function Verdict({ verdict }: { verdict: string }) {
  const [tone, word] = verdictTones[verdict] ?? ["idle", verdict];
  return <Status tone={tone}>{word}</Status>;
}
