/** A sound in memory. */
export interface Sound {
  samples: Float32Array;
  rate: number;
}

const RATE = 16000; // twice what recognition looks at

/** Decode a file to mono; rejects where the browser does not know the format. */
export async function decode(file: Blob): Promise<Sound> {
  const context = new OfflineAudioContext(1, 1, RATE);
  const decoded = await context.decodeAudioData(await file.arrayBuffer());
  const samples = decoded.getChannelData(0).slice();
  for (let channel = 1; channel < decoded.numberOfChannels; channel++) {
    const other = decoded.getChannelData(channel);
    for (let at = 0; at < samples.length; at++) samples[at] = (samples[at] ?? 0) + (other[at] ?? 0);
  }
  if (decoded.numberOfChannels > 1) {
    for (let at = 0; at < samples.length; at++) {
      samples[at] = (samples[at] ?? 0) / decoded.numberOfChannels;
    }
  }
  return { samples, rate: decoded.sampleRate };
}
