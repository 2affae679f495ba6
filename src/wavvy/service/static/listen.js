// One conversation with WS /v1/listen: from the microphone to the answer.
import { openMicrophone } from "./microphone.js";

// Returns a function that ends the sound. `on` has: level(0..1), progress(message), end(message).
export async function listen(on) {
  const address = new URL("v1/listen", document.baseURI);
  address.protocol = address.protocol.replace("http", "ws");
  let socket = null;
  let ended = false;

  const microphone = await openMicrophone((block) => {
    on.level(Math.min(1, 4 * Math.sqrt(block.reduce((sum, x) => sum + x * x, 0) / block.length)));
    if (socket && socket.readyState === WebSocket.OPEN) socket.send(block);
  });

  const end = (message) => {
    if (ended) return;
    ended = true;
    microphone.close();
    socket.close();
    on.end(message);
  };
  const fail = (text) => end({ type: "error", error: { message: text } });

  socket = new WebSocket(address);
  socket.onopen = () =>
    socket.send(
      JSON.stringify({
        type: "start",
        sample_rate: microphone.sampleRate,
        format: "f32le",
        channels: 1,
      }),
    );
  socket.onmessage = ({ data }) => {
    const message = JSON.parse(data);
    if (message.type === "progress") on.progress(message);
    else end(message);
  };
  socket.onclose = () => fail("The connection to Wavvy broke. Is `wavvy serve` still running?");

  return () => {
    microphone.close();
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"stop"}');
    else fail("Stopped before the connection stood.");
  };
}
