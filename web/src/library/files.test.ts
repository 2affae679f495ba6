import { expect, test } from "vitest";
import { dropped, onlyAudio } from "./files";

const file = (name: string) => new File(["…"], name);

test("folders are gone through, and only music is kept", async () => {
  const entry = (name: string) => ({
    isFile: true,
    file: (take: (f: File) => void) => take(file(name)),
  });
  const folder = (...inside: object[]) => ({
    isFile: false,
    createReader: () => {
      const parts = [inside, []];
      return { readEntries: (take: (e: object[]) => void) => take(parts.shift() ?? []) };
    },
  });
  const items = [
    folder(entry("a.mp3"), folder(entry("b.FLAC"), entry("cover.jpg"))),
    entry("c.opus"),
  ];
  const data = { items: items.map((item) => ({ webkitGetAsEntry: () => item })), files: [] };
  const found = onlyAudio(await dropped(data as unknown as DataTransfer));
  expect(found.map(({ name }) => name)).toEqual(["a.mp3", "b.FLAC", "c.opus"]);
});
