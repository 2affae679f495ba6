import { useEffect, useRef, useState } from "react";
import { audioUrl } from "../api/client";

export interface Preview {
  /** The track that is playing. */
  playing: number | null;
  /** The track that could not be played. */
  failed: number | null;
  toggle(id: number): void;
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
    toggle(id) {
      stop();
      setFailed(null);
      if (playing === id) {
        setPlaying(null);
        return;
      }
      const sound = new Audio(audioUrl(id));
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
