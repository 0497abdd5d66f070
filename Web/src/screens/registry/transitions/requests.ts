import type { Caller, ChecklistItem, ModelVersion, TransitionRequest } from "../../../api/schema";
import type { Tone } from "../../../ui/status";
import { movesOf, stageOf as versionStage, stages, type StageMove, type StageName } from "../versions";

/** The stage of the wire as one of ours. */
export const stageNamed = (text: string): StageName => stages.find((stage) => stage === text) ?? "None";

/** How far a request is, as a tone and in words. Who rejects his own takes it back. */
export function stateOf({ state, requested_by, decided_by }: TransitionRequest): [Tone, string] {
  if (state === "pending") return ["active", "Waiting"];
  if (state === "approved") return ["good", "Approved"];
  return decided_by === requested_by ? ["idle", "Taken back"] : ["bad", "Rejected"];
}

/**
 * Why the reader can't approve a request; undefined where he can, as far as is known.
 *
 * Nobody approves his own, and nobody one for a version that has left the stage that it was asked from.
 */
export function whyNotApprove(
  request: TransitionRequest,
  caller: Caller | undefined,
  versions: readonly ModelVersion[] = [],
): string | undefined {
  const version = versions.find((one) => one.version === request.version);
  if (version && versionStage(version) !== request.from_stage) {
    return (
      `Version ${request.version} was in ${request.from_stage} when this was asked, and is in ${versionStage(version)} ` +
      "now. This request can only be rejected, and another be made."
    );
  }
  if (!caller || request.requested_by !== caller.name) return undefined;
  if (caller.has_token) return `You, ${caller.name}, made this request, so somebody else must approve it.`;
  return (
    `This request was made by ${caller.name}, and so are you called: all who come without a token count as one ` +
    "person. Somebody else must approve it, with a token of his own."
  );
}

/** What leaves the stage of a request when it is approved; nothing for one that is decided. */
export const leavingFor = (request: TransitionRequest, versions: readonly ModelVersion[]): StageMove[] =>
  request.state === "pending"
    ? movesOf(versions, request.version, stageNamed(request.stage), request.archive_existing_versions).slice(1)
    : [];

/** The items of a checklist that are not done. */
export const openItems = (checklist: readonly ChecklistItem[]) => checklist.filter((one) => !one.completed);

/** A checklist with one item done, or not done. */
export const ticked = (checklist: readonly ChecklistItem[], item: string, completed: boolean): ChecklistItem[] =>
  checklist.map((one) => (one.item === item ? { item, completed } : one));

/** "2 of 3 done"; "" for no checklist. */
export const doneText = (checklist: readonly ChecklistItem[]) =>
  checklist.length === 0 ? "" : `${checklist.length - openItems(checklist).length} of ${checklist.length} done`;

/** A checklist with an item more; the same one where it is in there already, or says nothing. */
export function withItem(checklist: readonly ChecklistItem[], text: string): ChecklistItem[] {
  const item = text.trim();
  if (!item || checklist.some((one) => one.item === item)) return [...checklist];
  return [...checklist, { item, completed: false }];
}

/** The items that the newest request to a stage had, none of them done: what one must do for it again. */
export function itemsOfLast(requests: readonly TransitionRequest[], stage: StageName): ChecklistItem[] {
  const last = requests.find((request) => request.stage === stage && request.checklist.length > 0);
  return (last?.checklist ?? []).map(({ item }) => ({ item, completed: false }));
}

/** The stages that can be asked for from one, the next of a version's life first. */
export const stagesFrom = (stage: StageName): StageName[] => stages.filter((one) => one !== stage);

/** The stage that one asks for when he does not say which: what comes next in a version's life. */
export const nextStage = (stage: StageName): StageName =>
  ({ None: "Staging", Staging: "Production", Production: "Archived", Archived: "Staging" } as const)[stage];
