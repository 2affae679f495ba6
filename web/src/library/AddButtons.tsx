import { useRef } from "react";
import { strings } from "../app/strings";
import { Icon } from "../ui/Icon";

const text = strings.library;

/** Choose files or a folder to add. */
export function AddButtons({ add }: { add(files: File[]): void }) {
  const files = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const take = (input: HTMLInputElement) => {
    add([...(input.files ?? [])]);
    input.value = "";
  };
  return (
    <div className="actions add">
      <button type="button" className="button primary" onClick={() => files.current?.click()}>
        <Icon name="plus" />
        {text.addFiles}
      </button>
      <button type="button" className="button" onClick={() => folder.current?.click()}>
        <Icon name="folder" />
        {text.addFolder}
      </button>
      <input
        ref={files}
        type="file"
        multiple
        accept="audio/*,video/*"
        className="unseen"
        tabIndex={-1}
        aria-label={text.addFiles}
        onChange={({ target }) => take(target)}
      />
      <input
        ref={folder}
        type="file"
        multiple
        webkitdirectory=""
        className="unseen"
        tabIndex={-1}
        aria-label={text.addFolder}
        onChange={({ target }) => take(target)}
      />
    </div>
  );
}

declare module "react" {
  interface InputHTMLAttributes<T> {
    webkitdirectory?: T extends HTMLInputElement ? string : never;
  }
}
