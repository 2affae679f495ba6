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

/** Open a source and hand its sound to `heard`, mono. */
export async function capture(source: Source, heard: Heard): Promise<Capture> {
  // Made within the click that asks for it, or the browser does not let it run.
  const context = new AudioContext({ latencyHint: "interactive" });
  try {
    const [stream] = await Promise.all([
      open(source),
      context.audioWorklet?.addModule(recorderUrl) ?? Promise.reject(new CaptureError("insecure")),
    ]);
    const recorder = new AudioWorkletNode(context, "recorder", { numberOfOutputs: 0 });
    recorder.port.onmessage = ({ data }: MessageEvent<Float32Array>) => heard.samples(data);
    context.createMediaStreamSource(stream).connect(recorder);
    await context.resume();
    for (const track of stream.getAudioTracks()) track.onended = () => heard.ended();
    return {
      rate: context.sampleRate,
      stop() {
        recorder.port.onmessage = null;
        for (const track of stream.getTracks()) {
          track.onended = null;
          track.stop();
        }
        void context.close();
      },
    };
  } catch (error) {
    void context.close();
    throw error;
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
