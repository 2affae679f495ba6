import recorderUrl from "./recorder.js?url&no-inline";

export type Source = "microphone" | "system";

export type CaptureFault =
  | "insecure" // browsers give a page the microphone over HTTPS or on localhost only
  | "refused"
  | "missing"
  | "silent-share" // a tab was shared without its sound
  | "unsupported"
  | "other";

export class CaptureError extends Error {
  readonly fault: CaptureFault;

  constructor(fault: CaptureFault, cause?: unknown) {
    super(fault, { cause });
    this.fault = fault;
  }
}

/** Sound on its way in. */
export interface Capture {
  readonly rate: number;
  stop(): void;
}

export interface Heard {
  samples(block: Float32Array): void;
  /** The source has ended by itself: unplugged, or sharing was stopped. */
  ended(): void;
}

// Voice processing takes music for noise.
const RAW = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

// One for the page, since browsers hold on to those that were closed.
let context: AudioContext | null = null;
let recording: Promise<AudioWorkletNode> | null = null;

/** Open a source and hand its sound to `heard`, mono. */
export async function capture(source: Source, heard: Heard): Promise<Capture> {
  // Made and begun within the click that asks for it, or the browser does not let it run.
  context ??= new AudioContext({ latencyHint: "interactive" });
  const audio = context;
  void audio.resume();
  let stream: MediaStream | null = null;
  try {
    recording ??= makeRecorder(audio);
    const [recorder, opened] = await Promise.all([recording, open(source)]);
    stream = opened;
    const input = audio.createMediaStreamSource(opened);
    input.connect(recorder);
    const take = ({ data }: MessageEvent<Float32Array>) => heard.samples(data);
    recorder.port.postMessage("begin");
    recorder.port.onmessage = take;
    await audio.resume();
    for (const track of opened.getAudioTracks()) track.onended = () => heard.ended();
    return {
      rate: audio.sampleRate,
      stop() {
        input.disconnect();
        close(opened);
        if (recorder.port.onmessage !== take) return; // another has begun meanwhile
        recorder.port.onmessage = null;
        void audio.suspend();
      },
    };
  } catch (error) {
    if (stream) close(stream);
    void audio.suspend();
    throw error;
  }
}

async function makeRecorder(audio: AudioContext): Promise<AudioWorkletNode> {
  try {
    if (!audio.audioWorklet) throw new CaptureError("insecure");
    await audio.audioWorklet.addModule(recorderUrl);
    return new AudioWorkletNode(audio, "recorder", { numberOfOutputs: 0 });
  } catch (error) {
    recording = null; // the server may have been away
    throw error;
  }
}

function close(stream: MediaStream): void {
  for (const track of stream.getTracks()) {
    track.onended = null;
    track.stop();
  }
}

/** Whether this browser can share the sound of a tab or of the whole computer. */
export function canShareSystemSound(): boolean {
  return typeof navigator.mediaDevices?.getDisplayMedia === "function";
}

async function open(source: Source): Promise<MediaStream> {
  const devices = navigator.mediaDevices;
  if (!devices) throw new CaptureError(isSecureContext ? "unsupported" : "insecure");
  try {
    if (source === "microphone") return await devices.getUserMedia({ audio: RAW });
    // Browsers share sound only along with a picture.
    const shared = await devices.getDisplayMedia({
      video: true,
      audio: { ...RAW, suppressLocalAudioPlayback: false } as MediaTrackConstraints,
    });
    if (!shared.getAudioTracks().length) {
      for (const track of shared.getTracks()) track.stop();
      throw new CaptureError("silent-share");
    }
    return shared;
  } catch (error) {
    if (error instanceof CaptureError) throw error;
    const name = error instanceof DOMException ? error.name : "";
    if (name === "NotAllowedError" || name === "SecurityError") {
      throw new CaptureError("refused", error);
    }
    if (name === "NotFoundError" || name === "OverconstrainedError") {
      throw new CaptureError("missing", error);
    }
    throw new CaptureError("other", error);
  }
}
