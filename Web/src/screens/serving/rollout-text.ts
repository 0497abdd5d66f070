import type { Rollout, Traffic } from "../../api/schema";

/** The policies as people call them. */
export const policyNames: Record<Traffic["policy"], string> = {
  single: "one version",
  canary: "canary",
  ab_test: "A/B experiment",
  shadow: "shadow",
  blue_green: "blue/green",
  ensemble: "ensemble",
};

const statusNames: Record<Rollout["status"], string> = {
  running: "goes on",
  promoted: "took over",
  rolled_back: "rolled back",
  replaced: "replaced",
};

const checkNames = { error_rate: "Errors", latency: "Latency", metric: "Metric" };

const percent = (share: number) => `${Math.round(share * 1000) / 10} %`;
const rounded = (value: number) => String(Number(value.toPrecision(3)));
const known = (value: number | null | undefined, form: (value: number) => string) =>
  typeof value === "number" ? form(value) : "not known yet";

/** What a rollout says, as facts with their names. */
export function rolloutFacts(rollout: Rollout): [string, string][] {
  const facts: [string, string][] = [["Variants", rollout.variants.join(" and ")], ["State", statusNames[rollout.status]]];
  if (rollout.reason) facts.push(["Reason", rollout.reason]);
  if (rollout.policy === "canary") {
    const steps = (rollout.traffic.steps ?? []).map((step) => `${step} %`).join(", ");
    facts.push(["Step", `${(rollout.step ?? 0) + 1} of ${steps}`], ["Share", known(rollout.share, percent)]);
    for (const one of rollout.checks ?? []) {
      const form = one.check === "metric" ? rounded : (value: number) => `${rounded(value)} times the stable variant's`;
      facts.push([checkNames[one.check], `${known(one.estimate, form)}, p ${known(one.p_value, rounded)}`]);
    }
  }
  if (rollout.policy === "ab_test") {
    facts.push(["Winner", rollout.winner ?? "undecided"], ["Confidence", known(rollout.confidence, percent)]);
    for (const one of rollout.metrics ?? []) {
      facts.push([
        one.metric,
        `control ${known(one.control, rounded)}, treatment ${known(one.treatment, rounded)}, ${one.winner}`,
      ]);
    }
  }
  if (rollout.comparison) {
    facts.push(
      ["Compared", `${rollout.comparison.rows} rows`],
      ["Agreement", known(rollout.comparison.agreement, percent)],
      ["Mean difference", known(rollout.comparison.mean_difference, rounded)],
      ["Errors, dropped", `${rollout.comparison.errors}, ${rollout.comparison.dropped}`],
    );
  }
  return facts;
}
