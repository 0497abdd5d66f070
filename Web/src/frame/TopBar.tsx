import { useSyncExternalStore } from "react";
import { liveState, onLiveState } from "../api/live";
import { alertsQuery, pageSize } from "../api/queries";
import { useQuery } from "../api/query";
import { places, type Route } from "../places";
import { Link } from "../router";
import { chooseTheme, onTheme, themeChoice, type ThemeChoice } from "../theme";
import { Icon, Logo, type IconName } from "../ui/icon";
import { Status } from "../ui/status";
import { Crumbs } from "./Crumbs";

function Live() {
  const state = useSyncExternalStore(onLiveState, liveState);
  return (
    <span className={`live live-${state}`} role="status" title="Whether this page follows the server as it changes">
      {state === "live" && <Status tone="good">live</Status>}
      {state === "connecting" && <Status tone="idle">connecting</Status>}
      {state === "lost" && <Status tone="warn">live paused, retrying</Status>}
    </span>
  );
}

function Bell() {
  const { value } = useQuery(alertsQuery("open"));
  const count = value?.length ?? 0;
  const text = count >= pageSize ? `${pageSize}+` : String(count);
  return (
    <Link
      href={places.monitoring()}
      className={count > 0 ? "bell bell-open" : "bell"}
      aria-label={value ? `${text} open alert${count === 1 ? "" : "s"}` : "Alerts"}
      title="Open alerts"
    >
      <Icon name="bell" />
      {value && text}
    </Link>
  );
}

const choices: Record<ThemeChoice, { next: ThemeChoice; icon: IconName; name: string }> = {
  system: { next: "light", icon: "screen", name: "as the system" },
  light: { next: "dark", icon: "sun", name: "light" },
  dark: { next: "system", icon: "moon", name: "dark" },
};

function ThemeButton() {
  const choice = useSyncExternalStore(onTheme, themeChoice);
  const { next, icon, name } = choices[choice];
  const label = `Theme: ${name}. Change to ${choices[next].name}`;
  return (
    <button type="button" className="icon-button" aria-label={label} title={label} onClick={() => chooseTheme(next)}>
      <Icon name={icon} />
    </button>
  );
}

export function TopBar({ route, drawer, onDrawer, onFind, onHelp }: {
  route: Route;
  drawer: boolean;
  onDrawer: () => void;
  onFind: () => void;
  onHelp: () => void;
}) {
  return (
    <header className="topbar">
      <button
        type="button"
        className="icon-button menu-button"
        aria-label="Navigation"
        aria-expanded={drawer}
        onClick={onDrawer}
      >
        <Icon name="menu" />
      </button>
      <Link href={places.home()} className="brand" aria-label="Martlet, home">
        <Logo />
        <span>Martlet</span>
      </Link>
      <Crumbs route={route} />
      <button type="button" className="find" onClick={onFind} aria-label="Search or do, Control K">
        <Icon name="search" />
        <span>Search or do…</span>
        <kbd>Ctrl K</kbd>
      </button>
      <Live />
      <Bell />
      <ThemeButton />
      <button type="button" className="icon-button" aria-label="Keyboard help" title="Keyboard help" onClick={onHelp}>
        <Icon name="help" />
      </button>
    </header>
  );
}
