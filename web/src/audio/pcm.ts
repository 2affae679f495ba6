/** Samples as 16-bit integers, little endian. */
export function toPcm16(samples: Float32Array): ArrayBuffer {
  const view = new DataView(new ArrayBuffer(2 * samples.length));
  samples.forEach((sample, at) => {
    view.setInt16(2 * at, Math.round(32767 * Math.max(-1, Math.min(1, sample))), true);
  });
  return view.buffer as ArrayBuffer;
}

/** Samples as a mono WAV file. */
export function toWav(samples: Float32Array, rate: number): Blob {
  const head = new DataView(new ArrayBuffer(44));
  const bytes = 2 * samples.length;
  const word = (at: number, text: string) => {
    for (let n = 0; n < text.length; n++) head.setUint8(at + n, text.charCodeAt(n));
  };
  word(0, "RIFF");
  head.setUint32(4, 36 + bytes, true);
  word(8, "WAVEfmt ");
  head.setUint32(16, 16, true);
  head.setUint16(20, 1, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, rate, true);
  head.setUint32(28, 2 * rate, true);
  head.setUint16(32, 2, true);
  head.setUint16(34, 16, true);
  word(36, "data");
  head.setUint32(40, bytes, true);
  return new Blob([head.buffer as ArrayBuffer, toPcm16(samples)], { type: "audio/wav" });
}

/** Root of the mean square. */
export function rms(samples: Float32Array): number {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return Math.sqrt(sum / Math.max(1, samples.length));
}
