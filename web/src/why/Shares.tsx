import type { Explanation } from "../api/client";
import { share } from "../app/format";
import { strings } from "../app/strings";
import { Meter } from "../ui/Meter";

const text = strings.why;

/** How much of the track was heard, beside what chance gives. */
export function Shares({ explanation }: { explanation: Explanation }) {
  const { matched_share, luck_share, reference_landmarks, candidate } = explanation;
  return (
    <section className="card shares">
      <h2>{text.shares}</h2>
      <p className="muted small">{text.sharesAbout}</p>
      <dl>
        <div>
          <dt>{text.matched}</dt>
          <dd>{share(matched_share)}</dd>
          <Meter share={matched_share} tone="teal" />
        </div>
        <div>
          <dt>{text.chance}</dt>
          <dd>{share(luck_share)}</dd>
          <Meter share={luck_share} />
        </div>
      </dl>
      <p className="axis small muted">
        <span>{text.peaks(reference_landmarks.length)}</span>
        {candidate && <span>{strings.listen.sure(share(candidate.score))}</span>}
      </p>
    </section>
  );
}
