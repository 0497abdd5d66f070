const paths = {
  home: "M2.5 7.5 8 2.8l5.500 4.700M4 6.500v6.700h3V9.500h2v3.700h3V6.500",
  flask: "M6 2h4M6.700 2v4.200L3 12.600c-.4.700.1 1.400.900 1.400h8.200c.8 0 1.300-.700.900-1.400L9.300 6.200V2M4.800 10h6.400",
  run: "M5 3.500v9l7.500-4.500z",
  box: "M8 1.800 13.700 4.700v6.600L8 14.200 2.300 11.300V4.700zM2.500 4.800 8 7.600l5.500-2.800M8 7.600v6.500",
  bolt: "M9 1.800 3.500 9h3.800L7 14.200 12.500 7H8.700z",
  pulse: "M1.800 8.500h3l1.700-5 3 9.500 1.900-4.500h2.800",
  bell: "M8 2c-2.500 0-4 1.800-4 4.200 0 3-1 4-1.500 4.800h11C13 10.200 12 9.200 12 6.200 12 3.800 10.500 2 8 2zM6.500 13.200c.7 1 2.300 1 3 0",
  search: "M7 2.500a4.500 4.500 0 1 0 0 9 4.500 4.500 0 0 0 0-9zM10.300 10.300 14 14",
  sun: "M8 5a3 3 0 1 0 0 6 3 3 0 0 0 0-6zM8 1.500V3M8 13v1.500M1.500 8H3M13 8h1.500M3.400 3.400l1 1M11.600 11.600l1 1M3.400 12.600l1-1M11.600 4.400l1-1",
  moon: "M13.500 9.700A5.800 5.800 0 0 1 6.300 2.500a5.800 5.800 0 1 0 7.200 7.200z",
  screen: "M2 3h12v8H2zM6 14h4M8 11v3",
  fold: "M9.500 4 5.500 8l4 4M13 4 9 8l4 4",
  menu: "M2.500 4h11M2.500 8h11M2.500 12h11",
  down: "M4 6l4 4 4-4",
  right: "M6 4l4 4-4 4",
  copy: "M5.500 5.500v-3h8v8h-3M2.500 5.500h8v8h-8z",
  download: "M8 2.500v7.500M4.800 7 8 10.200 11.200 7M2.800 13.500h10.400",
  folder: "M1.800 4.200c0-.6.400-1 1-1h3.400l1.500 1.600h5.500c.6 0 1 .400 1 1v6.200c0 .6-.4 1-1 1H2.800c-.6 0-1-.400-1-1z",
  file: "M4 1.800h5l3.200 3.200v9.200H4zM9 1.800V5h3.200",
  close: "M4 4l8 8M12 4l-8 8",
  table: "M2 3h12v10H2zM2 6.300h12M2 9.700h12M6.500 3v10",
  columns: "M2 3h12v10H2zM6 3v10M10 3v10",
  help: "M8 1.800a6.200 6.200 0 1 0 0 12.400A6.200 6.200 0 0 0 8 1.800zM6.200 6.300c.1-2.400 3.700-2.300 3.700-.1 0 1.500-1.900 1.500-1.900 3M8 11.300v.4",
  send: "M14 2 7 9M14 2 9.500 14 7 9 2 6.500z",
  lock: "M4 7.500h8v6H4zM5.500 7.500V5a2.500 2.500 0 0 1 5 0v2.500",
  check: "M3 8.500 6.500 12 13 4.500",
} as const;

export type IconName = keyof typeof paths;

/** A line drawing of 16 by 16, for the eye only: the text beside it or the label of its button says what it means. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={paths[name]} />
    </svg>
  );
}

/** The bird. */
export function Logo() {
  return (
    <svg className="logo" viewBox="0 0 32 32" width="24" height="24" aria-hidden="true">
      <rect width="32" height="32" rx="7" className="logo-ground" />
      <path
        className="logo-bird"
        d="M4 11c6-.5 10 1.200 12.200 4.300C18.400 11.200 22.500 8 28.500 7.500c-2 2-3.300 4.300-4 7.200-.9 3.900-3.400 6.700-7.300 7.700L13.500 27l-.6-4.600C9.300 20.500 8.500 15 4 11z"
      />
    </svg>
  );
}
