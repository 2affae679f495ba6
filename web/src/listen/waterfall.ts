import { Columns } from "../audio/columns";
import { onThemeChange, type Palette, readPalette } from "../audio/palette";
import { height } from "../audio/scale";
import type { Watcher } from "./listener";

const SECONDS = 7;
const LAG_S = 0.05; // behind the newest sound, so that the picture moves evenly
const SHARPEST = 2;
const SAME_MS = 40;
const SAME_HEIGHTS = 120;
const NEIGHBOURS = [-1, 0, 1].flatMap((t) => [-1, 0, 1].map((p): [number, number] => [t, p]));

/**
 * A spectrogram that scrolls while it is heard. One canvas is a ring of columns, each drawn once;
 * a frame copies the ring to the screen in two pieces.
 */
export class Waterfall implements Watcher {
  private readonly view: HTMLCanvasElement;
  private readonly screen: CanvasRenderingContext2D;
  private readonly ring = document.createElement("canvas");
  private readonly tape: CanvasRenderingContext2D;
  private palette: Palette;
  private columns: Columns | null = null;
  private pixels: ImageData;
  private perSecond = 1;
  private rate = 48000;
  private heard = 0; // samples
  private originMs = 0; // of the first column
  private made = 0;
  private shown = 0; // column at the right edge, with a fraction
  private drawnAt = 0;
  private frame = 0;
  private live = false;
  private readonly marked = new Set<number>();
  private readonly forget: () => void;

  constructor(view: HTMLCanvasElement) {
    this.view = view;
    this.screen = view.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    this.tape = this.ring.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    this.palette = readPalette(view);
    this.pixels = new ImageData(1, 1);
    const resized = new ResizeObserver(() => this.resize());
    resized.observe(view);
    const unwatch = onThemeChange(() => {
      this.palette = readPalette(view);
      this.clear();
    });
    this.forget = () => {
      resized.disconnect();
      unwatch();
      cancelAnimationFrame(this.frame);
    };
    this.resize();
  }

  begin(rate: number): void {
    this.rate = rate;
    this.heard = 0;
    this.restart();
    this.live = true;
    this.drawnAt = performance.now();
    cancelAnimationFrame(this.frame);
    this.frame = requestAnimationFrame(this.draw);
  }

  samples(block: Float32Array): void {
    this.heard += block.length;
    const words = new Uint32Array(this.pixels.data.buffer);
    this.columns?.push(block, (column) => {
      for (let row = 0; row < column.length; row++) {
        words[row] = this.palette.levels[column[row] as number] as number;
      }
      this.tape.putImageData(this.pixels, this.made % this.ring.width, 0);
      this.made++;
    });
  }

  landmarks(found: [number, number][]): void {
    const size = this.ring.height > 500 ? 2.8 : 1.8;
    this.tape.fillStyle = this.palette.landmark;
    this.tape.beginPath();
    for (const [ms, hz] of found) {
      // A query is analysed at shifts of a fraction of a frame: the same peak comes several times.
      const time = Math.round(ms / SAME_MS);
      const place = Math.round(height(hz) * SAME_HEIGHTS);
      if (NEIGHBOURS.some(([t, p]) => this.marked.has(1000 * (time + t) + place + p))) continue;
      this.marked.add(1000 * time + place);
      const column = ((ms - this.originMs) / 1000) * this.perSecond;
      if (column < 0 || column < this.made - this.ring.width || column > this.made) continue;
      const x = column % this.ring.width;
      const y = (1 - height(hz)) * this.ring.height;
      this.tape.moveTo(x + size, y);
      this.tape.arc(x, y, size, 0, 2 * Math.PI);
    }
    this.tape.fill();
  }

  end(): void {
    this.live = false;
  }

  close(): void {
    this.live = false;
    this.forget();
  }

  private resize(): void {
    const scale = Math.min(devicePixelRatio, SHARPEST);
    const width = Math.max(1, Math.round(this.view.clientWidth * scale));
    const tall = Math.max(1, Math.round(this.view.clientHeight * scale));
    if (this.view.width === width && this.view.height === tall) return;
    this.perSecond = Math.max(24, width / SECONDS);
    this.view.width = width;
    this.ring.width = width + Math.ceil(this.perSecond / 2); // columns made ahead of the screen
    this.view.height = this.ring.height = tall;
    this.pixels = new ImageData(1, tall);
    if (this.columns) this.restart();
    else this.clear();
  }

  /** Begin an empty picture with the sound that comes now. */
  private restart(): void {
    this.columns = new Columns(this.rate, this.ring.height, this.perSecond);
    this.originMs = (1000 * this.heard) / this.rate;
    this.clear();
  }

  private clear(): void {
    this.made = 0;
    this.marked.clear();
    this.shown = 0;
    for (const context of [this.tape, this.screen]) {
      context.fillStyle = this.palette.background;
      context.fillRect(0, 0, this.ring.width, this.ring.height);
    }
  }

  private readonly draw = (now: number): void => {
    const target = Math.max(0, this.made - LAG_S * this.perSecond);
    this.shown += ((now - this.drawnAt) / 1000) * this.perSecond;
    this.shown += (target - this.shown) * 0.08;
    this.drawnAt = now;
    const { width, height: tall } = this.view;
    const edge = Math.max(0, Math.min(this.made, Math.round(this.shown)));
    for (let column = Math.max(0, edge - width); column < edge; ) {
      const from = column % this.ring.width;
      const count = Math.min(edge - column, this.ring.width - from);
      const to = width - edge + column;
      this.screen.drawImage(this.ring, from, 0, count, tall, to, 0, count, tall);
      column += count;
    }
    if (this.live) this.frame = requestAnimationFrame(this.draw);
  };
}
