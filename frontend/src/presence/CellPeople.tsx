import { memo } from "react";
import { hereText } from "../model/people";
import { useReadable } from "../model/use";
import { personColor } from "../ui/person";
import type { PresenceRoom } from "./room";

/** "Grace Hopper is here", at the end of a cell's foot. */
export const CellPeople = memo(function CellPeople({ room, cell }: { room: PresenceRoom; cell: string }) {
  const people = useReadable(room.inCell(cell), (list) => list);
  if (people.length === 0) return null;
  return (
    <span className="cell-people">
      {people.slice(0, 3).map((here) => (
        <span
          key={here.person.id}
          aria-hidden
          className="cell-people-dot"
          style={{ background: personColor(here.color) }}
        />
      ))}
      {hereText(people.map((here) => here.person.name))}
    </span>
  );
});
