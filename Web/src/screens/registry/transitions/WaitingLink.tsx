import { requestsPlace } from "./TransitionRequests";

/** Leads to the requests further down, where some wait. */
export function WaitingLink({ waiting }: { waiting: string }) {
  if (!waiting) return null;
  return (
    <a className="link" href={`#${requestsPlace}`}>
      {waiting === "1" ? "1 transition request waits" : `${waiting} transition requests wait`}
    </a>
  );
}
