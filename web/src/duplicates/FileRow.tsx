import type { DuplicateTrack } from "../api/client";
import { clock } from "../app/format";
import { strings } from "../app/strings";
import type { Preview } from "../library/usePreview";
import { Icon } from "../ui/Icon";
import { alike, dateOf, nameOf, placeOf, sortOf } from "./names";

const text = strings.duplicates;

interface FileRowProps {
  track: DuplicateTrack;
  /** The title that stands above. */
  title: string;
  /** Of the group's choice. */
  choice: string;
  best: boolean;
  kept: boolean;
  going: boolean;
  settled: boolean;
  preview: Preview;
  play(): void;
  keep(): void;
  remove(row: Element): void;
}

/** One of the files of a recording. */
export function FileRow({
  track,
  title,
  choice,
  best,
  kept,
  going,
  settled,
  ...row
}: FileRowProps) {
  const { preview, play, keep, remove } = row;
  const name = nameOf(track);
  const playing = preview.playing === track.id;
  const place = track.file ? placeOf(track.file) : null;
  const told = track.title === title || place?.name.includes(track.title);
  return (
    <li className={`file${going ? " going" : ""}`}>
      <label>
        <input
          type="radio"
          name={choice}
          checked={kept && !going}
          disabled={going || settled}
          onChange={keep}
        />
        <span className="names">
          <span className="sort">
            {sortOf(track)}
            {best && <span className="badge teal">{text.best}</span>}
          </span>
          <span className="small muted path" title={track.file ?? ""}>
            {[...(told ? [] : [track.title]), place?.name ?? text.uploaded].join(" · ")}
            {place?.folder && <span className="folder">{text.within(place.folder)}</span>}
          </span>
        </span>
      </label>
      <span className="measures small muted">
        <span>{clock(track.duration_ms)}</span>
        <span>{alike(track)}</span>
        <span>{text.added(dateOf(track))}</span>
        {preview.failed === track.id && (
          <span className="fault" role="alert">
            {strings.library.cannotPlay}
          </span>
        )}
      </span>
      <span className="tools">
        <button
          type="button"
          className="icon-button"
          disabled={!track.file || (going && !playing)}
          aria-label={playing ? strings.library.pause(name) : strings.library.play(name)}
          onClick={play}
        >
          <Icon name={playing ? "pause" : "play"} />
        </button>
        <button
          type="button"
          className="icon-button trash"
          disabled={going || settled}
          aria-label={text.remove(name)}
          onClick={({ currentTarget }) => remove(currentTarget)}
        >
          <Icon name="trash" />
        </button>
      </span>
    </li>
  );
}
