import { useEffect, useRef, useState } from "react";
import { useStore } from "../app/store";
import { strings } from "../app/strings";
import { canShareSystemSound } from "../audio/capture";
import { Icon } from "../ui/Icon";
import { Answer } from "./Answer";
import { Candidates } from "./Candidates";
import { FirstRun } from "./FirstRun";
import { listener } from "./listener";
import { Message } from "./Message";
import { Stage } from "./Stage";
import { useFileDrop } from "./useFileDrop";
import "./listen.css";

const text = strings.listen;

/** The home page: one button, and what comes of it. */
export function Listen() {
  const state = useStore(listener.state);
  const { phase, hearing } = state;
  const file = useRef<HTMLInputElement>(null);
  const [session] = useState(() => Symbol());
  const dropping = useFileDrop((files) => files[0] && void listener.read(files[0]));

  // What goes on when the page is left is nobody's business: the microphone is closed.
  useEffect(() => {
    void session;
    return () => {
      if (["asking", "listening", "finishing"].includes(listener.state.get().phase)) {
        listener.cancel();
      }
    };
  }, [session]);

  const resting = !["asking", "listening", "finishing", "reading"].includes(phase);
  const sources = (
    <div className="sources">
      <span className="muted small">{text.source}</span>
      {canShareSystemSound() && (
        <button type="button" className="button" onClick={() => void listener.listen("system")}>
          <Icon name="screen" />
          {text.system}
        </button>
      )}
      <button type="button" className="button" onClick={() => file.current?.click()}>
        <Icon name="file" />
        {text.file}
      </button>
      <input
        ref={file}
        type="file"
        accept="audio/*,video/*"
        className="unseen"
        tabIndex={-1}
        aria-label={text.file}
        onChange={({ target }) => {
          if (target.files?.[0]) void listener.read(target.files[0]);
          target.value = "";
        }}
      />
    </div>
  );
  return (
    <div className="listen" data-phase={phase}>
      <h1 className="unseen">{text.title}</h1>
      <Stage state={state} />
      <div className="below">
        {phase === "matched" && hearing?.match ? (
          <Answer
            key={`${hearing.id} ${hearing.match.id}`}
            hearing={hearing}
            match={hearing.match}
          />
        ) : phase === "idle" ? (
          <FirstRun>
            <Message state={state} />
            {sources}
          </FirstRun>
        ) : (
          <Message state={state} />
        )}
        {state.doubting && <Candidates state={state} />}
        {resting && phase !== "idle" && sources}
      </div>
      {dropping && <div className="drop-veil">{text.drop}</div>}
    </div>
  );
}
