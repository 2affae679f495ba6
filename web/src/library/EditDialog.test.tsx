import { render, screen } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test, vi } from "vitest";
import { failure, serve, track } from "../test/server";
import { EditDialog } from "./EditDialog";

function edit() {
  const saved = vi.fn();
  const close = vi.fn();
  render(<EditDialog track={track(7)} saved={saved} close={close} />);
  return { saved, close, user: userEvent.setup() };
}

test("only what was changed is sent", async () => {
  const changed = track(7, { title: "Harbour Lights" });
  const asked = serve({ "PATCH /v1/tracks/7": { status: "ok", track: changed } });
  const { saved, close, user } = edit();
  await user.clear(screen.getByLabelText("Title"));
  await user.type(screen.getByLabelText("Title"), " Harbour Lights ");
  await user.type(screen.getByLabelText("Artists"), "; Low Orbit ;");
  await user.clear(screen.getByLabelText("Album"));
  await user.type(screen.getByLabelText("ISRC"), "gb-aye-92-00070");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(JSON.parse(asked[0]?.body ?? "")).toEqual({
    title: "Harbour Lights",
    artists: ["The Tide Clocks", "Low Orbit"],
    album: null,
    isrc: ["GBAYE9200070"],
  });
  expect(saved).toHaveBeenCalledWith(changed);
  expect(close).toHaveBeenCalledOnce();
});

test("what makes no sense is told where it is, and not sent", async () => {
  const asked = serve({});
  const { user } = edit();
  await user.clear(screen.getByLabelText("Title"));
  await user.type(screen.getByLabelText("Released"), "?");
  await user.type(screen.getByLabelText("ISRC"), "12");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect(asked).toEqual([]);
  for (const label of ["Title", "Released", "ISRC"]) {
    expect(screen.getByLabelText(label).getAttribute("aria-invalid")).toBe("true");
  }
  expect(document.activeElement).toBe(screen.getByLabelText("Title"));
});

test("what the server refuses stays open, with its reason", async () => {
  serve({ "PATCH /v1/tracks/7": failure(503, "store_busy", "another process is writing") });
  const { close, user } = edit();
  await user.type(screen.getByLabelText("Title"), "!");
  await user.click(screen.getByRole("button", { name: "Save" }));
  expect((await screen.findByRole("alert")).textContent).toBe("Another process is writing.");
  expect(close).not.toHaveBeenCalled();
});

test("where else the track can be heard is told", () => {
  const url = "https://open.spotify.com/track/1";
  const external_metadata = { spotify: [{ url }], youtube: [{ url: "javascript:alert(1)" }] };
  render(<EditDialog track={track(7, { external_metadata })} saved={vi.fn()} close={vi.fn()} />);
  const links = screen.getAllByRole("link");
  expect(links.map((link) => link.getAttribute("href"))).toEqual([url]);
});
