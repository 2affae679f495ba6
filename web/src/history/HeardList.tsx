import type { Heard } from "../api/client";
import { clock, names, share } from "../app/format";
import { strings } from "../app/strings";
import { Cover } from "../ui/Cover";
import { Elsewhere } from "../ui/Elsewhere";
import { Icon } from "../ui/Icon";
import { formatDay } from "./period";

const text = strings.history;
const TIME = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
const DATE = new Intl.DateTimeFormat(undefined, {
  weekday: "long",
  day: "numeric",
  month: "long",
  year: "numeric",
});

interface HeardListProps {
  heard: readonly Heard[];
  going: ReadonlySet<number>;
  remove(heard: Heard): void;
}

/** What was recognised, day by day. */
export function HeardList({ heard, going, remove }: HeardListProps) {
  return (
    <div className="heard">
      {byDay(heard).map(([day, some]) => (
        <section key={day} aria-label={dayName(some[0] as Heard)}>
          <h2 className="day small muted">{dayName(some[0] as Heard)}</h2>
          <ul>
            {some.map((one) => (
              <Row key={one.id} heard={one} going={going.has(one.id)} remove={remove} />
            ))}
          </ul>
        </section>
      ))}
    </div>
  );
}

interface RowProps {
  heard: Heard;
  going: boolean;
  remove(heard: Heard): void;
}

function Row({ heard, going, remove }: RowProps) {
  const { match } = heard;
  return (
    <li className={`${match ? "" : "missed"}${going ? " going" : ""}`}>
      <time className="small muted" dateTime={heard.heard_at}>
        {timeOf(heard)}
      </time>
      {match ? <Cover id={match.id} url={match.artwork_url} /> : <Nothing />}
      <span className="what">
        <span className="names">
          <span>{match?.title ?? text.noMatch}</span>
          <span className="small muted">
            {match
              ? names(match.artists) || text.unknownArtist
              : text.heard((heard.duration_ms / 1000).toFixed(0))}
            {match && !match.in_library && ` · ${text.removed}`}
          </span>
        </span>
        {match && <Elsewhere of={match} />}
      </span>
      <span className="place small muted">{match && text.at(clock(match.play_offset_ms))}</span>
      <span className="certain small muted">{match && text.sure(share(match.score))}</span>
      <span className="source small muted">{text.sources[heard.source]}</span>
      <button
        type="button"
        className="icon-button"
        disabled={going}
        aria-label={text.remove(nameOf(heard), timeOf(heard))}
        onClick={() => remove(heard)}
      >
        <Icon name="trash" />
      </button>
    </li>
  );
}

function Nothing() {
  return (
    <span className="cover small none">
      <Icon name="wave" />
    </span>
  );
}

export function nameOf({ match }: Heard): string {
  return match?.title ?? text.noMatch;
}

export function timeOf({ heard_at }: Heard): string {
  return TIME.format(new Date(heard_at));
}

function dayName({ heard_at }: Heard): string {
  const day = new Date(heard_at);
  const now = new Date();
  if (formatDay(day) === formatDay(now)) return text.today;
  now.setDate(now.getDate() - 1);
  return formatDay(day) === formatDay(now) ? text.yesterday : DATE.format(day);
}

function byDay(heard: readonly Heard[]): [string, Heard[]][] {
  const days = new Map<string, Heard[]>();
  for (const one of heard) {
    const day = formatDay(new Date(one.heard_at));
    days.set(day, [...(days.get(day) ?? []), one]);
  }
  return [...days];
}
