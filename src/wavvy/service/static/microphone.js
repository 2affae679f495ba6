// The microphone as a stream of PCM blocks, without the processing that is meant for speech.
export async function openMicrophone(onBlock) {
  if (!navigator.mediaDevices) {
    throw new Error("This browser gives the microphone only to pages on localhost or over https.");
  }
  const stream = await navigator.mediaDevices
    .getUserMedia({
      audio: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
    })
    .catch((error) => {
      throw new Error(
        error.name === "NotAllowedError"
          ? "The microphone is blocked. Allow it for this page and press Listen again."
          : "No microphone was found. Connect one, or drop a file here.",
      );
    });
  const context = new AudioContext();
  const close = () => {
    for (const track of stream.getTracks()) track.stop();
    if (context.state !== "closed") context.close();
  };
  try {
    await context.audioWorklet.addModule(new URL("recorder.js", import.meta.url));
    const recorder = new AudioWorkletNode(context, "recorder", {
      numberOfOutputs: 0,
      channelCount: 1,
      channelCountMode: "explicit",
    });
    recorder.port.onmessage = ({ data }) => onBlock(data);
    context.createMediaStreamSource(stream).connect(recorder);
    await context.resume();
  } catch (error) {
    close();
    throw error;
  }
  return { sampleRate: context.sampleRate, close };
}
