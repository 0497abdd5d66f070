import { useEffect, useState, type ReactNode } from "react";
import { useBusy } from "../api/query";
import type { Route } from "../places";
import { usePlace } from "../router";
import { Toasts } from "../ui/toast";
import { HelpDialog } from "./Help";
import { useKeys } from "./keys";
import { Palette } from "./Palette";
import { Rooms } from "./Rooms";
import { SidePanel } from "./SidePanel";
import { TopBar } from "./TopBar";

const foldKey = "martlet.panel.folded";

/** A thin line while any query runs; not for the quick ones. */
function Progress() {
  const busy = useBusy();
  const [shown, setShown] = useState(false);
  useEffect(() => {
    if (!busy) {
      setShown(false);
      return undefined;
    }
    const timer = setTimeout(() => setShown(true), 300);
    return () => clearTimeout(timer);
  }, [busy]);
  return shown ? <div className="progress" aria-hidden="true" /> : null;
}

/** What stands around every screen: top bar, left panel, tabs. */
export function Frame({ route, children }: { route: Route; children: ReactNode }) {
  const { path } = usePlace();
  const [folded, setFolded] = useState(() => localStorage.getItem(foldKey) === "1");
  const [drawer, setDrawer] = useState(false);
  const [overlay, setOverlay] = useState<"palette" | "help">();

  const fold = () => {
    localStorage.setItem(foldKey, folded ? "0" : "1");
    setFolded(!folded);
  };
  useEffect(() => setDrawer(false), [path]);
  useKeys({ palette: () => setOverlay("palette"), help: () => setOverlay("help"), fold });

  const skip = () => document.querySelector<HTMLElement>(".screen h1")?.focus();
  return (
    <div className="frame" data-panel={folded ? "folded" : "open"} data-drawer={drawer ? "open" : "closed"}>
      <a
        className="skip"
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          skip();
        }}
      >
        Skip to content
      </a>
      <TopBar
        route={route}
        drawer={drawer}
        onDrawer={() => setDrawer(!drawer)}
        onFind={() => setOverlay("palette")}
        onHelp={() => setOverlay("help")}
      />
      <SidePanel route={route} folded={folded} onFold={fold} />
      <div className="scrim" onClick={() => setDrawer(false)} />
      <div className="main">
        <Rooms route={route} />
        <Progress />
        <main className="screen" id="main">
          {children}
        </main>
      </div>
      {overlay === "palette" && <Palette onClose={() => setOverlay(undefined)} />}
      {overlay === "help" && <HelpDialog onClose={() => setOverlay(undefined)} />}
      <Toasts />
    </div>
  );
}
