import { type MouseEvent, useEffect, useId, useRef, useState } from "react";
import type { DuplicateGroup, DuplicateTrack } from "../api/client";
import { names } from "../app/format";
import { strings } from "../app/strings";
import type { Preview } from "../library/usePreview";
import { Cover } from "../ui/Cover";
import { Icon } from "../ui/Icon";
import { type Change, changes } from "./changes";
import { FileRow } from "./FileRow";
import { focusAfter, focusNextFile } from "./focus";
import { isSettled, remaining } from "./names";
import type { Changed } from "./useChanges";

const text = strings.duplicates;

interface GroupProps {
  group: DuplicateGroup;
  changed: Changed;
  preview: Preview;
}

/** The files of one recording, one of which is to stay. */
export function Group({ group, changed, preview }: GroupProps) {
  const [best] = group.tracks as [DuplicateTrack];
  const [chosen, setChosen] = useState(best.id);
  const card = useRef<HTMLElement>(null);
  const id = useId();
  const left = remaining(group, changed);
  const settled = isSettled(group, changed);
  const kept = left.find(({ id }) => id === chosen) ?? left[0];
  useRefocus(card, group.tracks.length - left.length + Number(changed.apart.has(group.id)));

  const change = (kind: Change["kind"], tracks: DuplicateTrack[]) => {
    const [first] = tracks;
    if (first) changes.delete({ id: first.id, kind, group: group.id, title: best.title, tracks });
  };
  const settle = (kind: Change["kind"], tracks: DuplicateTrack[], { detail }: MouseEvent) => {
    change(kind, tracks);
    if (card.current) focusAfter(card.current, detail === 0);
  };
  const removeOne = (track: DuplicateTrack, button: Element) => {
    change("removed", [track]);
    if (!card.current) return;
    if (left.length > 2) focusNextFile(card.current, button);
    else focusAfter(card.current, true);
  };
  // Another file of the same recording goes on where this one is.
  const play = (track: DuplicateTrack) => {
    const here = group.tracks.some(({ id }) => id === preview.playing);
    preview.toggle(track.id, here ? preview.position() : 0);
  };
  const others = left.filter((track) => track !== kept);
  const cover = group.tracks.find(({ artwork_url }) => artwork_url) ?? best;
  return (
    <li>
      <article
        ref={card}
        className={`card group${settled ? " settled" : ""}`}
        tabIndex={-1}
        aria-labelledby={id}
      >
        <header>
          <Cover id={cover.id} url={cover.artwork_url} />
          <div className="names">
            <h2 id={id}>{best.title}</h2>
            <p className="small muted">{names(best.artists) || strings.library.unknownArtist}</p>
          </div>
        </header>
        <fieldset>
          <legend className="small muted">{text.keep}</legend>
          <ul>
            {group.tracks.map((track) => (
              <FileRow
                key={track.id}
                track={track}
                title={best.title}
                choice={id}
                best={track === best}
                kept={track === kept}
                going={changed.gone.has(track.id)}
                settled={settled}
                preview={preview}
                play={() => play(track)}
                keep={() => setChosen(track.id)}
                remove={(button) => removeOne(track, button)}
              />
            ))}
          </ul>
        </fieldset>
        {settled ? (
          <p className="outcome small muted">
            <Icon name="check" />
            {changed.apart.has(group.id)
              ? text.apart
              : text.settled(group.tracks.length - left.length)}
          </p>
        ) : (
          <div className="actions">
            <button
              type="button"
              className="button quiet"
              aria-label={text.of(text.apart, best.title)}
              onClick={(event) => settle("apart", left, event)}
            >
              {text.apart}
            </button>
            <button
              type="button"
              className="button"
              aria-label={text.of(text.removeOthers(others.length), best.title)}
              onClick={(event) => settle("removed", others, event)}
            >
              {text.removeOthers(others.length)}
            </button>
          </div>
        )}
      </article>
    </li>
  );
}

/** What was undone gets the focus back, which the button that undid it has lost. */
function useRefocus(card: React.RefObject<HTMLElement | null>, changes: number) {
  const before = useRef(changes);
  useEffect(() => {
    const undone = changes < before.current;
    before.current = changes;
    if (undone && document.activeElement === document.body) card.current?.focus();
  }, [card, changes]);
}
