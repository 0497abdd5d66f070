import type { Caller, Protection } from "../../api/schema";

/** What can be done about a protection. */
export type ProtectionAct = "protect" | "ask" | "agree" | "keep";

/** What the reader can do about a protection, the likeliest first: nobody agrees to what he asked for himself. */
export function protectionActs(state: Protection, caller: Caller | undefined): ProtectionAct[] {
  if (!state.protected) return ["protect"];
  if (state.lift_requested_by === undefined) return ["ask"];
  return state.lift_requested_by === caller?.name ? ["keep"] : ["agree", "keep"];
}
