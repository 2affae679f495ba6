import type { ErrorContent, Match } from "../api/client";
import { keyWanted, socketAddress } from "../api/key";
import { growing } from "../app/pause";
import { toPcm16 } from "../audio/pcm";
import type { Tape } from "../audio/tape";

const MESSAGE_SAMPLES = 4096;
const REMEMBERED_S = 10; // what recognition looks at
const PATIENCE_MS = 60_000;

type Message =
  | {
      type: "progress";
      elapsed_ms: number;
      landmarks: [number, number][];
      best: { title: string; score: number } | null;
    }
  | { type: "match"; elapsed_ms: number; result: Match }
  | { type: "no_match"; elapsed_ms: number }
  | { type: "error"; error: ErrorContent };

export interface Guess {
  title: string;
  score: number;
}

/** What a live stream gives rise to. Times are milliseconds since the tape began. */
export interface StreamEvents {
  progress(landmarks: [number, number][], best: Guess | null): void;
  match(result: Match, atMs: number, beganMs: number): void;
  noMatch(): void;
  failed(error: ErrorContent | null): void;
  connected(connected: boolean): void;
}

/** Sends what a tape records to `WS /v1/listen`, and connects anew when the connection is lost. */
export class LiveStream {
  private readonly tape: Tape;
  private readonly events: StreamEvents;
  private readonly url: string;
  private socket: WebSocket | null = null;
  private began: number; // first sample of this connection
  private sent: number;
  private stopping = false;
  private over = false;
  private failures = 0;
  private lostAt: number | null = null;
  private retry: ReturnType<typeof setTimeout> | undefined;

  constructor(tape: Tape, events: StreamEvents, url = socketAddress("/v1/listen")) {
    this.tape = tape;
    this.events = events;
    this.url = url;
    this.began = tape.length;
    this.sent = this.began;
    this.connect();
  }

  /** Send what has been recorded since. */
  flush(): void {
    if (this.socket?.readyState !== WebSocket.OPEN || this.stopping) return;
    while (this.tape.length - this.sent >= MESSAGE_SAMPLES) {
      this.send(this.sent + MESSAGE_SAMPLES);
    }
  }

  /** There is no more sound: ask for the answer. */
  finish(): void {
    this.stopping = true;
    if (this.socket?.readyState === WebSocket.OPEN) this.sendStop();
  }

  /** Leave without an answer. */
  close(): void {
    this.over = true;
    clearTimeout(this.retry);
    this.socket?.close();
  }

  private connect(): void {
    const socket = new WebSocket(this.url);
    this.socket = socket;
    let answered = false;
    socket.onopen = () => {
      const sample_rate = this.tape.rate;
      socket.send(JSON.stringify({ type: "start", sample_rate, format: "s16le", channels: 1 }));
      this.lostAt = null;
      this.events.connected(true);
      if (this.stopping) this.sendStop();
      else this.flush();
    };
    socket.onmessage = ({ data }: MessageEvent<string>) => {
      if (this.over) return;
      this.failures = 0;
      const message = JSON.parse(data) as Message;
      if (message.type !== "progress") answered = true;
      this.take(message);
    };
    socket.onclose = () => {
      if (!answered) this.reconnect(0);
    };
  }

  private take(message: Message): void {
    const beganMs = (1000 * this.began) / this.tape.rate;
    if (message.type === "progress") {
      const landmarks = message.landmarks.map(([ms, hz]): [number, number] => [beganMs + ms, hz]);
      this.events.progress(landmarks, message.best);
    } else if (message.type === "error" && message.error.retry_after_ms != null) {
      this.reconnect(message.error.retry_after_ms);
    } else {
      this.over = true;
      if (message.type === "match") {
        this.events.match(message.result, beganMs + message.elapsed_ms, beganMs);
      } else if (message.type === "no_match") this.events.noMatch();
      else {
        if (message.error.code === "unauthorized") keyWanted.set(true);
        this.events.failed(message.error);
      }
    }
  }

  private reconnect(leastMs: number): void {
    if (this.over) return;
    const now = performance.now();
    this.lostAt ??= now;
    if (now - this.lostAt > PATIENCE_MS) {
      this.over = true;
      this.events.failed(null);
      return;
    }
    this.events.connected(false);
    const delay = growing(this.failures++);
    clearTimeout(this.retry);
    this.retry = setTimeout(
      () => {
        // The new connection knows nothing: it gets what the old one was last looking at.
        this.began = Math.max(
          this.began,
          this.tape.oldest,
          this.tape.length - REMEMBERED_S * this.tape.rate,
        );
        this.sent = this.began;
        this.connect();
      },
      Math.max(leastMs, delay),
    );
  }

  private send(to: number): void {
    this.socket?.send(toPcm16(this.tape.slice(this.sent, to)));
    this.sent = to;
  }

  private sendStop(): void {
    while (this.sent < this.tape.length) {
      this.send(Math.min(this.tape.length, this.sent + MESSAGE_SAMPLES));
    }
    this.socket?.send('{"type":"stop"}');
  }
}
