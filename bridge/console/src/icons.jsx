// SPDX-License-Identifier: Apache-2.0
// Drawn for this console: lines of 1.8 on a field of 24. A name that isn't here gets the neutral one.
const shapes = {
  wifi: <path d="M3 9.5a13 13 0 0 1 18 0M6.2 13a8.4 8.4 0 0 1 11.6 0M9.3 16.4a4 4 0 0 1 5.4 0M12 19.6v.1" />,
  "wifi-off": (
    <path d="M4 4l16 16M3 9.5A13 13 0 0 1 8 6.6M12.6 5.9A13 13 0 0 1 21 9.5M6.2 13a8.4 8.4 0 0 1 4.6-2.2M15.6 11.7a8.4 8.4 0 0 1 2.2 1.3M9.3 16.4a4 4 0 0 1 5.4 0M12 19.6v.1" />
  ),
  moon: <path d="M20 14.2A8.2 8.2 0 0 1 9.8 4 8.2 8.2 0 1 0 20 14.2z" />,
  archive: <path d="M3.5 5h17v4h-17zM5.2 9v10h13.6V9M10 13h4" />,
  circle: <circle cx="12" cy="12" r="7" />,
  neutral: <path d="M12 3.6l7.4 4.2v8.4L12 20.4l-7.4-4.2V7.8zM12 12v.1" />,
  alert: <path d="M12 4l9 16H3zM12 10v4.4M12 17.2v.1" />,
  search: <path d="M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.4 15.4L20.5 20.5" />,
  bell: (
    <path d="M4 4l16 16M6.5 9.5A5.6 5.6 0 0 0 6 12c0 3-1.5 4-1.5 5H15M8.6 6a5.6 5.6 0 0 1 9.4 5c0 1.6.4 2.7.9 3.6M10 20h4" />
  ),
  flap: <path d="M3 12h3l2.5-6 4 12 3-9 1.5 3h4" />,
  pin: <path d="M12 15v6M8 3.5h8l-1 6 3 3.5H6l3-3.5z" />,
  broker: <path d="M4 5h16v6H4zM4 13h16v6H4zM7.5 8v.1M7.5 16v.1" />,
  sun: (
    <path d="M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM12 2.5v2M12 19.5v2M2.5 12h2M19.5 12h2M5.3 5.3l1.4 1.4M17.3 17.3l1.4 1.4M5.3 18.7l1.4-1.4M17.3 6.7l1.4-1.4" />
  ),
  auto: <path d="M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16" />,
  back: <path d="M14.5 5l-7 7 7 7" />,
  clash: <path d="M4 8h12M12.5 4.5L16 8l-3.5 3.5M20 16H8M11.5 12.5L8 16l3.5 3.5" />,
};

export function Icon({ name, size = 16, color }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 24 24"
      width={size}
      height={size}
      aria-hidden="true"
      focusable="false"
      style={color ? { "--tint": color } : undefined}
      data-tinted={color ? "" : undefined}
    >
      {shapes[name] ?? shapes.neutral}
    </svg>
  );
}
