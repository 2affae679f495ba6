import { type ReactNode, useEffect, useState } from "react";
import { Link } from "wouter";
import { api } from "../api/client";
import { strings } from "../app/strings";
import { explainError } from "../app/words";
import { Meter } from "../ui/Meter";

const text = strings.listen.first;
const PIECES = 15;
const POLL_MS = 700;

type Step = "unknown" | "empty" | "composing" | "ready" | "filled";

/** What to do with an empty library, in the place of `children`. */
export function FirstRun({ children }: { children: ReactNode }) {
  const [step, setStep] = useState<Step>("unknown");
  const [tracks, setTracks] = useState(0);
  const [fault, setFault] = useState("");

  useEffect(() => {
    let left = false;
    api.stats().then(
      (stats) => !left && setStep(stats.tracks ? "filled" : "empty"),
      () => {}, // the page works without; Status tells what is wrong
    );
    return () => {
      left = true;
    };
  }, []);

  useEffect(() => {
    if (step !== "composing") return;
    const timer = setInterval(() => {
      void api.stats().then(
        (stats) => setTracks(stats.tracks),
        () => {},
      );
    }, POLL_MS);
    return () => clearInterval(timer);
  }, [step]);

  const compose = async () => {
    setStep("composing");
    setFault("");
    try {
      await api.demo();
      setStep("ready");
    } catch (error) {
      setFault(`${text.failed} ${explainError(error)}`);
      setStep("empty");
    }
  };

  if (step === "unknown" || step === "filled") return children;
  return (
    <section className="first-run" aria-live="polite">
      <h2>{step === "ready" ? text.ready : text.title}</h2>
      <p className="muted">
        {step === "composing"
          ? text.composing(tracks, PIECES)
          : step === "ready"
            ? text.next
            : text.text}
      </p>
      {fault && <p className="fault">{fault}</p>}
      {step === "composing" && <Meter share={tracks / PIECES} />}
      <div className="actions">
        {step === "ready" && (
          <Link href="/library" className="button primary">
            {text.see}
          </Link>
        )}
        {step === "empty" && (
          <>
            <button type="button" className="button primary" onClick={() => void compose()}>
              {text.demo}
            </button>
            <Link href="/library" className="button">
              {text.add}
            </Link>
          </>
        )}
      </div>
    </section>
  );
}
