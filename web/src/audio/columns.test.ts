import { expect, test } from "vitest";
import { Columns } from "./columns";
import { height } from "./scale";

const RATE = 16000;
const ROWS = 200;

function draw(samples: Float32Array, block = 1024) {
  const columns = new Columns(RATE, ROWS, 60);
  const drawn: { column: Uint8Array; time: number }[] = [];
  for (let at = 0; at < samples.length; at += block) {
    columns.push(samples.subarray(at, at + block), (column, time) => {
      drawn.push({ column: column.slice(), time });
    });
  }
  return drawn;
}

function tone(hz: number, seconds: number): Float32Array {
  return Float32Array.from(
    { length: seconds * RATE },
    (_, n) => 0.3 * Math.sin((2 * Math.PI * hz * n) / RATE),
  );
}

test.each([200, 1000, 3000])("a tone of %d Hz is brightest where the scale says", (hz) => {
  const column = draw(tone(hz, 1)).at(-1)?.column as Uint8Array;
  const brightest = column.indexOf(Math.max(...column));
  expect(Math.abs(brightest - (1 - height(hz)) * ROWS)).toBeLessThan(3);
});

test("columns come at the rate that was asked for, at the times they stand for", () => {
  const drawn = draw(tone(440, 2));
  expect(drawn.length).toBeGreaterThan(110);
  const steps = drawn.slice(1).map(({ time }, n) => time - (drawn[n]?.time ?? 0));
  expect(Math.min(...steps)).toBeCloseTo(1 / 60, 3);
  expect(Math.max(...steps)).toBeCloseTo(1 / 60, 3);
});

test("silence is dark, and a sound begins when it does", () => {
  const samples = new Float32Array(2 * RATE);
  samples.set(tone(1000, 1), RATE);
  const drawn = draw(samples);
  const bright = drawn.filter(({ column }) => Math.max(...column) > 100);
  expect(bright[0]?.time).toBeGreaterThan(0.94);
  expect(bright[0]?.time).toBeLessThan(1.06);
  expect(Math.max(...(drawn[10]?.column ?? []))).toBe(0);
});

test("how the sound is cut into blocks makes no difference", () => {
  const samples = tone(700, 1);
  expect(draw(samples, 333)).toEqual(draw(samples, 16000));
});
