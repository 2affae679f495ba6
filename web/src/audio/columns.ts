import { Fft } from "./fft";
import { frequency } from "./scale";

const WINDOW_S = 0.085;
const RANGE_DB = 62;
const QUIETEST_TOP_DB = -56; // silence is not blown up to noise
const FALL_DB_PER_S = 3;

/**
 * Turns a stream of samples into columns of a spectrogram: one byte for each row, 0 is the top one,
 * 255 the loudest.
 */
export class Columns {
  readonly rows: number;
  private readonly rate: number;
  private readonly perSecond: number;
  private readonly fft: Fft;
  private readonly power: Float32Array;
  private readonly bins: Float32Array;
  private readonly column: Uint8Array;
  private pending: Float32Array;
  private filled = 0;
  private made = 0;
  private skipped = 0;
  private topDb = QUIETEST_TOP_DB;

  constructor(rate: number, rows: number, perSecond: number) {
    this.rows = rows;
    this.rate = rate;
    this.perSecond = perSecond;
    this.fft = new Fft(2 ** Math.round(Math.log2(WINDOW_S * rate)));
    this.power = new Float32Array(this.fft.size / 2);
    this.bins = Float32Array.from({ length: rows }, (_, row) => {
      const hz = frequency(1 - (row + 0.5) / rows);
      return Math.min((hz * this.fft.size) / rate, this.fft.size / 2 - 2);
    });
    this.column = new Uint8Array(rows);
    this.pending = new Float32Array(4 * this.fft.size);
  }

  /** How long after its first sample the middle of a column is, in seconds. */
  get halfWindow(): number {
    return this.fft.size / 2 / this.rate;
  }

  /** Take samples; `draw` gets each new column and the time of its middle, in seconds. */
  push(samples: Float32Array, draw: (column: Uint8Array, time: number) => void): void {
    if (this.filled + samples.length > this.pending.length) {
      const longer = new Float32Array(2 * (this.filled + samples.length));
      longer.set(this.pending.subarray(0, this.filled));
      this.pending = longer;
    }
    this.pending.set(samples, this.filled);
    this.filled += samples.length;
    for (;;) {
      const start = Math.round((this.made * this.rate) / this.perSecond) - this.skipped;
      if (start + this.fft.size > this.filled) {
        const done = Math.max(0, Math.min(start, this.filled));
        this.pending.copyWithin(0, done, this.filled);
        this.filled -= done;
        this.skipped += done;
        return;
      }
      this.fft.power(this.pending, start, this.power);
      this.paint();
      draw(this.column, (this.skipped + start) / this.rate + this.halfWindow);
      this.made++;
    }
  }

  private paint(): void {
    let loudest = 1e-12;
    for (let row = 0; row < this.rows; row++) {
      const bin = this.bins[row] as number;
      const below = Math.floor(bin);
      const share = bin - below;
      const value =
        (this.power[below] as number) * (1 - share) + (this.power[below + 1] as number) * share;
      if (value > loudest) loudest = value;
    }
    const db = 10 * Math.log10(loudest);
    this.topDb = Math.max(QUIETEST_TOP_DB, db, this.topDb - FALL_DB_PER_S / this.perSecond);
    for (let row = 0; row < this.rows; row++) {
      const bin = this.bins[row] as number;
      const below = Math.floor(bin);
      const share = bin - below;
      const value =
        (this.power[below] as number) * (1 - share) + (this.power[below + 1] as number) * share;
      const level = 1 + (10 * Math.log10(value + 1e-12) - this.topDb) / RANGE_DB;
      this.column[row] = level <= 0 ? 0 : Math.round(255 * level ** 1.5);
    }
  }
}
