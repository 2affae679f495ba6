import { useEffect, useRef, useState } from "react";
import { Link } from "wouter";
import { UNREACHABLE } from "../api/client";
import { share } from "../app/format";
import { strings } from "../app/strings";
import { sentence } from "../app/words";
import { Icon } from "../ui/Icon";
import { fillTo, Meter } from "../ui/Meter";
import { type Listening, listener } from "./listener";

const text = strings.listen;
const WORTH_NAMING = 0.25; // below it the best guess is another one every moment
const LIKELY = 0.9;
const QUIET_LEVEL = 0.12;
const QUIET_AFTER_MS = 3000;

/** What is going on, or why nothing came of it, in a place that never changes its height. */
export function Message({ state }: { state: Listening }) {
  const { phase, source, fileName, hearing } = state;
  if (phase === "failed") return <Failure state={state} />;
  if (phase === "unmatched" && hearing) {
    return (
      <div className="message" role="status">
        <h2>{text.unmatched.title}</h2>
        <p>{text.unmatched[hearing.advice ?? "unknown"]}</p>
        <div className="actions">
          <Link href={`/why/${hearing.id}`} className="button">
            {text.whyNot}
          </Link>
        </div>
      </div>
    );
  }
  const lines: Partial<Record<typeof phase, string>> = {
    asking: source === "system" ? text.askingSystem : text.asking,
    finishing: text.finishing,
    reading: text.reading,
  };
  if (phase === "listening") return <Progress state={state} />;
  return (
    <div className="message" role="status">
      <h2>{lines[phase] ?? text.title}</h2>
      <p>{lines[phase] ? fileName : text.invite}</p>
    </div>
  );
}

function Progress({ state: { best, connected, rejected } }: { state: Listening }) {
  const level = useRef<HTMLSpanElement>(null);
  const [quiet, setQuiet] = useState(false);
  useEffect(() => {
    let frame = 0;
    let heardAt = performance.now();
    let told = false;
    const beat = (now: number) => {
      if (listener.level > QUIET_LEVEL) heardAt = now;
      if (told !== now - heardAt > QUIET_AFTER_MS) {
        told = !told;
        setQuiet(told);
      }
      if (level.current) level.current.style.transform = fillTo(listener.level);
      frame = requestAnimationFrame(beat);
    };
    frame = requestAnimationFrame(beat);
    return () => cancelAnimationFrame(frame);
  }, []);
  const named = best && best.score > WORTH_NAMING ? best : null;
  const wrong = rejected.at(-1);
  const line = !connected
    ? text.reconnecting
    : quiet
      ? text.quiet
      : wrong
        ? text.doubt.listening(wrong.title)
        : "";
  const title = named
    ? (named.score > LIKELY ? text.likely : text.maybe)(named.title)
    : text.listening;
  const said = line || (named ? text.sure(share(named.score)) : "\u00a0");
  return (
    <div className="message steady" role="status">
      <h2 key={title}>{title}</h2>
      <p key={said}>{said}</p>
      <div className="meters">
        <Meter fill={level} />
        <Meter share={firmness(best?.score ?? 0)} tone="teal" />
      </div>
    </div>
  );
}

/** From a probability to a length: each nine of it adds as much. */
function firmness(score: number): number {
  return Math.min(1, -Math.log10(Math.max(1 - score, 1e-4)) / 3);
}

function Failure({ state: { fault, error, source } }: { state: Listening }) {
  const words = fault
    ? text.faults[fault === "refused" && source === "system" ? "refusedSystem" : fault]
    : {
        title: text.faults.server.title,
        text: !error || error.code === UNREACHABLE ? strings.unreachable : sentence(error.message),
      };
  return (
    <div className="message fault" role="alert">
      <h2>
        <Icon name="alert" />
        {words.title}
      </h2>
      <p>{words.text}</p>
    </div>
  );
}
