import { t } from "@lingui/core/macro";
import { memo } from "react";
import { Avatar } from "../ui/Avatar";
import { Menu, MenuItem } from "../ui/Menu";
import { Tooltip } from "../ui/Tooltip";
import { useReadable } from "../model/use";
import { countRender } from "../model/counter";
import type { Here, PresenceRoom } from "./room";

export interface AvatarsProps {
  room: PresenceRoom;
  /** How a cell is called, for the tooltip: "cell 3". */
  nameOfCell: (id: string) => string | null;
  following: string | null;
  /** First click: go where they are. Second click: follow. */
  onPick: (here: Here) => void;
}

const MOST = 5;

/** Who else is here. A click goes to them, a second one follows. */
export const Avatars = memo(function Avatars({ room, nameOfCell, following, onPick }: AvatarsProps) {
  countRender("Avatars");
  const people = useReadable(room.people, (list) => list, sameFaces);
  if (people.length === 0) return null;
  const shown = people.slice(0, people.length > MOST ? MOST - 1 : MOST);
  const rest = people.slice(shown.length);
  return (
    <ul className="avatars" aria-label={t`In this notebook now`}>
      {shown.map((here) => (
        <li key={here.person.id}>
          <Face
            here={here}
            place={here.cell === null ? null : nameOfCell(here.cell)}
            isFollowed={following === here.person.id}
            onPick={onPick}
          />
        </li>
      ))}
      {rest.length > 0 && (
        <li>
          <Menu
            trigger={
              <button type="button" className="avatars-rest" aria-label={t`And ${rest.length} more people`}>
                +{rest.length}
              </button>
            }
          >
            {rest.map((here) => (
              <MenuItem key={here.person.id} onSelect={() => onPick(here)}>
                <span className="avatars-name">
                  <Avatar name={here.person.name} color={here.color} size="small" />
                  {here.person.name}
                </span>
              </MenuItem>
            ))}
          </Menu>
        </li>
      )}
    </ul>
  );
});

const sameFaces = (a: readonly Here[], b: readonly Here[]): boolean =>
  a === b ||
  (a.length === b.length &&
    a.every(
      (one, index) =>
        one.person.id === b[index]?.person.id &&
        one.person.name === b[index].person.name &&
        one.color === b[index].color &&
        one.cell === b[index].cell,
    ));

function Face({
  here,
  place,
  isFollowed,
  onPick,
}: {
  here: Here;
  place: string | null;
  isFollowed: boolean;
  onPick: (here: Here) => void;
}) {
  const where = place === null ? t`looking around` : t`in ${place}`;
  const label = isFollowed ? t`Following ${here.person.name}. Click to stop` : `${here.person.name}, ${where}`;
  return (
    <Tooltip label={isFollowed ? label : t`${label}. Click to go there, again to follow`}>
      <button
        type="button"
        className="avatars-face"
        aria-label={label}
        aria-pressed={isFollowed}
        onClick={() => onPick(here)}
      >
        <Avatar name={here.person.name} color={here.color} ring />
      </button>
    </Tooltip>
  );
}
