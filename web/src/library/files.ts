const AUDIO = /\.(mp3|m4a|m4b|mp4|aac|ogg|oga|opus|flac|wav|aif|aiff|webm|wma|amr|mka)$/i;

/** Keep what may be music. */
export function onlyAudio(files: readonly File[]): File[] {
  return files.filter(({ name, type }) => AUDIO.test(name) || type.startsWith("audio/"));
}

/** All files that were dropped, those in folders included. */
export async function dropped(data: DataTransfer): Promise<File[]> {
  // The list of a drop lives only as long as its event: take everything out of it at once.
  const entries = [...data.items].flatMap((item) => item.webkitGetAsEntry?.() ?? []);
  const files = [...data.files];
  if (!entries.length) return files;
  return (await Promise.all(entries.map(inside))).flat();
}

async function inside(entry: FileSystemEntry): Promise<File[]> {
  if (entry.isFile) {
    return new Promise((resolve) => {
      (entry as FileSystemFileEntry).file(
        (file) => resolve([file]),
        () => resolve([]),
      );
    });
  }
  const reader = (entry as FileSystemDirectoryEntry).createReader();
  const found: File[] = [];
  for (;;) {
    const some = await new Promise<FileSystemEntry[]>((resolve) => {
      reader.readEntries(resolve, () => resolve([]));
    });
    if (!some.length) return found; // a folder is read a hundred at a time
    found.push(...(await Promise.all(some.map(inside))).flat());
  }
}
