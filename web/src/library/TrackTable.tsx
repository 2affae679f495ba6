import { useVirtualizer } from "@tanstack/react-virtual";
import { Fragment, useEffect, useRef } from "react";
import type { Highlights, Track } from "../api/client";
import { clock } from "../app/format";
import { strings } from "../app/strings";
import { Cover } from "../ui/Cover";
import { Elsewhere } from "../ui/Elsewhere";
import { Icon } from "../ui/Icon";
import { Marked } from "../ui/Marked";
import type { Choice, Column } from "./Filters";
import type { Preview } from "./usePreview";
import type { useTracks } from "./useTracks";

const text = strings.library;
const ROW_PX = 60;
const COLUMNS: Column[] = ["title", "artist", "album", "release_date", "duration"];

interface TrackTableProps {
  tracks: ReturnType<typeof useTracks>;
  total: number;
  choice: Choice;
  choose(choice: Choice): void;
  deleting: ReadonlySet<number>;
  preview: Preview;
  edit(track: Track): void;
  remove(track: Track): void;
}

/** Rows of which only those in sight exist. */
export function TrackTable({ tracks, total, choice, choose, ...row }: TrackTableProps) {
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useVirtualizer({
    count: total,
    estimateSize: () => ROW_PX,
    getScrollElement: () => scroller.current,
    overscan: 8,
  });
  const items = virtual.getVirtualItems();
  const first = items[0]?.index ?? 0;
  const last = items.at(-1)?.index ?? 0;
  const { want } = tracks;
  useEffect(() => want(first, last));

  const key = JSON.stringify(choice);
  useEffect(() => {
    void key; // another choice is read from its beginning
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [key]);

  const sortBy = (sort: Column) =>
    choose({ ...choice, sort, descending: choice.sort === sort && !choice.descending });
  return (
    // biome-ignore lint/a11y/useSemanticElements: rows that are placed one by one make no <table>
    <div className="tracks" role="table" aria-label={text.title} aria-rowcount={total + 1}>
      <div className="scroller" ref={scroller} role="presentation">
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div className="row head" role="row" tabIndex={-1}>
          {COLUMNS.map((column) => (
            // biome-ignore lint/a11y/useSemanticElements: as above
            <span
              key={column}
              role="columnheader"
              tabIndex={-1}
              className={column}
              aria-sort={
                choice.sort !== column ? "none" : choice.descending ? "descending" : "ascending"
              }
            >
              <button type="button" onClick={() => sortBy(column)}>
                {text.columns[column]}
                {choice.sort === column && <Icon name={choice.descending ? "down" : "up"} />}
              </button>
            </span>
          ))}
          {/* biome-ignore lint/a11y/useSemanticElements: as above */}
          <span role="columnheader" tabIndex={-1} className="tools">
            <span className="unseen">{text.actions}</span>
          </span>
        </div>
        {/* biome-ignore lint/a11y/useSemanticElements: as above */}
        <div className="rows" role="rowgroup" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => (
            <TrackRow
              key={index}
              index={index}
              start={start}
              track={tracks.at(index)}
              marks={tracks.marksAt(index)}
              {...row}
            />
          ))}
        </div>
      </div>
    </div>
  );
}

interface TrackRowProps extends Pick<TrackTableProps, "deleting" | "preview" | "edit" | "remove"> {
  index: number;
  start: number;
  track: Track | undefined;
  marks: Highlights | undefined;
}

function TrackRow({ index, start, track, marks, deleting, preview, edit, remove }: TrackRowProps) {
  const going = track !== undefined && deleting.has(track.id);
  const playing = preview.playing === track?.id;
  const artists = track?.artists.length
    ? track.artists.map(({ name }, n) => (
        <Fragment key={n}>
          {n > 0 && ", "}
          <Marked text={name} ranges={marks?.artists[n]} />
        </Fragment>
      ))
    : null;
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the table
    <div
      className={`row${going ? " going" : ""}${track ? "" : " blank"}`}
      role="row"
      tabIndex={-1}
      aria-rowindex={index + 2}
      style={{ transform: `translateY(${start}px)` }}
    >
      {track && (
        <>
          <Cell name="title">
            <button
              type="button"
              className="play"
              disabled={!track.file}
              aria-label={playing ? text.pause(track.title) : text.play(track.title)}
              onClick={() => preview.toggle(track.id)}
            >
              <Cover id={track.id} url={track.artwork_url} />
              {track.file && <Icon name={playing ? "pause" : "play"} />}
            </button>
            <span className="names">
              <span>
                <Marked text={track.title} ranges={marks?.title} />
              </span>
              <span className="muted small second">
                {preview.failed === track.id ? text.cannotPlay : artists || text.unknownArtist}
              </span>
            </span>
            <Elsewhere of={track} />
          </Cell>
          <Cell name="artist">{artists}</Cell>
          <Cell name="album">
            <Marked text={track.album?.name ?? ""} ranges={marks?.album} />
          </Cell>
          <Cell name="release_date">{track.release_date?.slice(0, 4)}</Cell>
          <Cell name="duration">{clock(track.duration_ms)}</Cell>
          <Cell name="tools">
            <button
              type="button"
              className="icon-button"
              disabled={going}
              aria-label={text.edit(track.title)}
              onClick={() => edit(track)}
            >
              <Icon name="edit" />
            </button>
            <button
              type="button"
              className="icon-button"
              disabled={going}
              aria-label={text.remove(track.title)}
              onClick={() => remove(track)}
            >
              <Icon name="trash" />
            </button>
          </Cell>
        </>
      )}
    </div>
  );
}

function Cell({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements: see the table
    <span role="cell" className={name}>
      {children}
    </span>
  );
}
