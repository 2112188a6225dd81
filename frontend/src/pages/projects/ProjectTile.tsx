import { initials, PEOPLE_COLORS, personColor } from "../../ui/person";

/** A project's letter on a colour of its own, so that lists can be read at a glance. */
export function ProjectTile({ id, name }: { id: string; name: string }) {
  return (
    <span
      aria-hidden
      style={{ backgroundColor: personColor(colorOf(id)) }}
      className="inline-flex size-9 shrink-0 items-center justify-center rounded-button text-[15px] font-semibold text-white"
    >
      {initials(name).slice(0, 1)}
    </span>
  );
}

function colorOf(id: string): number {
  let sum = 0;
  for (let index = 0; index < id.length; index += 1) sum = (sum * 31 + id.charCodeAt(index)) % 9973;
  return sum % PEOPLE_COLORS;
}
