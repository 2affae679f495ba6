import { cleanup, configure } from "@testing-library/react";
import { afterEach, vi } from "vitest";

// What browsers have and jsdom has not.
vi.stubGlobal("matchMedia", () => ({
  matches: false,
  addEventListener() {},
  removeEventListener() {},
}));
vi.stubGlobal("scrollTo", () => {});
vi.stubGlobal(
  "ResizeObserver",
  class {
    observe() {}
    unobserve() {}
    disconnect() {}
  },
);
Element.prototype.scrollTo ??= () => {};
Blob.prototype.arrayBuffer ??= () => Promise.resolve(new ArrayBuffer(0));
HTMLDialogElement.prototype.showModal ??= function showModal(this: HTMLDialogElement) {
  this.open = true;
};
HTMLDialogElement.prototype.close ??= function close(this: HTMLDialogElement) {
  this.open = false;
  this.dispatchEvent(new Event("close"));
};

// The whole document in every failure hides what failed.
configure({ asyncUtilTimeout: 20_000, getElementError: (message) => new Error(message ?? "") });
afterEach(cleanup);
