import { LoaderCircle } from "lucide-react";

/** A small turning ring beside a word that says what is awaited. */
export function Spinner({ size = 16 }: { size?: number }) {
  return <LoaderCircle size={size} aria-hidden className="shrink-0 animate-spin" />;
}
