import { t } from "@lingui/core/macro";
import { useReadable } from "../model/use";
import { personColor } from "../ui/person";
import type { Follow } from "./follow";

/** The frame around the page while it follows somebody. */
export function FollowFrame({ follow }: { follow: Follow }) {
  const here = useReadable(follow.following, (value) => value);
  if (here === null) return null;
  return (
    <div className="follow-frame" style={{ borderColor: personColor(here.color) }}>
      <span
        role="status"
        style={{ background: personColor(here.color) }}
      >{t`Following ${here.person.name} · Esc to stop`}</span>
    </div>
  );
}
