/** `1:47` of 107,000 ms. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  const tail = `${String(Math.floor(seconds / 60) % 60)}:${String(seconds % 60).padStart(2, "0")}`;
  return seconds < 3600 ? tail : `${Math.floor(seconds / 3600)}:${tail.padStart(5, "0")}`;
}

/** A probability in per cent, never rounded up to certainty. */
export function share(probability: number): string {
  const percent = Math.min(99.99, 100 * probability);
  const digits = percent >= 99.9 ? 2 : percent >= 99 ? 1 : 0;
  return `${Math.floor(percent * 10 ** digits + 1e-6) / 10 ** digits} %`;
}

/** Bytes in the largest unit that leaves a number over 1. */
export function bytes(count: number): string {
  const units = ["B", "kB", "MB", "GB", "TB"];
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3));
  const value = count / 1000 ** power;
  return `${value.toFixed(power && value < 100 ? 1 : 0)} ${units[power]}`;
}

export function names(artists: readonly { name: string }[]): string {
  return artists.map(({ name }) => name).join(", ");
}
