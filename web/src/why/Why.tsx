import { useEffect, useState } from "react";
import { Link } from "wouter";
import { api, type Explanation } from "../api/client";
import { names, share } from "../app/format";
import { strings } from "../app/strings";
import { explainError, sentence } from "../app/words";
import { decode, type Sound } from "../audio/decode";
import { type Hearing, hearingOf } from "../listen/hearing";
import { Icon } from "../ui/Icon";
import { Note } from "../ui/Note";
import { Waiting } from "../ui/Waiting";
import { Alignment } from "./Alignment";
import { Confidence } from "./Confidence";
import { Histogram } from "./Histogram";
import { Shares } from "./Shares";
import { useReference } from "./useReference";
import "./why.css";

const text = strings.why;

/** How a hearing was recognised, or why it was not. */
export default function Why({ id }: { id: string }) {
  const hearing = hearingOf(id);
  if (!hearing) {
    return (
      <Note whole title={text.gone.title} text={text.gone.text}>
        <Link href="/" className="button primary">
          {strings.notFound.back}
        </Link>
      </Note>
    );
  }
  return <Explained key={id} hearing={hearing} />;
}

type Loaded = { explanation: Explanation; heard: Sound | null };

function Explained({ hearing }: { hearing: Hearing }) {
  const [loaded, setLoaded] = useState<Loaded | null>(null);
  const [fault, setFault] = useState<unknown>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    void attempt;
    let left = false;
    // A format that only the server knows is explained without the sound's own picture.
    const heard = decode(hearing.clip).catch(() => null);
    Promise.all([
      api.recognize(hearing.clip, hearing.name, { explain: true, remember: false }),
      heard,
    ]).then(
      ([{ explanation }, sound]) => {
        if (!left && explanation) setLoaded({ explanation, heard: sound });
      },
      (error: unknown) => !left && setFault(error),
    );
    return () => {
      left = true;
    };
  }, [hearing, attempt]);

  if (fault !== null) {
    return (
      <Note whole title={text.failed} text={explainError(fault)}>
        <button
          type="button"
          className="button primary"
          onClick={() => {
            setFault(null);
            setAttempt(attempt + 1);
          }}
        >
          {strings.retry}
        </button>
      </Note>
    );
  }
  if (!loaded) return <Waiting text={text.working} />;
  return <Evidence {...loaded} hearing={hearing} />;
}

function Evidence({ explanation, heard, hearing }: Loaded & { hearing: Hearing }) {
  const { candidate } = explanation;
  const reference = useReference(candidate?.id ?? null);
  const title = candidate?.accepted ? text.title : text.titleNot;
  return (
    <div className="page why">
      <header className="page-head">
        <Link href="/" className="icon-button" aria-label={text.back}>
          <Icon name="back" />
        </Link>
        <h1>{title}</h1>
      </header>
      <section className="verdict">
        {candidate && (
          <p className="whom">
            {!candidate.accepted && <span className="muted">{text.best}: </span>}
            <strong>{candidate.title}</strong>{" "}
            <span className="muted">{names(candidate.artists)}</span>
          </p>
        )}
        <p>
          <span className={`badge ${candidate?.accepted ? "teal" : ""}`}>
            {text.reasons[explanation.reason]}
          </span>{" "}
          {sentence(explanation.summary)}
        </p>
      </section>
      <Alignment
        explanation={explanation}
        heard={heard}
        clip={hearing.clip}
        reference={reference}
      />
      {candidate && (
        <div className="charts">
          <Histogram explanation={explanation} />
          <Confidence explanation={explanation} />
          <Shares explanation={explanation} />
        </div>
      )}
      {candidate && <p className="unseen">{share(candidate.score)}</p>}
    </div>
  );
}
