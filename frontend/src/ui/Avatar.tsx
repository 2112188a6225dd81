import { cx } from "./cx";
import { initials, personColor } from "./person";

const SIZES = {
  tiny: "size-5 text-[9px]",
  small: "size-6 text-[10px]",
  medium: "size-7 text-[11px]",
  large: "size-9 text-[13px]",
};

export interface AvatarProps {
  name: string;
  color: number;
  size?: keyof typeof SIZES;
  /** A ring in the person's colour with a gap, for those who are here now. */
  ring?: boolean;
  className?: string;
}

/** A person as a coloured disc with letters; decoration, so a name or a label stands beside or on its button. */
export function Avatar({ name, color, size = "medium", ring = false, className }: AvatarProps) {
  return (
    <span
      aria-hidden
      data-letters={initials(name)}
      style={{
        backgroundColor: personColor(color),
        ...(ring ? { boxShadow: `0 0 0 2px var(--bg), 0 0 0 3.5px ${personColor(color)}` } : {}),
      }}
      className={cx(
        "inline-flex shrink-0 items-center justify-center rounded-full leading-none font-semibold tracking-tight text-white select-none before:content-[attr(data-letters)]",
        SIZES[size],
        className,
      )}
    />
  );
}
