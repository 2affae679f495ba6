// Runs in the audio thread: mixes to mono and hands over blocks of 2048 samples.
class Recorder extends AudioWorkletProcessor {
  constructor() {
    super();
    this.block = new Float32Array(2048);
    this.filled = 0;
    this.port.onmessage = () => {
      this.filled = 0; // what is left belongs to the sound before
    };
  }

  process([input]) {
    const channels = input.length;
    if (!channels) return true;
    for (let at = 0; at < input[0].length; at++) {
      let sum = 0;
      for (let channel = 0; channel < channels; channel++) sum += input[channel][at];
      this.block[this.filled++] = sum / channels;
      if (this.filled === this.block.length) {
        this.port.postMessage(this.block, [this.block.buffer]);
        this.block = new Float32Array(2048);
        this.filled = 0;
      }
    }
    return true;
  }
}

registerProcessor("recorder", Recorder);
