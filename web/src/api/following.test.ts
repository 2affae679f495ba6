import { expect, test, vi } from "vitest";
import { failure, job, serve } from "../test/server";
import { type FakeSocket, serveSockets } from "../test/sockets";
import type { Job } from "./client";
import { follow } from "./following";
import { keepKey } from "./key";

const event = (number: number, part: Partial<Job>) => ({
  type: "job",
  id: `1769860800000-${number}`,
  job: job(7, part),
});
const answer = (part: Partial<Job>) => ({ status: "ok", job: job(7, part) });
const never = new AbortController().signal;

test("a job is told of as it goes on, to its end", async () => {
  const [tell, asked] = [vi.fn(), serve({})];
  const sockets = serveSockets((socket) => {
    socket.say(event(0, { state: "queued" }));
    socket.say({ type: "alive" });
    socket.say(event(1, { state: "running", progress: 40 }));
    socket.say(event(2, { state: "done", progress: 100 }));
  });
  expect((await follow(7, tell, never)).state).toBe("done");
  expect(tell.mock.calls.map(([{ progress }]) => progress)).toEqual([0, 40, 100]);
  expect(sockets.map(({ closed }) => closed)).toEqual([true]);
  expect(asked).toEqual([]);
});

test("after a cut it goes on from the last event, with the key", async () => {
  vi.stubGlobal("location", { ...location, origin: location.origin, reload: vi.fn() });
  keepKey("wavvy_x y");
  serve({ "GET /v1/jobs/7": answer({ state: "running" }) });
  const scenes = [
    (socket: FakeSocket) => {
      socket.say(event(4, { state: "running" }));
      socket.close();
    },
    (socket: FakeSocket) => socket.say(event(5, { state: "done" })),
  ];
  const sockets = serveSockets((socket) => scenes.shift()?.(socket));
  await follow(7, vi.fn(), never);
  localStorage.clear();
  expect(sockets[0]?.address.searchParams.get("key")).toBe("wavvy_x y");
  expect(sockets[0]?.address.searchParams.has("last_event_id")).toBe(false);
  expect(sockets[1]?.address.searchParams.get("last_event_id")).toBe("1769860800000-4");
});

test("where sockets are refused, the server is asked instead", async () => {
  let times = 0;
  const running = () => answer({ state: ++times > 4 ? "done" : "running", progress: times });
  serve({ "GET /v1/jobs/7": running });
  const sockets = serveSockets((socket) => socket.close());
  const tell = vi.fn();
  expect((await follow(7, tell, never)).progress).toBe(5);
  expect(sockets.length).toBe(3);
  expect(tell).toHaveBeenCalledTimes(5);
});

test("a server that is away is waited for, and sockets are tried again", async () => {
  const replies = [
    failure(503, "stopping", "it stops", 1),
    new Response("<h1>Bad Gateway</h1>", { status: 502 }),
    failure(429, "busy", "too much", 1),
  ];
  serve({ "GET /v1/jobs/7": () => replies.shift() ?? answer({ state: "running" }) });
  let opened = 0;
  serveSockets((socket) =>
    ++opened > 4 ? socket.say(event(9, { state: "failed" })) : socket.close(),
  );
  expect((await follow(7, vi.fn(), never)).state).toBe("failed");
  expect(opened).toBe(5);
});

test("a job that the server does not know is an error", async () => {
  serve({ "GET /v1/jobs/7": failure(404, "not_found", "no job 7") });
  serveSockets((socket) => {
    socket.say({ type: "error", error: { code: "not_found", message: "no job 7" } });
    socket.close();
  });
  await expect(follow(7, vi.fn(), never)).rejects.toMatchObject({ code: "not_found" });
});

test("whoever loses interest leaves nothing open", async () => {
  serve({});
  const sockets = serveSockets(() => {});
  const stop = new AbortController();
  const following = follow(7, vi.fn(), stop.signal);
  await vi.waitFor(() => expect(sockets.length).toBe(1));
  stop.abort(new Error("enough"));
  await expect(following).rejects.toThrow("enough");
  expect(sockets[0]?.closed).toBe(true);
});
