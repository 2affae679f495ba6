import { Columns } from "../audio/columns";
import type { Sound } from "../audio/decode";
import { readPalette } from "../audio/palette";

/**
 * Draw a stretch of a sound as a spectrogram over the whole of a canvas. Where the stretch reaches
 * beyond the sound, there is silence.
 */
export function drawSpectrogram(
  canvas: HTMLCanvasElement,
  sound: Sound,
  beginMs: number,
  endMs: number,
): void {
  const { width, height } = canvas;
  const context = canvas.getContext("2d") as CanvasRenderingContext2D;
  const { levels } = readPalette(canvas.parentElement ?? document.body);
  const image = new ImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer).fill(levels[0] as number);
  const perSecond = (1000 * width) / (endMs - beginMs);
  const columns = new Columns(sound.rate, height, perSecond);
  // Columns are told by the time of their middle, so the sound begins a window early.
  const lead = 0.1;
  const from = Math.round((beginMs / 1000 - lead) * sound.rate);
  const to = Math.round((endMs / 1000 + lead) * sound.rate);
  const stretch = new Float32Array(Math.max(0, to - from));
  stretch.set(
    sound.samples.subarray(Math.max(0, from), Math.max(0, to)),
    Math.min(stretch.length, Math.max(0, -from)),
  );
  columns.push(stretch, (column, time) => {
    const x = Math.round((time - lead) * perSecond);
    if (x < 0 || x >= width) return;
    for (let y = 0; y < height; y++) {
      pixels[y * width + x] = levels[column[y] as number] as number;
    }
  });
  context.putImageData(image, 0, 0);
}
