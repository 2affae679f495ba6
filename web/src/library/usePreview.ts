import { useEffect, useRef, useState } from "react";
import { audioUrl } from "../api/client";

export interface Preview {
  /** The track that is playing. */
  playing: number | null;
  /** The track that could not be played. */
  failed: number | null;
  /** Play a track, from so many seconds on, or stop it. */
  toggle(id: number, from?: number): void;
  /** How far what is playing is, in seconds. */
  position(): number;
}

/** Plays one track at a time. */
export function usePreview(): Preview {
  const audio = useRef<HTMLAudioElement>(null);
  const [playing, setPlaying] = useState<number | null>(null);
  const [failed, setFailed] = useState<number | null>(null);

  const stop = () => {
    audio.current?.pause();
    audio.current?.removeAttribute("src");
    audio.current?.load(); // lets go of the connection
    audio.current = null;
  };
  useEffect(() => stop, []);

  return {
    playing,
    failed,
    position: () => audio.current?.currentTime ?? 0,
    toggle(id, from = 0) {
      stop();
      setFailed(null);
      if (playing === id) {
        setPlaying(null);
        return;
      }
      const sound = new Audio(audioUrl(id));
      sound.currentTime = from;
      audio.current = sound;
      setPlaying(id);
      const ended = (fault: boolean) => {
        if (audio.current !== sound) return;
        setPlaying(null);
        if (fault) setFailed(id);
      };
      sound.onended = () => ended(false);
      sound.play().catch(() => ended(true));
    },
  };
}
