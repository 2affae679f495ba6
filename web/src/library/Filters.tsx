import { useEffect, useRef, useState } from "react";
import { api, type Genre, type TrackQuery } from "../api/client";
import { strings } from "../app/strings";
import { Icon } from "../ui/Icon";
import type { Selection } from "./useTracks";

const text = strings.library;
const TYPING_MS = 150;
const FIRST_DECADE = 1920;

export type Sort = NonNullable<TrackQuery["sort"]>;
/** What tracks are sorted by when a person says so; by relevance they are as they are found. */
export type Column = Exclude<Sort, "relevance">;

/** What a person has chosen to see. */
export interface Choice {
  query: string;
  genre: string;
  decade: number | null;
  sort: Sort;
  descending: boolean;
}

const UNSORTED = { sort: "added", descending: true } as const;

export const NO_CHOICE: Choice = { query: "", genre: "", decade: null, ...UNSORTED };

export function toSelection({ query, genre, decade, sort, descending }: Choice): Selection {
  return {
    sort,
    descending,
    ...(query && { q: query }),
    ...(genre && { genre }),
    ...(decade !== null && { from_year: decade, to_year: decade + 9 }),
  };
}

/** A search shows the best match first, until a person wants another order. */
function withQuery(choice: Choice, query: string): Choice {
  if (query && !choice.query) return { ...choice, query, sort: "relevance", descending: false };
  if (!query && choice.sort === "relevance") return { ...choice, ...UNSORTED, query };
  return { ...choice, query };
}

export const SORTS: readonly Column[] = [
  "added",
  "title",
  "artist",
  "album",
  "release_date",
  "duration",
];

interface FiltersProps {
  choice: Choice;
  choose(choice: Choice): void;
}

/** Search as you type, genre, years, and the order where there are no columns to click. */
export function Filters({ choice, choose }: FiltersProps) {
  const [typed, setTyped] = useState(choice.query);
  const [genres, setGenres] = useState<Genre[]>([]);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => setTyped(choice.query), [choice.query]);
  useEffect(() => {
    api.genres().then(setGenres, () => {}); // without them there is no such filter
    return () => clearTimeout(timer.current);
  }, []);

  const search = (query: string, waitMs: number) => {
    setTyped(query);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => choose(withQuery(choice, query.trim())), waitMs);
  };
  const decades = [];
  for (
    let year = Math.floor(new Date().getFullYear() / 10) * 10;
    year >= FIRST_DECADE;
    year -= 10
  ) {
    decades.push(year);
  }
  return (
    <search className="filters">
      <div className="search">
        <Icon name="search" />
        <input
          type="search"
          aria-label={text.search}
          placeholder={text.search}
          value={typed}
          maxLength={200}
          onChange={({ target }) => search(target.value, TYPING_MS)}
        />
        {typed && (
          <button
            type="button"
            className="icon-button"
            aria-label={text.clear}
            onClick={() => search("", 0)}
          >
            <Icon name="close" />
          </button>
        )}
      </div>
      {genres.length > 0 && (
        <select
          className="select"
          aria-label={text.genre}
          value={choice.genre}
          onChange={({ target }) => choose({ ...choice, genre: target.value })}
        >
          <option value="">{text.anyGenre}</option>
          {genres.map(({ name, tracks }) => (
            <option key={name} value={name}>
              {name} ({tracks.toLocaleString()})
            </option>
          ))}
        </select>
      )}
      <select
        className="select"
        aria-label={text.years}
        value={choice.decade ?? ""}
        onChange={({ target }) =>
          choose({ ...choice, decade: target.value ? Number(target.value) : null })
        }
      >
        <option value="">{text.anyYear}</option>
        {decades.map((year) => (
          <option key={year} value={year}>
            {text.decade(year)}
          </option>
        ))}
      </select>
      <select
        className="select narrow-only"
        aria-label={text.sort}
        value={choice.sort}
        onChange={({ target }) => {
          const sort = target.value as Sort;
          choose({ ...choice, sort, descending: sort === "added" });
        }}
      >
        {choice.query && <option value="relevance">{text.bestMatch}</option>}
        {SORTS.map((sort) => (
          <option key={sort} value={sort}>
            {sort === "added" ? text.newest : text.columns[sort]}
          </option>
        ))}
      </select>
    </search>
  );
}
