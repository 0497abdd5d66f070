import { useEffect, useRef, useState, type RefObject } from "react";
import type { Caller, ModelVersion, TransitionRequest } from "../../../api/schema";
import { ApproveDialog, RejectDialog } from "./DecideDialogs";
import type { Deciding } from "./RequestItem";

/** The decisions on requests: the way to each, the dialog that asks while one does, and what takes the focus then. */
export function useDecisions(
  caller: Caller | undefined,
  versions: ModelVersion[],
  servedBy: (version: string) => string[],
): { deciding: Deciding; dialog: JSX.Element | null; box: RefObject<HTMLDivElement> } {
  const [approving, setApproving] = useState<TransitionRequest>();
  const [rejecting, setRejecting] = useState<{ request: TransitionRequest; mine: boolean }>();
  const box = useRef<HTMLDivElement>(null);
  const decided = useRef(false);
  const note = () => {
    decided.current = true;
  };
  useEffect(() => {
    if (!decided.current || approving || rejecting) return;
    decided.current = false;
    // The button that had the focus goes with the decision.
    box.current?.focus({ preventScroll: true });
  }, [approving, rejecting]);
  const dialog = approving ? (
    <ApproveDialog
      request={approving}
      versions={versions}
      servedBy={servedBy}
      onDecided={note}
      onClose={() => setApproving(undefined)}
    />
  ) : rejecting ? (
    <RejectDialog {...rejecting} onDecided={note} onClose={() => setRejecting(undefined)} />
  ) : null;
  const deciding = {
    caller,
    versions,
    approve: setApproving,
    reject: (request: TransitionRequest, mine: boolean) => setRejecting({ request, mine }),
  };
  return { deciding, dialog, box };
}
