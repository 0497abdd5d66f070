import { createRoot } from "react-dom/client";
import { startLive } from "./api/live";
import { startQueries } from "./api/query";
import { App } from "./app";
import { placeOfHash } from "./places";

function leaveHash(): void {
  const place = location.hash ? placeOfHash(location.hash) : undefined;
  if (place === undefined) return;
  history.replaceState(null, "", place);
  dispatchEvent(new PopStateEvent("popstate"));
}

leaveHash();
addEventListener("hashchange", leaveHash);
startLive();
startQueries();

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
