import { expect, test } from "vitest";
import { Fft } from "./fft";

const SIZE = 256;

function sine(bin: number, length = SIZE): Float32Array {
  return Float32Array.from({ length }, (_, n) => Math.sin((2 * Math.PI * bin * n) / SIZE));
}

test("a full-scale sine has power 1 in its bin and none far from it", () => {
  const power = new Float32Array(SIZE / 2);
  new Fft(SIZE).power(sine(20), 0, power);
  expect(power[20]).toBeCloseTo(1, 3);
  expect(power[30]).toBeLessThan(1e-6);
});

test("it agrees with the sum that defines it", () => {
  const samples = Float32Array.from({ length: SIZE }, (_, n) => Math.sin(n * n * 0.37) * 0.5);
  const power = new Float32Array(SIZE / 2);
  new Fft(SIZE).power(samples, 0, power);
  for (const bin of [1, 17, 90]) {
    let re = 0;
    let im = 0;
    for (let n = 0; n < SIZE; n++) {
      const windowed = (samples[n] as number) * Math.sin((Math.PI * (n + 0.5)) / SIZE) ** 2;
      re += windowed * Math.cos((2 * Math.PI * bin * n) / SIZE);
      im += windowed * Math.sin((2 * Math.PI * bin * n) / SIZE);
    }
    expect(power[bin]).toBeCloseTo((4 / SIZE) ** 2 * (re * re + im * im), 5);
  }
});

test("it begins where it is told, and takes what is missing for silence", () => {
  const samples = new Float32Array(2 * SIZE);
  samples.set(sine(8), SIZE);
  const power = new Float32Array(SIZE / 2);
  const fft = new Fft(SIZE);
  fft.power(samples, SIZE, power);
  expect(power[8]).toBeCloseTo(1, 3);
  fft.power(samples, 3 * SIZE, power);
  expect(Math.max(...power)).toBe(0);
});
