import { useEffect, useRef } from "react";
import type { Explanation } from "../api/client";
import { clock } from "../app/format";
import { strings } from "../app/strings";
import type { Sound } from "../audio/decode";
import { onThemeChange } from "../audio/palette";
import { height } from "../audio/scale";
import { Icon } from "../ui/Icon";
import { drawSpectrogram } from "./picture";
import { usePlayer } from "./usePlayer";
import type { Reference } from "./useReference";

const text = strings.why;
const WIDE = 1000; // of the drawing's own units
const PANEL = 230;
const GAP = 64;
const TALL = 2 * PANEL + GAP;
const RESOLUTION = 1100;
const GRID_HZ = [250, 500, 1000, 2000];

interface AlignmentProps {
  explanation: Explanation;
  heard: Sound | null;
  clip: Blob;
  reference: Reference;
}

/** What was heard above what the library holds, with what they have in common joined. */
export function Alignment({ explanation, heard, clip, reference }: AlignmentProps) {
  const { begin_ms, end_ms, candidate } = explanation;
  const trackBegin = candidate?.track_begin_ms ?? 0;
  const speed = 1 + (candidate?.time_skew ?? 0);
  const trackEnd = trackBegin + (end_ms - begin_ms) * speed;
  const player = usePlayer({ clip, explanation, reference });
  const sound = reference.state === "there" ? reference.sound : null;
  return (
    <section className="card alignment">
      <header>
        <div>
          <h2>{text.aligned}</h2>
          <p className="muted small">{text.alignedAbout}</p>
        </div>
        <div className="actions">
          <PlayButton
            playing={player.playing === "clip"}
            label={text.clip}
            disabled={!heard}
            toggle={() => player.toggle("clip")}
          />
          {candidate && reference.state !== "missing" && (
            <PlayButton
              playing={player.playing === "track"}
              label={text.original}
              disabled={reference.state === "loading"}
              toggle={() => player.toggle("track")}
            />
          )}
        </div>
      </header>
      {player.fault && <p className="small fault">{text.cannotPlay}</p>}
      <figure className="panels" role="img" aria-label={explanation.summary}>
        <Spectrogram sound={heard} from={begin_ms} to={end_ms} />
        <div className="gap" />
        {candidate && <Spectrogram sound={sound} from={trackBegin} to={trackEnd} />}
        <Evidence explanation={explanation} />
        <span ref={player.head} className="playhead" hidden={!player.playing} />
        <span className="tag top-tag">
          {text.heard} · {clock(begin_ms)} – {clock(end_ms)}
        </span>
        {candidate && (
          <span className="tag low-tag">
            {candidate.title} · {clock(trackBegin)} – {clock(trackEnd)}
          </span>
        )}
      </figure>
      {candidate && reference.state === "missing" && <p className="muted small">{text.noAudio}</p>}
    </section>
  );
}

interface PlayButtonProps {
  playing: boolean;
  label: string;
  disabled: boolean;
  toggle(): void;
}

function PlayButton({ playing, label, disabled, toggle }: PlayButtonProps) {
  return (
    <button
      type="button"
      className="button"
      disabled={disabled}
      aria-pressed={playing}
      onClick={toggle}
    >
      <Icon name={playing ? "pause" : "play"} />
      {label}
    </button>
  );
}

function Spectrogram({ sound, from, to }: { sound: Sound | null; from: number; to: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useEffect(() => {
    if (!sound || !canvas.current) return;
    const target = canvas.current;
    const draw = () => drawSpectrogram(target, sound, from, to);
    draw();
    return onThemeChange(draw);
  }, [sound, from, to]);
  return <canvas ref={canvas} width={RESOLUTION} height={PANEL} />;
}

function Evidence({ explanation }: { explanation: Explanation }) {
  const { begin_ms, end_ms, query_landmarks, reference_landmarks, candidate } = explanation;
  const x = (ms: number) => ((ms - begin_ms) / Math.max(1, end_ms - begin_ms)) * WIDE;
  const y = (hz: number) => (1 - height(hz)) * PANEL;
  const low = PANEL + GAP;
  const joined = reference_landmarks.filter(([, , found]) => found);
  return (
    <svg viewBox={`0 0 ${WIDE} ${TALL}`} preserveAspectRatio="none" aria-hidden="true">
      {GRID_HZ.map((hz) => (
        <path key={hz} className="grid" d={`M0 ${y(hz)}H${WIDE}M0 ${low + y(hz)}H${WIDE}`} />
      ))}
      <path
        className="joins"
        d={joined.map(([ms, hz]) => `M${x(ms)} ${y(hz)}V${low + y(hz)}`).join("")}
      />
      <path
        className="dots faint"
        d={query_landmarks.map(([ms, hz]) => dot(x(ms), y(hz))).join("")}
      />
      <path className="dots" d={joined.map(([ms, hz]) => dot(x(ms), y(hz))).join("")} />
      {candidate && (
        <>
          <path
            className="dots faint"
            d={reference_landmarks
              .filter(([, , found]) => !found)
              .map(([ms, hz]) => dot(x(ms), low + y(hz)))
              .join("")}
          />
          <path className="dots" d={joined.map(([ms, hz]) => dot(x(ms), low + y(hz))).join("")} />
        </>
      )}
    </svg>
  );
}

/** A point; the line's round ends make a dot of it that no stretching distorts. */
function dot(x: number, y: number): string {
  return `M${x.toFixed(1)} ${y.toFixed(1)}h0`;
}
