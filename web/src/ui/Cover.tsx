import { useState } from "react";
import { withKey } from "../api/key";
import "./cover.css";

interface CoverProps {
  id: number;
  url: string | null;
  size?: "small" | "large";
}

/** A track's cover; where it has none, a constellation that is always the same for this track. */
export function Cover({ id, url, size = "small" }: CoverProps) {
  const [broken, setBroken] = useState<string | null>(null);
  const pixels = size === "large" ? 512 : 128; // twice what is shown, for fine screens
  return (
    <span className={`cover ${size}`}>
      {url && url !== broken ? (
        <img
          src={withKey(`${url}?size=${pixels}`)}
          alt=""
          loading="lazy"
          onError={() => setBroken(url)}
        />
      ) : (
        <Constellation seed={id} />
      )}
    </span>
  );
}

function Constellation({ seed }: { seed: number }) {
  const random = generator(seed);
  const dots = Array.from({ length: 7 }, (_, n) => ({
    x: 10 + n * 13 + 8 * (random() - 0.5),
    y: 16 + 68 * random(),
    r: 2.4 + 3.6 * random(),
  }));
  return (
    <svg viewBox="0 0 100 100" aria-hidden="true" className={`tone-${seed % 4}`}>
      <rect width="100" height="100" />
      <polyline points={dots.map(({ x, y }) => `${x},${y}`).join(" ")} />
      {dots.map(({ x, y, r }) => (
        <circle key={x} cx={x} cy={y} r={r} />
      ))}
    </svg>
  );
}

function generator(seed: number): () => number {
  let state = (seed * 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
