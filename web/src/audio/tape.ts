/** The last seconds of a sound, and how much there was in all. */
export class Tape {
  readonly rate: number;
  private readonly ring: Float32Array;
  private total = 0;

  constructor(rate: number, seconds: number) {
    this.rate = rate;
    this.ring = new Float32Array(Math.ceil(rate * seconds));
  }

  /** Samples taken so far. */
  get length(): number {
    return this.total;
  }

  push(samples: Float32Array): void {
    for (let at = 0; at < samples.length; ) {
      const to = (this.total + at) % this.ring.length;
      const count = Math.min(samples.length - at, this.ring.length - to);
      this.ring.set(samples.subarray(at, at + count), to);
      at += count;
    }
    this.total += samples.length;
  }

  /** The first sample that is still there, counted from the beginning. */
  get oldest(): number {
    return Math.max(0, this.total - this.ring.length);
  }

  /** Copy the samples from `from` up to `to`, as far as they are still there. */
  slice(from: number, to = this.total): Float32Array {
    const first = Math.max(this.oldest, Math.floor(from));
    const stop = Math.min(this.total, Math.floor(to));
    const copy = new Float32Array(Math.max(0, stop - first));
    for (let at = 0; at < copy.length; ) {
      const start = (first + at) % this.ring.length;
      const count = Math.min(copy.length - at, this.ring.length - start);
      copy.set(this.ring.subarray(start, start + count), at);
      at += count;
    }
    return copy;
  }
}
