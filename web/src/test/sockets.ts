import { vi } from "vitest";

/** Stands for the browser's socket: `play` says what happens to each one that is opened. */
export function serveSockets(play: (socket: FakeSocket) => void): FakeSocket[] {
  const opened: FakeSocket[] = [];
  vi.stubGlobal(
    "WebSocket",
    class extends FakeSocket {
      constructor(url: string) {
        super(url);
        opened.push(this);
        queueMicrotask(() => play(this));
      }
    },
  );
  return opened;
}

export class FakeSocket {
  onmessage: ((event: { data: string }) => void) | null = null;
  onclose: (() => void) | null = null;
  closed = false;
  readonly address: URL;

  constructor(url: string) {
    this.address = new URL(url);
  }

  /** The number in the address. */
  get job(): number {
    return Number(/jobs\/(\d+)\/events$/.exec(this.address.pathname)?.[1]);
  }

  say(message: object): void {
    this.onmessage?.({ data: JSON.stringify(message) });
  }

  close(): void {
    this.closed = true;
    this.onclose?.();
  }
}
