import { places, type Route, type ScreenName } from "../places";
import { Link } from "../router";

const rooms: { label: string; href: string; screens: ScreenName[] }[] = [
  { label: "Home", href: places.home(), screens: ["home", "activities"] },
  { label: "Registry", href: places.models(), screens: ["models", "model", "version", "compareVersions", "lineage"] },
  { label: "Training", href: places.experiments(), screens: ["experiments", "experiment", "run", "compare"] },
  { label: "Deployment", href: places.serving(), screens: ["serving"] },
  { label: "Monitoring", href: places.monitoring(), screens: ["monitoring", "webhooks", "webhook"] },
];

/** The main tabs. They are links, because each is a page. */
export function Rooms({ route }: { route: Route }) {
  return (
    <nav className="rooms" aria-label="Main">
      {rooms.map((room) => {
        const here = room.screens.includes(route.screen);
        return (
          <Link key={room.label} href={room.href} aria-current={here ? "page" : undefined}>
            {room.label}
          </Link>
        );
      })}
    </nav>
  );
}
