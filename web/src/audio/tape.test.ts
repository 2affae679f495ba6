import { expect, test } from "vitest";
import { Tape } from "./tape";

function count(from: number, to: number): Float32Array {
  return Float32Array.from({ length: to - from }, (_, n) => from + n);
}

test("it keeps the last seconds and counts all", () => {
  const tape = new Tape(10, 2);
  for (let at = 0; at < 49; at += 7) tape.push(count(at, at + 7));
  expect(tape.length).toBe(49);
  expect(tape.oldest).toBe(29);
  expect(tape.slice(0)).toEqual(count(29, 49));
  expect(tape.slice(35, 40)).toEqual(count(35, 40));
});

test("what is not there yet is left out", () => {
  const tape = new Tape(10, 2);
  tape.push(count(0, 5));
  expect(tape.slice(3, 99)).toEqual(count(3, 5));
  expect(tape.slice(9)).toEqual(new Float32Array(0));
});
