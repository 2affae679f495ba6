import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { afterEach, expect, test, vi } from "vitest";
import { api } from "../api/client";
import { keyWanted, withKey } from "../api/key";
import { failure, serve, stats } from "../test/server";
import { App } from "./App";

const REAL = location;

afterEach(() => {
  vi.stubGlobal("location", REAL);
  localStorage.clear();
  keyWanted.set(false);
});

test("a server that wants a key is given the one that the person types", async () => {
  const reload = vi.fn();
  const get = (_: object, name: string) => (name === "reload" ? reload : Reflect.get(REAL, name));
  vi.stubGlobal("location", new Proxy({}, { get }));
  history.pushState(null, "", "/status");
  serve({ "GET /v1/stats": failure(401, "unauthorized", "this server needs an API key") });
  render(<App />);
  const user = userEvent.setup();
  await user.type(await screen.findByLabelText("API key"), " wavvy_1 ");
  await user.click(screen.getByRole("button", { name: "Use this key" }));
  expect(localStorage.getItem("wavvy.key")).toBe("wavvy_1");
  expect(reload).toHaveBeenCalledOnce();
});

test("a key that the server does not know is asked for again", async () => {
  localStorage.setItem("wavvy.key", "revoked");
  keyWanted.set(true);
  render(<App />);
  expect(await screen.findByText(/does not know the key/)).toBeTruthy();
});

test("every request carries the key", async () => {
  localStorage.setItem("wavvy.key", "a b&c");
  const asked = serve({ "GET /v1/stats": stats() });
  await api.stats();
  expect(asked[0]?.headers.get("authorization")).toBe("Bearer a b&c");
  expect(withKey("/v1/tracks/1/artwork")).toBe("/v1/tracks/1/artwork?key=a%20b%26c");
  localStorage.clear();
  await api.stats();
  expect(asked[1]?.headers.get("authorization")).toBeNull();
  expect(withKey("/v1/tracks/1/artwork")).toBe("/v1/tracks/1/artwork");
});
