import type { TopTrack } from "../api/client";
import { names } from "../app/format";
import { strings } from "../app/strings";
import { Cover } from "../ui/Cover";
import { Meter } from "../ui/Meter";

const text = strings.history;

/** The tracks that were recognised most often. */
export function Top({ tracks }: { tracks: readonly TopTrack[] }) {
  const most = tracks[0]?.count ?? 1;
  return (
    <section className="card top-tracks">
      <h2>{text.top}</h2>
      {tracks.length === 0 && <p className="small muted">{text.topNone}</p>}
      <ol>
        {tracks.map((track) => (
          <li key={track.id}>
            <Cover id={track.id} url={track.artwork_url} />
            <span className="names">
              <span>{track.title}</span>
              <span className="small muted">{names(track.artists) || text.unknownArtist}</span>
              <Meter share={track.count / most} tone="teal" />
            </span>
            <span className="times small">{text.times(track.count)}</span>
          </li>
        ))}
      </ol>
    </section>
  );
}
