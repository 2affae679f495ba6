import { names, share } from "../app/format";
import { strings } from "../app/strings";
import { Cover } from "../ui/Cover";
import { type Listening, listener } from "./listener";

const text = strings.listen.doubt;

/** What else it may be, for a person to choose from. */
export function Candidates({ state: { candidates } }: { state: Listening }) {
  return (
    <section className="candidates">
      <h2>{text.title}</h2>
      {!candidates && <p className="muted small">{text.looking}</p>}
      {candidates?.length === 0 && <p className="muted small">{text.none}</p>}
      <ul>
        {candidates?.map((track) => (
          <li key={track.id}>
            <button
              type="button"
              aria-label={text.choose(track.title)}
              onClick={() => listener.choose(track)}
            >
              <Cover id={track.id} url={track.artwork_url} />
              <span className="names">
                <span>{track.title}</span>
                <span className="muted small">{names(track.artists)}</span>
              </span>
              <span className="muted small">{share(track.score)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
