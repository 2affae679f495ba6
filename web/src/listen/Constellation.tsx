/** Peaks and pairs, as recognition sees music: what the stage shows before any sound. */
export function Constellation() {
  return (
    <svg
      className="constellation"
      viewBox="0 0 1200 400"
      preserveAspectRatio="xMidYMid slice"
      aria-hidden="true"
    >
      {LINES.map(([from, to]) => (
        <line key={`${from.x} ${to.x}`} x1={from.x} y1={from.y} x2={to.x} y2={to.y} />
      ))}
      {DOTS.map(({ x, y, r }) => (
        <circle key={x} cx={x} cy={y} r={r} />
      ))}
    </svg>
  );
}

interface Dot {
  x: number;
  y: number;
  r: number;
}

// Drawn by lot, but always the same, and in cells so that no place stays empty.
const COLUMNS = 16;
const ROWS = 6;
let lot = 2463534242;
function draw(): number {
  lot ^= lot << 13;
  lot ^= lot >>> 17;
  lot ^= lot << 5;
  return (lot >>> 0) / 2 ** 32;
}

const DOTS: Dot[] = Array.from({ length: COLUMNS * ROWS }, (_, n) => ({
  x: ((n % COLUMNS) + draw()) * (1200 / COLUMNS),
  y: 12 + (Math.floor(n / COLUMNS) + draw()) * (376 / ROWS),
  r: 1.2 + 2.2 * draw() ** 2,
}));

const LINES: [Dot, Dot][] = DOTS.flatMap((from, n) =>
  n % 4 === 0
    ? DOTS.filter(({ x, y }) => x > from.x && x < from.x + 110 && Math.abs(y - from.y) < 90)
        .slice(0, 2)
        .map((to): [Dot, Dot] => [from, to])
    : [],
);
