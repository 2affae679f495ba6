import type { Explanation } from "../api/client";
import { share } from "../app/format";
import { strings } from "../app/strings";

const text = strings.why;
const WIDE = 600;
const TALL = 180;
const NINES = 4; // 99.99 %
const GRID = [0, 0.9, 0.99, 0.999, 0.9999];

/** How the score grew while more was heard. Each nine takes the same height. */
export function Confidence({ explanation }: { explanation: Explanation }) {
  const { score_by_time: steps, threshold, begin_ms, end_ms } = explanation;
  const x = (ms: number) => ((ms - begin_ms) / Math.max(1, end_ms - begin_ms)) * WIDE;
  const y = (score: number) => {
    const nines = Math.min(NINES, -Math.log10(Math.max(1 - score, 1e-9)));
    return 6 + (1 - nines / NINES) * (TALL - 12);
  };
  const line = (index: 1 | 2) =>
    steps.map((step, n) => `${n ? "L" : "M"}${x(step[0])} ${y(step[index])}`).join("");
  return (
    <section className="card">
      <h2>{text.confidence}</h2>
      <p className="muted small">{text.confidenceAbout(share(threshold))}</p>
      <div className="plot with-scale">
        <svg viewBox={`0 0 ${WIDE} ${TALL}`} preserveAspectRatio="none" aria-hidden="true">
          {GRID.map((score) => (
            <line key={score} className="grid" x1="0" x2={WIDE} y1={y(score)} y2={y(score)} />
          ))}
          <line className="threshold" x1="0" x2={WIDE} y1={y(threshold)} y2={y(threshold)} />
          <path className="others" d={line(2)} />
          <path className="score" d={line(1)} />
        </svg>
        {GRID.map((score) => (
          <span key={score} className="scale" style={{ top: `${(100 * y(score)) / TALL}%` }}>
            {share(score)}
          </span>
        ))}
      </div>
      <p className="axis small muted">
        <span>0 s</span>
        <span className="legend others-line">{text.others}</span>
        <span>{((end_ms - begin_ms) / 1000).toFixed(1)} s</span>
      </p>
    </section>
  );
}
