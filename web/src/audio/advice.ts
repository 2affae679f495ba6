import { rms } from "./pcm";

/** What may have kept a sound from being recognised. */
export type Advice = "quiet" | "short" | "speech" | "unknown";

const QUIET_RMS = 0.002; // -54 dB of full scale
const SHORT_S = 4;
const FRAME_S = 0.02;
const SECOND_FRAMES = 50;
const PAUSES_OF_SPEECH = 0.42;

/** Tell what would most likely help. */
export function adviseOn(samples: Float32Array, rate: number): Advice {
  if (rms(samples) < QUIET_RMS) return "quiet";
  if (samples.length < SHORT_S * rate) return "short";
  return pauses(samples, rate) > PAUSES_OF_SPEECH ? "speech" : "unknown";
}

/**
 * Share of frames with less than half the mean level of the second around them. Speech pauses
 * between syllables and words; music rarely does.
 */
export function pauses(samples: Float32Array, rate: number): number {
  const length = Math.round(FRAME_S * rate);
  const levels: number[] = [];
  for (let at = 0; at + length <= samples.length; at += length) {
    levels.push(rms(samples.subarray(at, at + length)));
  }
  let low = 0;
  for (let first = 0; first < levels.length; first += SECOND_FRAMES) {
    const second = levels.slice(first, first + SECOND_FRAMES);
    const mean = second.reduce((sum, level) => sum + level, 0) / second.length;
    low += second.filter((level) => level < mean / 2).length;
  }
  return low / Math.max(1, levels.length);
}
