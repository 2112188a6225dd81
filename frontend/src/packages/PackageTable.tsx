import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowUp, MoreHorizontal, Search, Trash2 } from "lucide-react";
import { useId, useState } from "react";
import { Badge } from "../ui/Badge";
import { cx } from "../ui/cx";
import { IconButton } from "../ui/IconButton";
import { Input } from "../ui/Input";
import { Menu, MenuItem } from "../ui/Menu";
import { found, sizeText, type Package } from "./words";

export interface PackageTableProps {
  packages: readonly Package[];
  size: number;
  /** Declared, and imported nowhere. */
  unused: ReadonlySet<string>;
  /** Absent for people who may not change the environment. */
  actions?: { upgrade: (name: string) => void; remove: (name: string) => void } | undefined;
}

/** What is installed, with what was asked for first. */
export function PackageTable({ packages, size, unused, actions }: PackageTableProps) {
  const [query, setQuery] = useState("");
  const [isWhole, setIsWhole] = useState(false);
  const heading = useId();
  const all = found(packages, query);
  const own = all.filter((each) => each.origin !== "needed");
  const isFolded = !isWhole && query.trim() === "" && own.length < all.length;
  const shown = isFolded ? own : all;
  return (
    <section aria-labelledby={heading}>
      <div className="mb-2 flex flex-wrap items-center justify-between gap-x-3 gap-y-2">
        <h2 id={heading} className="text-[14px] font-medium text-fg2">
          <Trans>
            {plural(packages.length, { one: "# package", other: "# packages" })}{" "}
            <span className="font-normal text-fg3">· {sizeText(size)}</span>
          </Trans>
        </h2>
        <div className={cx("relative w-full sm:w-52", packages.length === 0 && "hidden")}>
          <Search size={14} aria-hidden className="pointer-events-none absolute top-2.25 start-2.5 text-fg3" />
          <Input
            type="search"
            aria-label={t`Search the installed packages`}
            placeholder={t`Search`}
            className="ps-8"
            value={query}
            onChange={(event) => setQuery(event.target.value)}
          />
        </div>
      </div>
      {shown.length === 0 ? (
        <p className="rounded-card border border-dashed border-line2 px-4 py-6 text-center text-fg2">
          {packages.length === 0
            ? t`Nothing is installed yet. The first run of a cell makes the environment, and so does installing.`
            : t`Nothing installed is called “${query.trim()}”.`}
        </p>
      ) : (
        <ul aria-label={t`Installed packages`} className="divide-y divide-line rounded-card border border-line bg-card">
          {shown.map((each) => (
            <Row key={each.name} of={each} isUnused={unused.has(each.name)} actions={actions} />
          ))}
          {isFolded && (
            <li>
              <button
                type="button"
                className="flex h-9 w-full items-center justify-center gap-1.5 rounded-b-card text-[13px] font-medium text-fg2 hover:bg-hover hover:text-fg"
                onClick={() => setIsWhole(true)}
              >{t`Show ${all.length - own.length} more that these need`}</button>
            </li>
          )}
        </ul>
      )}
    </section>
  );
}

function Row({ of, isUnused, actions }: { of: Package; isUnused: boolean; actions: PackageTableProps["actions"] }) {
  const isOwn = of.origin !== "needed";
  return (
    <li className="flex min-h-11 items-center gap-3 py-1.5 pe-2 ps-3.5">
      <div className="min-w-0 flex-1">
        <p className="flex flex-wrap items-center gap-x-2">
          <span className={isOwn ? "font-medium" : "text-fg2"}>{of.name}</span>
          {of.origin === "declared" && <Badge tone="accent">{t`requirements.txt`}</Badge>}
          {isUnused && <Badge>{t`not imported`}</Badge>}
        </p>
        <p className="truncate text-[13px] text-fg3">
          {of.origin === "needed" && of.needed_by.length > 0 ? t`Needed by ${some(of.needed_by)}` : of.summary}
        </p>
      </div>
      <span className="font-mono text-[13px] text-fg2 tabular-nums">{of.version}</span>
      <span className="w-16 shrink-0 text-end text-[13px] text-fg3 tabular-nums">{sizeText(of.size)}</span>
      {actions !== undefined && (
        <Menu trigger={<IconButton icon={MoreHorizontal} size="small" label={t`More for ${of.name}`} />}>
          <MenuItem icon={ArrowUp} onSelect={() => actions.upgrade(of.name)}>{t`Upgrade`}</MenuItem>
          {isOwn && of.name !== "ipykernel" && (
            <MenuItem icon={Trash2} danger onSelect={() => actions.remove(of.name)}>{t`Remove`}</MenuItem>
          )}
        </Menu>
      )}
    </li>
  );
}

function some(names: readonly string[]): string {
  return names.length <= 3 ? names.join(", ") : t`${names.slice(0, 2).join(", ")} and ${names.length - 2} more`;
}
