import { Store } from "../app/store";

const KEY = "wavvy.key";

/** Whether the server asked for a key, and has not got one that it knows. */
export const keyWanted = new Store(false);

/** The key that this browser was given. */
export function storedKey(): string | null {
  return localStorage.getItem(KEY);
}

/** Keep a key, and begin anew with it. */
export function keepKey(key: string): void {
  localStorage.setItem(KEY, key);
  location.reload();
}

/** Send a request with the key; where the server wants another one, the person is asked. */
export async function fetchWithKey(request: Request): Promise<Response> {
  const key = storedKey();
  if (key) request.headers.set("Authorization", `Bearer ${key}`);
  const answer = await fetch(request);
  if (answer.status === 401) keyWanted.set(true);
  return answer;
}

/** An address with the key, for what takes no headers: sockets, pictures, players. */
export function withKey(url: string): string {
  const key = storedKey();
  return key ? `${url}${url.includes("?") ? "&" : "?"}key=${encodeURIComponent(key)}` : url;
}

/** The address of a socket of this server, with the key. */
export function socketAddress(path: string): string {
  return withKey(`${location.origin.replace(/^http/, "ws")}${path}`);
}
