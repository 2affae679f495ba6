import { strings } from "../app/strings";
import type { Bar } from "./period";

const text = strings.history;
const DAY = new Intl.DateTimeFormat(undefined, { day: "numeric", month: "short" });

/** How much was recognised, and how much was not, day by day. */
export function Days({ bars }: { bars: readonly Bar[] }) {
  const most = Math.max(1, ...bars.map(({ matched, unmatched }) => matched + unmatched));
  const sum = (kind: "matched" | "unmatched") =>
    bars.reduce((total, bar) => total + bar[kind], 0).toLocaleString();
  const [first, last] = [bars[0], bars.at(-1)];
  return (
    <section className="card days">
      <h2>{text.byDay}</h2>
      <p className="key small muted">
        <span className="matched">
          {sum("matched")} {text.matched}
        </span>
        <span className="unmatched">
          {sum("unmatched")} {text.unmatched}
        </span>
        <span className="most">{text.most(most)}</span>
      </p>
      <div
        className="bars"
        role="img"
        aria-label={text.byDayLabel(sum("matched"), sum("unmatched"))}
      >
        {bars.map((bar) => (
          <span
            key={bar.from.getTime()}
            className="bar"
            title={text.bar(when(bar), bar.matched, bar.unmatched)}
          >
            <span className="unmatched" style={{ height: percent(bar.unmatched, most) }} />
            <span className="matched" style={{ height: percent(bar.matched, most) }} />
          </span>
        ))}
      </div>
      <p className="axis small muted" aria-hidden="true">
        <span>{first && DAY.format(first.from)}</span>
        <span>{bars.length > 1 && last && DAY.format(last.to)}</span>
      </p>
    </section>
  );
}

function when({ from, to }: Bar): string {
  return from.getTime() === to.getTime() ? DAY.format(from) : DAY.formatRange(from, to);
}

function percent(count: number, most: number): string {
  return `${(100 * count) / most}%`;
}
