const paths = {
  today: 'M4 5h16v15H4zM4 9h16M8 3v4M16 3v4M8 14h3',
  customers:
    'M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7ZM3 20c0-3.5 2.5-6 6-6s6 2.5 6 6M16 4.5a3.5 3.5 0 0 1 0 6.5M18 14.5c2 1 3 3 3 5.5',
  offer: 'M4 4h8l8 8-8 8-8-8zM8.5 8.5h.01',
  placement: 'M3 5h18v14H3zM7 9h6v6H7z',
  policy: 'M12 3l7 3v6c0 4-3 7-7 9-4-2-7-5-7-9V6zM9 12l2 2 4-4',
  template: 'M4 4h16v16H4zM4 9h16M9 9v11',
  journey:
    'M6 7a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM18 21a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6 7v6a4 4 0 0 0 4 4h6',
  message: 'M4 5h16v11H9l-5 4z',
  mail: 'M3 6h18v12H3zM3 7l9 6 9-6',
  decision: 'M12 3v6M12 9l-6 6v6M12 9l6 6v6M3.5 18.5 6 21l2.5-2.5M15.500 18.500 18 21l2.500-2.500',
  learning: 'M4 20V4M4 20h16M7 16c3-1 4-8 7-9s4 2 6-2M17 5h3v3',
  live: 'M3 12h4l3-8 4 16 3-8h4',
  source: 'M12 3v12M7 10l5 5 5-5M4 20h16',
  import: 'M4 16v4h16v-4M12 4v11M8 8l4-4 4 4',
  quarantine: 'M12 3 2.500 20h19zM12 10v4M12 17h.01',
  attribute: 'M4 6h16M4 12h10M4 18h13',
  agent: 'M4 14v-2a8 8 0 0 1 16 0v2M4 14h3v5H4zM17 14h3v5h-3zM20 19c0 1.500-3 2.500-6 2.500',
  users: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 3.500-7 8-7s8 3 8 7',
  key: 'M8 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 12h9M18 12v4',
  audit: 'M6 3h9l4 4v14H6zM9 12h7M9 16h5',
  segment: 'M12 3a9 9 0 1 0 9 9h-9zM15 3.500A9 9 0 0 1 20.500 9H15z',
  search: 'M11 18a7 7 0 1 0 0-14 7 7 0 0 0 0 14ZM16 16l5 5',
  language: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM3 12h18M12 3c3 3 3 15 0 18M12 3c-3 3-3 15 0 18',
  light:
    'M12 16a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM12 2v3M12 19v3M2 12h3M19 12h3M5 5l2 2M17 17l2 2M5 19l2-2M17 7l2-2',
  dark: 'M20 14A8 8 0 0 1 10 4a8 8 0 1 0 10 10Z',
  system: 'M3 4h18v12H3zM9 20h6M12 16v4',
  user: 'M12 11a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4 21c0-4 3.500-7 8-7s8 3 8 7',
  check: 'M5 12l5 5 9-10',
  cross: 'M6 6l12 12M18 6 6 18',
  plus: 'M12 5v14M5 12h14',
  minus: 'M5 12h14',
  info: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 11v5M12 8h.01',
  warning: 'M12 3 2.500 20h19zM12 10v4M12 17h.01',
  copy: 'M8 8h12v12H8zM4 16V4h12',
  chevron: 'M9 6l6 6-6 6',
  down: 'M6 9l6 6 6-6',
  back: 'M15 6l-6 6 6 6',
  lock: 'M5 11h14v10H5zM8 11V7a4 4 0 0 1 8 0v4',
  clock: 'M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18ZM12 7v5l3 2',
  phone:
    'M5 4h4l2 5-2.500 1.500a11 11 0 0 0 5 5L15 13l5 2v4a2 2 0 0 1-2 2A15 15 0 0 1 3 6a2 2 0 0 1 2-2Z',
  refresh: 'M4 12a8 8 0 0 1 14-5l2 2M20 4v5h-5M20 12a8 8 0 0 1-14 5l-2-2M4 20v-5h5',
  more: 'M4.500 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M11.500 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0M18.500 12a.5.5 0 1 0 1 0 .5.5 0 1 0-1 0',
  edit: 'M4 20h4L19 9l-4-4L4 16zM13 7l4 4',
  trash: 'M4 7h16M9 7V4h6v3M6 7l1 13h10l1-13',
  cart: 'M3 4h3l2 11h10l2-8H7M9 20h.01M17 20h.01',
  click: 'M9 9l11 4-5 2-2 5zM9 3v2M3 9h2M5 5l1.500 1.500',
  eye: 'M2 12c3-5 6-7 10-7s7 2 10 7c-3 5-6 7-10 7s-7-2-10-7ZM12 15a3 3 0 1 0 0-6 3 3 0 0 0 0 6Z',
  merge: 'M6 4v4a6 6 0 0 0 6 6v6M18 4v4a6 6 0 0 1-6 6',
  external: 'M14 4h6v6M20 4l-9 9M18 14v6H4V6h6',
  filter: 'M4 5h16l-6 8v6l-4-2v-4z',
  keyboard: 'M2 6h20v12H2zM6 10h.01M10 10h.01M14 10h.01M18 10h.01M7 14h10',
  signout: 'M10 4H4v16h6M15 8l4 4-4 4M19 12H9',
  dot: 'M12 13a1 1 0 1 0 0-2 1 1 0 0 0 0 2Z',
  play: 'M7 4l12 8-12 8z',
  pause: 'M8 4v16M16 4v16',
  undo: 'M9 14 4 9l5-5M4 9h10a6 6 0 0 1 0 12h-3',
  redo: 'M15 14l5-5-5-5M20 9H10a6 6 0 0 0 0 12h3',
  history: 'M4 12a8 8 0 1 1 2.500 5.800M4 20v-4h4M12 8v4l3 2',
  cards: 'M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z',
  table: 'M4 5h16v14H4zM4 10h16M4 14.500h16',
  split: 'M12 3v7M12 10 6 16v5M12 10l6 6v5',
  flag: 'M6 21V4h12l-3 4 3 4H6',
  explore: 'M4 20V10M10 20V4M16 20v-7M21 20H3',
  web: 'M3 5h18v14H3zM3 9h18M7 16l3-3 3 2 4-4',
  download: 'M12 4v11M8 11l4 4 4-4M4 20h16',
} as const

export type IconName = keyof typeof paths

/** One stroke drawing of our own set; decoration only, the word beside it speaks. */
export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth={1.75}
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
      focusable="false"
      style={{ flex: 'none' }}
    >
      <path d={paths[name]} />
    </svg>
  )
}
