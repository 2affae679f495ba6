import { Columns } from "../audio/columns";
import { onThemeChange, type Palette, readPalette } from "../audio/palette";
import { height } from "../audio/scale";
import type { Watcher } from "./listener";

const SECONDS = 7; // from edge to edge
const MOST_COLUMNS = 100; // a second; a window is 85 ms long, more would show nothing new
const TILE_COLUMNS = 64;
const LAG_S = 0.08; // behind the newest sound, so that the picture moves evenly
const SHARPEST = 2;
const SAME_MS = 40;
const SAME_HEIGHTS = 120;
const NEIGHBOURS = [-1, 0, 1].flatMap((t) => [-1, 0, 1].map((p): [number, number] => [t, p]));

/**
 * A spectrogram that scrolls while it is heard. It is drawn on a strip of narrow canvases, each
 * column once; what moves is the strip as a whole, which costs no drawing at all.
 */
export class Waterfall implements Watcher {
  private readonly place: HTMLElement;
  private readonly strip = document.createElement("div");
  private tiles: CanvasRenderingContext2D[] = [];
  private palette: Palette;
  private columns = new Columns(48000, 1, 1);
  private pixels = new ImageData(1, 1);
  private rows = 1;
  private columnPx = 1; // of the page
  private columnDots = 1; // of a canvas
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

  constructor(place: HTMLElement) {
    this.place = place;
    this.palette = readPalette(place);
    this.strip.className = "strip";
    place.append(this.strip);
    const resized = new ResizeObserver(() => this.resize());
    resized.observe(place);
    const unwatch = onThemeChange(() => {
      this.palette = readPalette(place);
      this.restart();
    });
    this.forget = () => {
      resized.disconnect();
      unwatch();
      cancelAnimationFrame(this.frame);
      this.strip.remove();
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
    this.frame = requestAnimationFrame(this.move);
  }

  samples(block: Float32Array): void {
    this.heard += block.length;
    const words = new Uint32Array(this.pixels.data.buffer);
    this.columns.push(block, (column) => {
      const dots = this.columnDots;
      for (let row = 0; row < column.length; row++) {
        words.fill(
          this.palette.levels[column[row] as number] as number,
          row * dots,
          (row + 1) * dots,
        );
      }
      const [tile, x] = this.locate(this.made);
      if (x === 0) this.lay(tile, this.made);
      tile.putImageData(this.pixels, x * dots, 0);
      this.made++;
    });
  }

  landmarks(found: [number, number][]): void {
    const size = 1.8 * (this.columnDots / this.columnPx);
    for (const [ms, hz] of found) {
      const column = ((ms - this.originMs) / 1000 - this.columns.halfWindow) * this.perSecond;
      // The newest tiles; what lies further back is about to be overwritten.
      if (column < 0 || column > this.made || column < this.made - this.span) continue;
      // A query is analysed at shifts of a fraction of a frame: the same peak comes several times.
      const time = Math.round(ms / SAME_MS);
      const place = Math.round(height(hz) * SAME_HEIGHTS);
      if (NEIGHBOURS.some(([t, p]) => this.marked.has(1000 * (time + t) + place + p))) continue;
      this.marked.add(1000 * time + place);
      const [tile, x] = this.locate(Math.floor(column));
      tile.fillStyle = this.palette.landmark;
      tile.beginPath();
      tile.arc(
        (x + (column % 1)) * this.columnDots,
        (1 - height(hz)) * this.rows,
        size,
        0,
        2 * Math.PI,
      );
      tile.fill();
    }
  }

  end(): void {
    this.live = false;
  }

  close(): void {
    this.live = false;
    this.forget();
  }

  /** How many columns are kept. */
  private get span(): number {
    return (this.tiles.length - 1) * TILE_COLUMNS;
  }

  /** The tile of a column, and which of the tile's columns it is. */
  private locate(column: number): [CanvasRenderingContext2D, number] {
    const number = Math.floor(column / TILE_COLUMNS) % this.tiles.length;
    return [this.tiles[number] as CanvasRenderingContext2D, column % TILE_COLUMNS];
  }

  /** Put the oldest tile where the next columns are to be. */
  private lay(tile: CanvasRenderingContext2D, column: number): void {
    const { canvas } = tile;
    tile.fillStyle = this.palette.background;
    tile.fillRect(0, 0, canvas.width, canvas.height);
    canvas.style.transform = `translateX(${column * this.columnPx}px)`;
    canvas.style.visibility = "visible";
  }

  private resize(): void {
    const { clientWidth: wide, clientHeight: tall } = this.place;
    if (!wide || !tall) return;
    const scale = Math.min(devicePixelRatio, SHARPEST);
    this.columnPx = Math.max(1, Math.ceil(wide / SECONDS / MOST_COLUMNS));
    this.columnDots = Math.round(this.columnPx * scale);
    this.perSecond = wide / SECONDS / this.columnPx;
    this.rows = Math.round(tall * scale);
    this.pixels = new ImageData(this.columnDots, this.rows);
    const count = Math.ceil(wide / this.columnPx / TILE_COLUMNS) + 2;
    this.tiles = Array.from({ length: count }, () => {
      const canvas = document.createElement("canvas");
      canvas.width = TILE_COLUMNS * this.columnDots;
      canvas.height = this.rows;
      canvas.style.width = `${TILE_COLUMNS * this.columnPx}px`;
      return canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    });
    this.strip.replaceChildren(...this.tiles.map(({ canvas }) => canvas));
    this.restart();
  }

  /** Begin an empty picture with the sound that comes now. */
  private restart(): void {
    this.columns = new Columns(this.rate, this.rows, this.perSecond);
    this.originMs = (1000 * this.heard) / this.rate;
    this.made = 0;
    this.shown = 0;
    this.marked.clear();
    for (const { canvas } of this.tiles) canvas.style.visibility = "hidden";
  }

  private readonly move = (now: number): void => {
    const target = Math.max(0, this.made - LAG_S * this.perSecond);
    this.shown += ((now - this.drawnAt) / 1000) * this.perSecond;
    this.shown += (target - this.shown) * 0.08;
    this.drawnAt = now;
    const edge = Math.max(0, Math.min(this.made, this.shown)) * this.columnPx;
    // On whole dots of the screen, or the tiles' seams would show.
    const left = Math.round((this.place.clientWidth - edge) * devicePixelRatio) / devicePixelRatio;
    this.strip.style.transform = `translateX(${left}px)`;
    if (this.live) this.frame = requestAnimationFrame(this.move);
  };
}
