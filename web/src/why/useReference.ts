import { useEffect, useState } from "react";
import { audioUrl } from "../api/client";
import { decode, type Sound } from "../audio/decode";

const LARGEST_BYTES = 60_000_000;

/** A track's own sound: on its way, there, or not to be had. */
export type Reference = { state: "loading" | "missing" } | { state: "there"; sound: Sound | null };

/** Fetch the file of a track, to draw and to play it. */
export function useReference(trackId: number | null): Reference {
  const [reference, setReference] = useState<Reference>({ state: "loading" });
  useEffect(() => {
    if (trackId === null) {
      setReference({ state: "missing" });
      return;
    }
    const left = new AbortController();
    setReference({ state: "loading" });
    void load(trackId, left.signal)
      .catch((): Reference => ({ state: "missing" }))
      .then((loaded) => {
        if (!left.signal.aborted) setReference(loaded);
      });
    return () => left.abort();
  }, [trackId]);
  return reference;
}

async function load(trackId: number, signal: AbortSignal): Promise<Reference> {
  const answer = await fetch(audioUrl(trackId), { signal });
  if (!answer.ok) return { state: "missing" };
  if (Number(answer.headers.get("content-length")) > LARGEST_BYTES) {
    await answer.body?.cancel();
    return { state: "there", sound: null }; // played, but not drawn
  }
  const sound = await answer.blob().then(decode, () => null);
  return { state: "there", sound };
}
