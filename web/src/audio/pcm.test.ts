import { expect, test } from "vitest";
import { rms, toPcm16, toWav } from "./pcm";

test("samples become integers, and too loud ones are clipped", () => {
  const view = new Int16Array(toPcm16(new Float32Array([0, 0.5, -1, 3])));
  expect([...view]).toEqual([0, 16384, -32767, 32767]);
});

test("a WAV file says what it holds", async () => {
  const wav = toWav(new Float32Array(480), 48000);
  const reader = new FileReader();
  reader.readAsArrayBuffer(wav);
  await new Promise((resolve) => reader.addEventListener("load", resolve));
  const view = new DataView(reader.result as ArrayBuffer);
  const word = (at: number) => String.fromCharCode(...new Uint8Array(view.buffer, at, 4));
  expect([word(0), word(8), word(12), word(36)]).toEqual(["RIFF", "WAVE", "fmt ", "data"]);
  expect(view.getUint32(4, true)).toBe(view.byteLength - 8);
  expect(view.getUint32(24, true)).toBe(48000);
  expect(view.getUint32(40, true)).toBe(960);
  expect(wav.type).toBe("audio/wav");
});

test("loudness is the root of the mean square", () => {
  expect(rms(new Float32Array([0.5, -0.5, 0.5, -0.5]))).toBeCloseTo(0.5);
  expect(rms(new Float32Array(0))).toBe(0);
});
