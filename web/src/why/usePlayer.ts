import { type RefObject, useEffect, useRef, useState } from "react";
import { audioUrl, type Explanation } from "../api/client";
import type { Reference } from "./useReference";

type Side = "clip" | "track";

interface PlayerOptions {
  clip: Blob;
  explanation: Explanation;
  reference: Reference;
}

interface Player {
  playing: Side | null;
  fault: boolean;
  head: RefObject<HTMLSpanElement | null>;
  toggle(side: Side): void;
}

/** Plays the window that decided, from the clip or from the track, and moves the head along. */
export function usePlayer({ clip, explanation, reference }: PlayerOptions): Player {
  const [playing, setPlaying] = useState<Side | null>(null);
  const [fault, setFault] = useState(false);
  const head = useRef<HTMLSpanElement>(null);
  const { begin_ms, end_ms, candidate } = explanation;
  const lengthMs = end_ms - begin_ms;
  const speed = 1 + (candidate?.time_skew ?? 0);
  const trackBegin = candidate?.track_begin_ms ?? 0;
  const trackId = reference.state === "there" ? (candidate?.id ?? null) : null;

  useEffect(() => {
    if (!playing) return;
    let frame = 0;
    let stopSound = () => {};
    let left = false;
    const follow = (passedMs: () => number) => {
      const step = () => {
        const share = passedMs() / lengthMs;
        if (share >= 1) {
          setPlaying(null);
          return;
        }
        if (head.current) head.current.style.left = `${(100 * Math.max(0, share)).toFixed(2)}%`;
        frame = requestAnimationFrame(step);
      };
      step();
    };
    const fail = () => {
      if (left) return;
      setFault(true);
      setPlaying(null);
    };
    if (playing === "clip") {
      const context = new AudioContext();
      stopSound = () => void context.close();
      clip
        .arrayBuffer()
        .then((data) => context.decodeAudioData(data))
        .then((buffer) => {
          if (left) return;
          const source = new AudioBufferSourceNode(context, { buffer });
          source.connect(context.destination);
          const began = context.currentTime;
          source.start(0, begin_ms / 1000, lengthMs / 1000);
          follow(() => 1000 * (context.currentTime - began));
        })
        .catch(fail);
    } else if (trackId !== null) {
      const audio = new Audio(audioUrl(trackId));
      stopSound = () => {
        audio.pause();
        audio.removeAttribute("src");
        audio.load(); // lets go of the connection
      };
      audio.currentTime = Math.max(0, trackBegin / 1000);
      audio.onerror = fail;
      audio.play().then(() => {
        if (!left) follow(() => (1000 * audio.currentTime - trackBegin) / speed);
      }, fail);
    }
    return () => {
      left = true;
      cancelAnimationFrame(frame);
      stopSound();
    };
  }, [playing, clip, begin_ms, lengthMs, speed, trackBegin, trackId]);

  return {
    playing,
    fault,
    head,
    toggle(side) {
      setFault(false);
      setPlaying(playing === side ? null : side);
    },
  };
}
