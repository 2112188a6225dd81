/** A sign for what kind of values a column holds. */
import {
  Binary,
  Box,
  Braces,
  Calendar,
  CalendarClock,
  Clock,
  DecimalsArrowRight,
  Hash,
  Image,
  Tag,
  Timer,
  ToggleLeft,
  Type,
  type LucideIcon,
} from "lucide-react";
import type { ReactElement } from "react";
import type { Kind } from "./bundle";

const ICONS: Readonly<Record<Kind, LucideIcon>> = {
  integer: Hash,
  number: DecimalsArrowRight,
  boolean: ToggleLeft,
  text: Type,
  category: Tag,
  date: Calendar,
  datetime: CalendarClock,
  time: Clock,
  duration: Timer,
  binary: Binary,
  image: Image,
  nested: Braces,
  object: Box,
};

export function KindIcon({ kind }: { kind: Kind }): ReactElement {
  const Icon = ICONS[kind];
  return <Icon size={13} aria-hidden className="fr-kind" data-kind={kind} />;
}
