import { useEffect, useRef } from "react";
import { strings } from "../app/strings";
import { Icon } from "../ui/Icon";
import { Constellation } from "./Constellation";
import { type Listening, listener } from "./listener";
import { Waterfall } from "./waterfall";

const text = strings.listen;
const HALO = 0.42; // how far the loudest sound reaches beyond the button

/** The spectrogram with the button on it. */
export function Stage({ state }: { state: Listening }) {
  const place = useRef<HTMLDivElement>(null);
  const halo = useRef<HTMLSpanElement>(null);
  const { phase } = state;
  const live = phase === "listening";

  useEffect(() => {
    const waterfall = new Waterfall(place.current as HTMLDivElement);
    const unwatch = listener.watch(waterfall);
    return () => {
      unwatch();
      waterfall.close();
    };
  }, []);

  useEffect(() => {
    if (!live) return;
    let frame = 0;
    const beat = () => {
      const reach = 1 + HALO * listener.level;
      if (halo.current) halo.current.style.transform = `scale(${reach.toFixed(3)})`;
      frame = requestAnimationFrame(beat);
    };
    beat();
    return () => cancelAnimationFrame(frame);
  }, [live]);

  const busy = phase === "asking" || phase === "finishing" || phase === "reading";
  const answered = phase === "matched" || phase === "unmatched";
  const label = answered ? text.again : text.button;
  const untouched = phase === "idle" || phase === "failed" || state.source === "file";
  return (
    <section className="stage">
      <div ref={place} className="waterfall" data-testid="spectrogram" />
      {untouched && <Constellation />}
      <span className="edge" />
      <div className="press">
        <span ref={halo} className="halo" />
        <button
          type="button"
          className="listen-button"
          aria-label={live ? text.stop : busy ? text.busy : label}
          aria-disabled={busy}
          onClick={() => {
            if (live) listener.finish();
            else if (!busy) void listener.listen("microphone");
          }}
        >
          {busy ? <span className="spinner" /> : <Icon name={live ? "stop" : "wave"} />}
          <span aria-hidden="true">
            {live || busy ? "" : answered ? text.againShort : text.button}
          </span>
        </button>
      </div>
    </section>
  );
}
