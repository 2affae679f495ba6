import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Tape } from "../audio/tape";
import { match } from "../test/server";
import { LiveStream } from "./stream";

const RATE = 8000;
const BLOCK = 4096;

/** The server's end of a connection. */
class FakeSocket {
  static readonly OPEN = 1;
  static all: FakeSocket[] = [];
  readyState = 0;
  sent: (string | ArrayBuffer)[] = [];
  onopen = () => {};
  onclose = () => {};
  onmessage = (_: { data: string }) => {};

  constructor(readonly url: string) {
    FakeSocket.all.push(this);
  }

  send(data: string | ArrayBuffer) {
    this.sent.push(data);
  }

  close() {
    this.readyState = 3;
    this.onclose();
  }

  accept() {
    this.readyState = 1;
    this.onopen();
  }

  say(message: object) {
    this.onmessage({ data: JSON.stringify(message) });
  }

  get samples(): number {
    return this.sent.reduce(
      (sum, data) => sum + (typeof data === "string" ? 0 : data.byteLength / 2),
      0,
    );
  }
}

function open() {
  const tape = new Tape(RATE, 40);
  const events = {
    progress: vi.fn(),
    match: vi.fn(),
    noMatch: vi.fn(),
    failed: vi.fn(),
    connected: vi.fn(),
  };
  const stream = new LiveStream(tape, events, "ws://test/v1/listen");
  return { tape, events, stream };
}

const socket = (n: number) => FakeSocket.all.at(n) as FakeSocket;

beforeEach(() => {
  vi.useFakeTimers();
  FakeSocket.all = [];
  vi.stubGlobal("WebSocket", FakeSocket);
});
afterEach(() => vi.useRealTimers());

test("it introduces the sound, then sends it, that from before the connection included", () => {
  const { tape, stream } = open();
  tape.push(new Float32Array(2 * BLOCK));
  stream.flush();
  expect(socket(0).sent).toEqual([]);
  socket(0).accept();
  const [start, ...pcm] = socket(0).sent;
  expect(JSON.parse(start as string)).toEqual({
    type: "start",
    sample_rate: RATE,
    format: "s16le",
    channels: 1,
  });
  expect(pcm.length).toBe(2);
  expect(socket(0).samples).toBe(2 * BLOCK);
});

test("a match ends it, and the close after it is none of a lost connection", () => {
  const { events } = open();
  socket(0).accept();
  socket(0).say({ type: "match", elapsed_ms: 2100, result: match(4) });
  socket(0).close();
  vi.runAllTimers();
  expect(events.match).toHaveBeenCalledWith(expect.objectContaining({ id: 4 }), 2100, 0);
  expect(FakeSocket.all.length).toBe(1);
});

test("a lost connection is made anew and gets the last ten seconds, in their own time", () => {
  const { tape, events, stream } = open();
  socket(0).accept();
  tape.push(new Float32Array(15 * RATE));
  stream.flush();
  socket(0).close();
  expect(events.connected).toHaveBeenLastCalledWith(false);
  vi.runAllTimers();
  socket(1).accept();
  expect(events.connected).toHaveBeenLastCalledWith(true);
  expect(socket(1).samples / RATE).toBeGreaterThan(9.4);
  expect(socket(1).samples / RATE).toBeLessThanOrEqual(10);
  socket(1).say({ type: "progress", elapsed_ms: 1000, landmarks: [[500, 440]], best: null });
  expect(events.progress).toHaveBeenCalledWith([[5500, 440]], null);
});

test("what is stopped while there is no connection is answered when there is one", () => {
  const { tape, events, stream } = open();
  tape.push(new Float32Array(100));
  stream.finish();
  socket(0).close();
  vi.runAllTimers();
  socket(1).accept();
  expect(socket(1).samples).toBe(100);
  expect(socket(1).sent.at(-1)).toBe('{"type":"stop"}');
  socket(1).say({ type: "no_match", elapsed_ms: 12 });
  expect(events.noMatch).toHaveBeenCalledOnce();
});

test("a busy server is asked again when it said, any other error is the end", () => {
  const { events } = open();
  socket(0).accept();
  socket(0).say({ type: "error", error: { code: "busy", message: "…", retry_after_ms: 2000 } });
  socket(0).close();
  vi.advanceTimersByTime(1900);
  expect(FakeSocket.all.length).toBe(1);
  vi.advanceTimersByTime(200);
  expect(FakeSocket.all.length).toBe(2);
  socket(1).accept();
  const error = { code: "internal", message: "…", retry_after_ms: null };
  socket(1).say({ type: "error", error });
  socket(1).close();
  vi.runAllTimers();
  expect(events.failed).toHaveBeenCalledWith(error);
  expect(FakeSocket.all.length).toBe(2);
});

test("a server that stays away is given up", () => {
  const { events } = open();
  for (let n = 0; n < 60 && !events.failed.mock.calls.length; n++) {
    socket(-1).close();
    vi.advanceTimersByTime(5000);
  }
  expect(events.failed).toHaveBeenCalledWith(null);
});

test("after it is closed nothing is heard of it", () => {
  const { events, stream } = open();
  socket(0).accept();
  stream.close();
  socket(0).say({ type: "match", elapsed_ms: 1, result: match(1) });
  vi.runAllTimers();
  expect(events.match).not.toHaveBeenCalled();
  expect(FakeSocket.all.length).toBe(1);
});
