import type { Explanation } from "../api/client";
import { clock } from "../app/format";
import { strings } from "../app/strings";

const text = strings.why;
const WIDE = 600;
const TALL = 180;
const LEAST = 2;

/** Votes for each place in the track. */
export function Histogram({ explanation }: { explanation: Explanation }) {
  const { offset_histogram: histogram, candidate } = explanation;
  const { bins, bin_ms, background } = histogram;
  const highest = Math.max(1, ...bins.map(([, votes]) => votes));
  const places = bins.map(([ms]) => ms);
  const first = Math.min(0, ...places);
  const last = Math.max(first + 1, ...places) + bin_ms;
  const x = (ms: number) => ((ms - first) / (last - first)) * WIDE;
  const y = (votes: number) => TALL - (votes / highest) * (TALL - 24);
  const wide = Math.max(LEAST, x(first + bin_ms));
  const chosen = candidate?.track_begin_ms ?? Number.NaN;
  const isChosen = (ms: number) => chosen >= ms && chosen < ms + bin_ms;
  const winner = bins.find(([ms]) => isChosen(ms));
  return (
    <section className="card">
      <h2>{text.histogram}</h2>
      <p className="muted small">
        {winner && candidate?.accepted
          ? text.histogramAbout(clock(Math.max(0, chosen)))
          : text.histogramNone}
      </p>
      <div className="plot">
        <svg viewBox={`0 0 ${WIDE} ${TALL}`} preserveAspectRatio="none" aria-hidden="true">
          {bins.map(([ms, votes]) => (
            <rect
              key={ms}
              className={isChosen(ms) ? "chosen" : "bin"}
              x={x(ms) + (x(first + bin_ms) - wide) / 2}
              y={y(votes)}
              width={wide}
              height={TALL - y(votes)}
            />
          ))}
          <line className="luck" x1="0" x2={WIDE} y1={y(background)} y2={y(background)} />
        </svg>
        {winner && (
          <span
            className={`mark${x(winner[0]) > WIDE * 0.8 ? " left" : ""}`}
            style={{
              left: `${(100 * x(winner[0] + bin_ms / 2)) / WIDE}%`,
              top: `${(100 * y(winner[1])) / TALL}%`,
            }}
          >
            {winner[1]} {text.votes}
          </span>
        )}
      </div>
      <p className="axis small muted">
        <span>{clock(Math.max(0, first))}</span>
        <span className="legend luck-line">
          {text.luck} {background.toFixed(1)}
        </span>
        <span>{clock(last)}</span>
      </p>
    </section>
  );
}
