/** The frequency axis of every spectrogram: logarithmic, around what recognition looks at. */
export const LOWEST_HZ = 130;
export const HIGHEST_HZ = 4200;

const OCTAVES = Math.log2(HIGHEST_HZ / LOWEST_HZ);

/** Where a frequency lies, 0 at the lowest and 1 at the highest. */
export function height(hz: number): number {
  return Math.log2(hz / LOWEST_HZ) / OCTAVES;
}

/** The frequency at a height. */
export function frequency(at: number): number {
  return LOWEST_HZ * 2 ** (OCTAVES * at);
}
