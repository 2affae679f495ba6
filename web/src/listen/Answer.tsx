import { useEffect, useState } from "react";
import { Link } from "wouter";
import type { Match } from "../api/client";
import { clock, names, share } from "../app/format";
import { linksOf } from "../app/links";
import { strings } from "../app/strings";
import { Cover } from "../ui/Cover";
import { Icon } from "../ui/Icon";
import { Links } from "../ui/Links";
import { Meter } from "../ui/Meter";
import { type Hearing, positionAt } from "./hearing";
import { listener } from "./listener";

const text = strings.listen;

interface AnswerProps {
  hearing: Hearing;
  match: Match;
}

/** The track that was recognised, and where it is now. */
export function Answer({ hearing, match }: AnswerProps) {
  const links = linksOf(match);
  const byline = [match.album?.name, match.release_date?.slice(0, 4)].filter(Boolean).join(" · ");
  return (
    <article className="answer">
      <Cover id={match.id} url={match.artwork_url} size="large" />
      <div className="facts">
        <div role="status">
          <span className="unseen">{text.match}</span>
          <h2 className="title">{match.title}</h2>
          <p className="artist">{names(match.artists) || strings.library.unknownArtist}</p>
        </div>
        <p className="muted small">{byline}</p>
        <Position hearing={hearing} match={match} />
        {(links.length > 0 || Math.abs(match.time_skew) >= 0.005) && (
          <p className="more small">
            {Math.abs(match.time_skew) >= 0.005 && (
              <span className="muted">{text.speed(speed(match.time_skew))}</span>
            )}
            <Links of={match} />
          </p>
        )}
      </div>
      <div className="actions">
        <Link href={`/why/${hearing.id}`} className="button">
          <Icon name="status" />
          {text.why}
        </Link>
        <button type="button" className="button quiet" onClick={() => listener.doubt()}>
          {text.wrong}
        </button>
      </div>
    </article>
  );
}

function Position({ hearing, match }: AnswerProps) {
  const [now, setNow] = useState(() => performance.now());
  const running = hearing.playingAt !== null;
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(performance.now()), 250);
    return () => clearInterval(timer);
  }, [running]);
  const position = positionAt(hearing, now);
  const words = text.of(clock(position), clock(match.duration_ms));
  return (
    <div className="position">
      <Meter share={position / Math.max(1, match.duration_ms)} />
      <p className="when small">
        <span data-testid="position">
          <span className="unseen">{text.position}: </span>
          {words}
        </span>
        <span className="sure">{text.sure(share(match.score))}</span>
      </p>
    </div>
  );
}

function speed(skew: number): string {
  return `${(100 * (1 + skew)).toFixed(1)} %`;
}
