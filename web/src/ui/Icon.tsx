const PATHS = {
  wave: "M4 10v4M8 6.5v11M12 3v18M16 6.5v11M20 10v4",
  stop: "M5 7a2 2 0 0 1 2-2h10a2 2 0 0 1 2 2v10a2 2 0 0 1-2 2H7a2 2 0 0 1-2-2z",
  microphone:
    "M12 3a3 3 0 0 1 3 3v5a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM5.5 11a6.5 6.5 0 0 0 13 0M12 17.5V21",
  screen: "M4 5h16v11H4zM9 20h6M12 16v4",
  file: "M7 3h7l4 4v14H7zM14 3v4h4M10 17v-5l4 1v3",
  library: "M5 4v16M9.5 4v16M14 4.5l4.5 15",
  history: "M4.5 9A8 8 0 1 1 4 12M4 4v5h5M12 8v4.5l3 2",
  download: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  status: "M3 13h4l3-8 4 14 3-6h4",
  sun: "M12 8a4 4 0 1 1 0 8 4 4 0 0 1 0-8zM12 2v2M12 20v2M2 12h2M20 12h2M4.9 4.9l1.4 1.4M17.7 17.7l1.4 1.4M4.9 19.1l1.4-1.4M17.7 6.3l1.4-1.4",
  moon: "M20 14.5A8.5 8.5 0 0 1 9.5 4a8.5 8.5 0 1 0 10.5 10.5z",
  search: "M10.5 4a6.5 6.5 0 1 1 0 13 6.5 6.5 0 0 1 0-13zM15.5 15.5 21 21",
  close: "M6 6l12 12M18 6 6 18",
  edit: "M4 20h4L19 9l-4-4L4 16zM13 7l4 4",
  trash: "M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13M10 11v5M14 11v5",
  play: "M8 5l11 7-11 7z",
  pause: "M8 5v14M16 5v14",
  back: "M14 5l-7 7 7 7",
  up: "M6 14l6-6 6 6",
  down: "M6 10l6 6 6-6",
  plus: "M12 5v14M5 12h14",
  folder: "M3 6h6l2 2h10v11H3z",
  retry: "M20 12a8 8 0 1 1-2.5-5.8M20 3v4h-4",
  copies: "M9 9h11v11H9zM5.5 15H4V4h11v1.5",
  check: "M5 12.5l4.5 4.5L19 7.5",
  alert: "M12 4 2.5 20h19zM12 10v4M12 17v.5",
  spotify:
    "M12 3a9 9 0 1 1 0 18 9 9 0 0 1 0-18zM7.5 9.4c3-.9 6.4-.6 9 .9M8 12.6c2.5-.7 5.1-.4 7.3.8M8.6 15.6c1.9-.5 3.9-.3 5.6.6",
  youtube:
    "M5.5 6h13A2.5 2.5 0 0 1 21 8.5v7a2.5 2.5 0 0 1-2.5 2.5h-13A2.5 2.5 0 0 1 3 15.5v-7A2.5 2.5 0 0 1 5.5 6zM10.5 9.5v5l4-2.5z",
  link: "M9 15 19 5M12 5h7v7M17 14v5H5V7h5",
};

export type IconName = keyof typeof PATHS;

/** A line drawing; it says nothing that the words beside it do not. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="1.75"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
