import { expect, test } from "vitest";
import { adviseOn } from "./advice";

const RATE = 8000;

function sound(seconds: number, level: (time: number) => number): Float32Array {
  return Float32Array.from(
    { length: seconds * RATE },
    (_, n) => level(n / RATE) * Math.sin((2 * Math.PI * 330 * n) / RATE),
  );
}

test("a sound that is hardly there is too quiet, whatever its length", () => {
  expect(
    adviseOn(
      sound(10, () => 0.001),
      RATE,
    ),
  ).toBe("quiet");
  expect(adviseOn(new Float32Array(0), RATE)).toBe("quiet");
});

test("a few seconds are too short", () => {
  expect(
    adviseOn(
      sound(2, () => 0.3),
      RATE,
    ),
  ).toBe("short");
});

test("syllables with pauses between them are speech", () => {
  const syllables = (time: number) => (time % 0.4 < 0.14 && time % 2.4 < 1.6 ? 0.4 : 0.004);
  expect(adviseOn(sound(10, syllables), RATE)).toBe("speech");
});

test("music that never pauses is not", () => {
  const notes = (time: number) => 0.4 * Math.exp(-2 * (time % 0.5)) + 0.1;
  expect(adviseOn(sound(10, notes), RATE)).toBe("unknown");
});
