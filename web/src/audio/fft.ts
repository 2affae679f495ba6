/** Power spectra of real signals whose length is a power of two. */
export class Fft {
  readonly size: number;
  private readonly window: Float32Array;
  private readonly cos: Float32Array;
  private readonly sin: Float32Array;
  private readonly order: Uint32Array;
  private readonly re: Float32Array;
  private readonly im: Float32Array;

  constructor(size: number) {
    this.size = size;
    this.window = Float32Array.from(
      { length: size },
      (_, n) => Math.sin((Math.PI * (n + 0.5)) / size) ** 2,
    );
    this.cos = Float32Array.from({ length: size / 2 }, (_, n) =>
      Math.cos((2 * Math.PI * n) / size),
    );
    this.sin = Float32Array.from({ length: size / 2 }, (_, n) =>
      Math.sin((2 * Math.PI * n) / size),
    );
    const bits = Math.log2(size);
    this.order = Uint32Array.from({ length: size }, (_, n) => {
      let reversed = 0;
      for (let bit = 0; bit < bits; bit++) reversed |= ((n >> bit) & 1) << (bits - 1 - bit);
      return reversed;
    });
    this.re = new Float32Array(size);
    this.im = new Float32Array(size);
  }

  /**
   * Write the power of `size` samples from `start` on into `power`, `size / 2` bins. A full-scale
   * sine has power 1 in its bin.
   */
  power(samples: Float32Array, start: number, power: Float32Array): void {
    const { size, re, im, cos, sin } = this;
    for (let n = 0; n < size; n++) {
      const from = this.order[n] as number;
      re[n] = (samples[start + from] ?? 0) * (this.window[from] as number);
      im[n] = 0;
    }
    for (let half = 1; half < size; half *= 2) {
      const step = size / (2 * half);
      for (let first = 0; first < size; first += 2 * half) {
        for (let n = 0; n < half; n++) {
          const a = first + n;
          const b = a + half;
          const c = cos[n * step] as number;
          const s = sin[n * step] as number;
          const x = re[b] as number;
          const y = im[b] as number;
          const real = x * c + y * s;
          const imaginary = y * c - x * s;
          re[b] = (re[a] as number) - real;
          im[b] = (im[a] as number) - imaginary;
          re[a] = (re[a] as number) + real;
          im[a] = (im[a] as number) + imaginary;
        }
      }
    }
    const scale = (4 / size) ** 2;
    for (let n = 0; n < size / 2; n++) {
      power[n] = scale * ((re[n] as number) ** 2 + (im[n] as number) ** 2);
    }
  }
}
