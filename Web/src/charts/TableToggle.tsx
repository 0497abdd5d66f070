import { Icon } from "../ui/icon";

/** Shows the table of `name` in place of its chart, and the chart again. */
export function TableToggle({ name, shown, show, className = "" }: {
  name: string;
  shown: boolean;
  show: (shown: boolean) => void;
  className?: string;
}) {
  return (
    <button
      type="button"
      className={`icon-button ${className}`.trim()}
      aria-pressed={shown}
      aria-label={`${name} as a table`}
      title="As a table"
      onClick={() => show(!shown)}
    >
      <Icon name="table" />
    </button>
  );
}
