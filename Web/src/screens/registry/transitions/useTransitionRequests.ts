import { useRef } from "react";
import { hasSettled, useQuery } from "../../../api/query";
import { callerQuery, requestsQuery, type RequestState, type RequestsPage } from "../../../api/registry";
import type { Caller } from "../../../api/schema";
import { navigate, urlWith, useParam } from "../../../router";
import { usePages, type Pages } from "../../../ui/pages";

export const requestStates: ("all" | RequestState)[] = ["all", "pending", "approved", "rejected"];
/** How many that wait are counted. */
const pendingMax = 100;

/** The transition requests of a model or a version. Which are shown is in the URL. */
export interface TransitionRequestsShown {
  /** Those of the question before, while another is asked. */
  page: RequestsPage | undefined;
  error: Error | undefined;
  reload: () => void;
  chosen: "all" | RequestState;
  choose: (state: string) => void;
  pages: Pages;
  /** The request whose details are shown, "" for none. */
  opened: string;
  open: (id: string) => void;
  /** How many wait: "1", "100+"; "" where none does, or nobody knows yet. */
  waiting: string;
  caller: Caller | undefined;
  /** Whether there is something to show, be it an error. */
  settled: boolean;
}

/** The requests of a model, or of one of its versions. */
export function useTransitionRequests(model: string, version?: string): TransitionRequestsShown {
  const [stateText] = useParam("requests", "all");
  const [opened, open] = useParam("request");
  const pages = usePages();
  const chosen = requestStates.find((one) => one === stateText) ?? "all";
  const subject = version === undefined ? { model } : { model, version };
  const state = chosen === "all" ? {} : { state: chosen };
  const answer = useQuery(requestsQuery({ ...subject, ...state, pageToken: pages.token }));
  const pending = useQuery(requestsQuery({ ...subject, state: "pending", max: pendingMax }));
  const caller = useQuery(callerQuery());
  const last = useRef(answer.value);
  last.current = answer.value ?? last.current;
  const count = pending.value?.requests.length ?? 0;
  return {
    page: last.current,
    error: answer.error,
    reload: answer.reload,
    chosen,
    choose: (next) => navigate(urlWith({ requests: next === "all" ? undefined : next, page: undefined }), { replace: true }),
    pages,
    opened,
    open,
    waiting: count === 0 ? "" : `${count}${pending.value?.nextPageToken ? "+" : ""}`,
    caller: caller.value,
    settled: (last.current !== undefined || hasSettled(answer)) && hasSettled(pending) && hasSettled(caller),
  };
}
