import type { Endpoint, ExperimentMetric, ModelVersion, Traffic, TrafficRequest, WantedVariant } from "../../api/schema";
import { ApiError } from "../../api/client";
import { fieldMoment } from "../../format/time";
import { millisecondsOf } from "./rollout-text";

export type Policy = Traffic["policy"];
export type Metric = ExperimentMetric["metric"];

/** A version that may be served, and how to ask for it. */
export interface Choice {
  id: string;
  label: string;
  wanted: WantedVariant;
}

/** A variant in a form; of an ensemble with its weight. */
export interface Member {
  choice: string;
  weight: string;
}

/** What a form says of a policy, as it was written. */
export interface Draft {
  policy: Policy;
  /** The first is the primary; policies of one or two variants leave the others alone. */
  members: Member[];
  steps: string;
  requestsMin: string;
  secondsMin: string;
  automatic: boolean;
  name: string;
  control: string;
  treatment: string;
  startDate: string;
  endDate: string;
  status: NonNullable<Traffic["status"]>;
  metrics: ReadonlySet<Metric>;
  share: string;
  method: NonNullable<Traffic["method"]>;
}

/** How many variants each policy has. */
export const memberCounts: Record<Policy, [number, number]> = {
  single: [1, 1], canary: [2, 2], ab_test: [2, 2], shadow: [2, 2], blue_green: [2, 2], ensemble: [2, 8],
};

/** The variants that are there, then the other versions of the model, newest first. */
export function choicesOf(endpoint: Endpoint, versions: readonly ModelVersion[]): Choice[] {
  const there = endpoint.variants.map((one): Choice => ({
    id: `variant ${one.name}`,
    label: `${one.name}: version ${one.model_version}${one.model_name === endpoint.model_name ? "" : ` of ${one.model_name}`}, served now`,
    wanted: { name: one.name },
  }));
  const served = new Set(endpoint.variants.filter((one) => one.model_name === endpoint.model_name).map((one) => one.model_version));
  const others = versions.flatMap(({ version = "", current_stage: stage }): Choice[] =>
    served.has(version)
      ? []
      : [{ id: `version ${version}`, label: `version ${version}${stage && stage !== "None" ? `, ${stage}` : ""}`, wanted: { version } }]);
  return [...there, ...others];
}

const dateText = (moment: Traffic["start_date"]) => fieldMoment(millisecondsOf(moment));

/** What a form begins with: the policy in force, and beside it what the server takes where nothing is said. */
export function draftOf(endpoint: Endpoint, choices: readonly Choice[]): Draft {
  const { traffic, variants } = endpoint;
  const members = variants.map((one, index): Member => ({
    choice: `variant ${one.name}`, weight: String(traffic.weights?.[index] ?? 1),
  }));
  const other = choices.find((one) => !members.some((member) => member.choice === one.id));
  if (members.length < 2 && other) members.push({ choice: other.id, weight: "1" });
  return {
    policy: traffic.policy,
    members,
    steps: (traffic.steps ?? [5, 20, 50, 100]).join(", "),
    requestsMin: String(traffic.requests_min ?? 200),
    secondsMin: String(traffic.seconds_min ?? 60),
    automatic: traffic.automatic ?? true,
    name: traffic.name ?? "",
    control: String(traffic.traffic_split?.control ?? 50),
    treatment: String(traffic.traffic_split?.treatment ?? 50),
    startDate: dateText(traffic.start_date),
    endDate: dateText(traffic.end_date),
    status: traffic.status ?? "running",
    metrics: new Set(traffic.success_metrics ?? ["metric"]),
    share: String(traffic.share ?? 1),
    method: traffic.method ?? "mean",
  };
}

/** A number; what is none goes as it stands, so that the server refuses it by the name of its field. */
function number(text: string): number | undefined {
  const value = Number(text);
  if (text.trim() === "") return undefined;
  return Number.isNaN(value) ? (text.trim() as unknown as number) : value;
}

/** The moment that a field says; where it stands as it was, the one `before`, of which it shows no seconds. */
function moment(text: string, before: Traffic["start_date"]): number | undefined {
  if (text && text === dateText(before)) return millisecondsOf(before);
  return text ? new Date(text).getTime() : undefined;
}

/** As many variants as the policy of a draft has. */
export const membersOf = ({ policy, members }: Draft) => members.slice(0, memberCounts[policy][1]);

function settingsOf(draft: Draft, before: Traffic): Partial<TrafficRequest> {
  switch (draft.policy) {
    case "canary": return {
      steps: draft.steps.split(",").filter((text) => text.trim()).map((text) => number(text) ?? 0),
      requests_min: number(draft.requestsMin),
      seconds_min: number(draft.secondsMin),
      automatic: draft.automatic,
    };
    case "ab_test": return {
      name: draft.name.trim(),
      traffic_split: { control: number(draft.control), treatment: number(draft.treatment) },
      start_date: moment(draft.startDate, before.start_date),
      end_date: moment(draft.endDate, before.end_date),
      status: draft.status,
      success_metrics: [...draft.metrics],
    };
    case "shadow": return { share: number(draft.share) };
    case "ensemble": return { method: draft.method, weights: membersOf(draft).map((one) => number(one.weight) ?? 0) };
    case "single":
    case "blue_green": return {};
  }
}

/** What the server is asked for. What the form has no field for stays, as long as the policy does. */
export function requestOf(draft: Draft, endpoint: Endpoint, choices: readonly Choice[]): TrafficRequest {
  const kept: Partial<TrafficRequest> = draft.policy === endpoint.traffic.policy ? { ...endpoint.traffic } : {};
  delete kept.step;
  // The variants of the form take their place.
  delete kept.control_model;
  delete kept.treatment_model;
  if (draft.policy === "ab_test") {
    delete kept.start_date;
    delete kept.end_date;
  }
  return {
    ...kept,
    policy: draft.policy,
    variants: membersOf(draft).flatMap(({ choice }) => choices.find((one) => one.id === choice)?.wanted ?? []),
    ...settingsOf(draft, endpoint.traffic),
  };
}

/** What will happen, in a sentence. */
export function consequence(draft: Draft, choices: readonly Choice[]): string {
  const [first = "", second = "", ...more] = membersOf(draft).map(({ choice }) => {
    const found = choices.find((one) => one.id === choice);
    return found?.wanted.name ?? found?.label.split(",")[0] ?? "nothing";
  });
  const shares = draft.steps.split(",").map((text) => `${text.trim()}%`);
  switch (draft.policy) {
    case "single": return `All requests are answered by ${first}.`;
    case "canary": return `${second} gets ${shares[0]} of the requests at first, then ${shares.slice(1).join(", ")}; the rest stays with ${first}.`;
    case "ab_test": return `Callers are shared out ${draft.control} to ${draft.treatment} between ${first} and ${second}, each the same way every time.`;
    case "shadow": return `${first} answers everything; ${second} gets copies, and nobody waits for it.`;
    case "blue_green": return `All requests are answered by ${first}; ${second} stands by, loaded.`;
    case "ensemble": return `${[first, second, ...more].filter(Boolean).join(", ")} answer every request together.`;
  }
}

/** The fields of the form by the names that the server has for them. */
const fields = new Set([
  "variants", "steps", "requests_min", "seconds_min", "name", "traffic_split", "start_date", "end_date", "status",
  "success_metrics", "share", "weights", "method",
]);

/** The field that a refusal is about; undefined where it is about no field of the form. */
export function fieldOf(error: Error | undefined): string | undefined {
  if (!(error instanceof ApiError)) return undefined;
  const named = /^"(\w+)" must/.exec(error.message)?.[1];
  if (named) return fields.has(named) ? named : undefined;
  if (error.code === "RESOURCE_DOES_NOT_EXIST") return "variants";
  return error.code === "INVALID_PARAMETER_VALUE" && /variant/i.test(error.message) ? "variants" : undefined;
}
