import { Avatar } from "./Avatar";
import { Tooltip } from "./Tooltip";

export interface StackPerson {
  id: string;
  name: string;
  color: number;
}

export interface AvatarStackProps {
  people: readonly StackPerson[];
  max?: number;
  size?: "tiny" | "small" | "medium";
  /** What the group is, for screen readers, as "In here now". */
  label: string;
}

/** Several people, overlapping; those that do not fit are counted, and the tooltip names everybody. */
export function AvatarStack({ people, max = 4, size = "small", label }: AvatarStackProps) {
  if (people.length === 0) return null;
  const shown = people.slice(0, people.length > max ? max - 1 : max);
  const names = people.map((person) => person.name).join(", ");
  return (
    <Tooltip label={names}>
      <span role="img" aria-label={`${label}: ${names}`} className="inline-flex items-center -space-x-1">
        {shown.map((person) => (
          <Avatar key={person.id} name={person.name} color={person.color} size={size} className="ring-2 ring-card" />
        ))}
        {people.length > shown.length && (
          <span className="z-10 inline-flex h-6 min-w-6 items-center justify-center rounded-full bg-panel px-1 text-[10px] font-semibold text-fg2 ring-2 ring-card">
            +{people.length - shown.length}
          </span>
        )}
      </span>
    </Tooltip>
  );
}
