import { ApiError, api, type ErrorContent, type Match, UNREACHABLE } from "../api/client";
import { Store } from "../app/store";
import { adviseOn } from "../audio/advice";
import {
  type Capture,
  CaptureError,
  type CaptureFault,
  capture,
  type Source,
} from "../audio/capture";
import { rms, toWav } from "../audio/pcm";
import { Tape } from "../audio/tape";
import { type Hearing, keep } from "./hearing";
import { type Guess, LiveStream } from "./stream";

const TAPE_S = 40;
const CLIP_S = 10;
const LONGEST_S = 30;

export type Phase =
  | "idle"
  | "asking"
  | "listening"
  | "finishing"
  | "reading"
  | "matched"
  | "unmatched"
  | "failed";

export interface Listening {
  phase: Phase;
  source: Source | "file" | null;
  fileName: string | null;
  connected: boolean;
  best: Guess | null;
  hearing: Hearing | null;
  fault: CaptureFault | null;
  error: ErrorContent | null;
  /** Titles the person has said it is not, for this sound. */
  rejected: readonly Match[];
  /** Other tracks it may be; null while they are not known. */
  candidates: readonly Match[] | null;
  doubting: boolean;
}

const IDLE: Listening = {
  phase: "idle",
  source: null,
  fileName: null,
  connected: true,
  best: null,
  hearing: null,
  fault: null,
  error: null,
  rejected: [],
  candidates: null,
  doubting: false,
};

/** Sees the sound itself, many times a second. */
export interface Watcher {
  begin(rate: number): void;
  samples(block: Float32Array): void;
  landmarks(found: [number, number][]): void;
  end(): void;
}

/** From a click to an answer: owns the source, the tape and the stream. */
export class Listener {
  readonly state = new Store<Listening>(IDLE);
  /** Loudness of this moment, 0 to 1. */
  level = 0;
  private readonly watchers = new Set<Watcher>();
  private source: Capture | null = null;
  private tape: Tape | null = null;
  private stream: LiveStream | null = null;
  private startedAt = 0; // on the clock of `performance`
  private turn = 0; // counts attempts, so that what belongs to an earlier one is dropped

  watch(watcher: Watcher): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  get listening(): boolean {
    return this.state.get().phase === "listening";
  }

  /** Listen to a source until there is an answer. */
  async listen(source: Source, rejected: readonly Match[] = []): Promise<void> {
    this.leave();
    const turn = ++this.turn;
    const doubting = rejected.length > 0;
    const { candidates, hearing } = this.state.get();
    this.state.set({
      ...IDLE,
      phase: "asking",
      source,
      rejected,
      doubting,
      candidates: doubting ? candidates : null,
      hearing: doubting ? hearing : null,
    });
    try {
      const opened = await capture(source, {
        samples: (block) => this.hear(block),
        ended: () => this.finish(),
      });
      if (turn !== this.turn) {
        opened.stop();
        return;
      }
      this.source = opened;
      this.tape = new Tape(opened.rate, TAPE_S);
      for (const watcher of this.watchers) watcher.begin(opened.rate);
      this.change({ phase: "listening" });
      this.connect(this.tape, turn);
    } catch (error) {
      if (turn !== this.turn) return;
      const fault = error instanceof CaptureError ? error.fault : "other";
      this.change({ phase: "failed", fault });
    }
  }

  /** Stop and ask for the answer to what has been heard. */
  finish(): void {
    if (!this.listening) return;
    this.release();
    this.change({ phase: "finishing" });
    this.stream?.finish();
  }

  /** Stop and forget. */
  cancel(): void {
    this.turn++;
    this.leave();
    this.state.set(IDLE);
  }

  /** Recognise a file. */
  async read(file: File): Promise<void> {
    this.leave();
    const turn = ++this.turn;
    this.state.set({ ...IDLE, phase: "reading", source: "file", fileName: file.name });
    try {
      const { query, results } = await api.recognize(file, file.name);
      if (turn !== this.turn) return;
      const hearing = keep({
        id: query.id,
        clip: file,
        name: file.name,
        origin: "file",
        match: results[0] ?? null,
        advice: results.length ? null : query.duration_ms < 4000 ? "short" : "unknown",
        playingAt: null,
      });
      this.change({ phase: hearing.match ? "matched" : "unmatched", hearing });
    } catch (error) {
      if (turn === this.turn) this.change({ phase: "failed", error: toContent(error) });
    }
  }

  /** The answer was wrong: show what else it may be, and listen on if it is still playing. */
  doubt(): void {
    const { hearing, source, rejected } = this.state.get();
    if (!hearing?.match || !source) return;
    const wrong = [...rejected, hearing.match];
    this.change({ doubting: true, candidates: null, rejected: wrong });
    if (source !== "file") void this.listen(source, wrong);
    void this.suggest(hearing, wrong);
  }

  /** The person knows better. */
  choose(match: Match): void {
    const { hearing } = this.state.get();
    this.turn++;
    this.leave();
    if (hearing) {
      this.change({ phase: "matched", hearing: keep({ ...hearing, match }), doubting: false });
    }
  }

  private async suggest(hearing: Hearing, wrong: readonly Match[]): Promise<void> {
    const limit = 5 + wrong.length;
    let candidates: Match[] = [];
    try {
      candidates = (
        await api.recognize(hearing.clip, hearing.name, { limit, min_score: 0, remember: false })
      ).results;
    } catch {
      // Nothing to suggest is an answer too: listening goes on.
    }
    const others = candidates.filter((track) => !wrong.some((other) => other.id === track.id));
    if (this.state.get().doubting) this.change({ candidates: others.slice(0, 5) });
  }

  private connect(tape: Tape, turn: number): void {
    const ifCurrent =
      <Args extends unknown[]>(act: (...args: Args) => void) =>
      (...args: Args) => {
        if (turn === this.turn) act(...args);
      };
    this.stream = new LiveStream(tape, {
      progress: ifCurrent((landmarks, best) => {
        for (const watcher of this.watchers) watcher.landmarks(landmarks);
        this.change({ best });
      }),
      match: ifCurrent((match, atMs, beganMs) => this.answer(tape, match, atMs, beganMs)),
      noMatch: ifCurrent(() => this.giveUp(tape)),
      failed: ifCurrent((error) => {
        this.leave();
        this.change({ phase: "failed", error: error ?? { code: UNREACHABLE, message: "" } });
      }),
      connected: ifCurrent((connected) => this.change({ connected })),
    });
  }

  private answer(tape: Tape, match: Match, atMs: number, beganMs: number): void {
    const { rejected, source } = this.state.get();
    if (rejected.some((wrong) => wrong.id === match.id)) {
      // The same again: go on with what comes now.
      if (this.listening) this.connect(tape, this.turn);
      else this.giveUp(tape);
      return;
    }
    const heard = tape.slice(
      (Math.max(beganMs, atMs - 1000 * CLIP_S) * tape.rate) / 1000,
      (atMs * tape.rate) / 1000,
    );
    this.leave();
    const hearing = keep({
      id: newId(),
      clip: toWav(heard, tape.rate),
      name: "clip.wav",
      origin: source ?? "microphone",
      match,
      advice: null,
      playingAt: this.startedAt + atMs,
    });
    this.change({ phase: "matched", hearing, doubting: false, best: null });
  }

  private giveUp(tape: Tape): void {
    const { source } = this.state.get();
    const heard = tape.slice(tape.length - CLIP_S * tape.rate);
    const short = tape.length < 4 * tape.rate;
    this.leave();
    const hearing = keep({
      id: newId(),
      clip: toWav(heard, tape.rate),
      name: "clip.wav",
      origin: source ?? "microphone",
      match: null,
      advice: short && heard.some((sample) => sample !== 0) ? "short" : adviseOn(heard, tape.rate),
      playingAt: null,
    });
    this.change({ phase: "unmatched", hearing, best: null });
  }

  private hear(block: Float32Array): void {
    const { tape } = this;
    if (!tape || !this.source) return;
    if (tape.length === 0) this.startedAt = performance.now() - (1000 * block.length) / tape.rate;
    tape.push(block);
    // From -60 dB to 0 dB of full scale, rising at once and falling slowly.
    const loudness = Math.max(0, 1 + Math.log10(rms(block) + 1e-9) / 3);
    this.level = Math.max(loudness, this.level * 0.82);
    for (const watcher of this.watchers) watcher.samples(block);
    this.stream?.flush();
    if (tape.length > LONGEST_S * tape.rate) this.finish();
  }

  private change(part: Partial<Listening>): void {
    this.state.set({ ...this.state.get(), ...part });
  }

  private release(): void {
    this.source?.stop();
    this.source = null;
    this.level = 0;
    for (const watcher of this.watchers) watcher.end();
  }

  private leave(): void {
    if (this.source) this.release();
    this.stream?.close();
    this.stream = null;
  }
}

function newId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(36)).join(
    "",
  );
}

function toContent(error: unknown): ErrorContent {
  if (error instanceof ApiError) {
    return { code: error.code, message: error.message, retry_after_ms: error.retryAfterMs };
  }
  return { code: "internal", message: String(error) };
}

export const listener = new Listener();
