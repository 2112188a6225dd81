import { plural, t } from "@lingui/core/macro";
import { Trans } from "@lingui/react/macro";
import { ArrowDown, ArrowUp, Copy, Ellipsis, Pencil, Power, Trash2, TriangleAlert } from "lucide-react";
import { Badge } from "../../ui/Badge";
import { Button } from "../../ui/Button";
import { cx } from "../../ui/cx";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { amountText, cpuText, gpuText, mibText } from "../../model/hardware";
import type { HardwareClass, Schemas } from "../../wire/http";
import { durationField } from "./draft";

export interface ClassCardProps {
  of: HardwareClass;
  /** What people get who have chosen nothing. */
  isUsual: boolean;
  users: readonly Schemas["SiteUser"][];
  groups: readonly Schemas["Group"][];
  onEdit: () => void;
  onCopy: () => void;
  onSwitch: () => void;
  onUp: (() => void) | null;
  onDown: (() => void) | null;
  onDelete: () => void;
}

/** One class of the catalogue: its size, its rules, and what can be done with it. */
export function ClassCard(props: ClassCardProps) {
  const { of, isUsual, onEdit, onUp, onDown } = props;
  return (
    <li
      aria-label={of.label}
      className={cx("rounded-card border border-line shadow-low", of.enabled ? "bg-card" : "bg-panel")}
    >
      <div className="flex items-start gap-2 px-4 pt-3.5 pb-3">
        <div className="min-w-0 flex-1">
          <div className="flex flex-wrap items-center gap-x-2 gap-y-1">
            <h2 className={cx("text-[15px] font-semibold", !of.enabled && "text-fg2")}>{of.label}</h2>
            {!of.enabled && <Badge tone="warn">{t`Switched off`}</Badge>}
            {isUsual && <Badge tone="accent">{t`Used unless another is chosen`}</Badge>}
            {of.living > 0 && <Badge tone="ok">{plural(of.living, { one: "# kernel", other: "# kernels" })}</Badge>}
          </div>
          <p className="mt-0.5 text-[13px] text-fg3">
            <Trans>
              <code className="text-xs">{of.id}</code> on {of.engine}
            </Trans>
            {of.description !== "" && <span className="text-fg2"> · {of.description}</span>}
          </p>
        </div>
        <div className="flex shrink-0 items-center gap-0.5">
          <span className="flex max-sm:hidden">
            <IconButton
              icon={ArrowUp}
              label={t`Move ${of.label} up`}
              disabled={onUp === null}
              onClick={onUp ?? undefined}
            />
            <IconButton
              icon={ArrowDown}
              label={t`Move ${of.label} down`}
              disabled={onDown === null}
              onClick={onDown ?? undefined}
            />
          </span>
          <Button
            size="small"
            kind="ghost"
            icon={Pencil}
            aria-label={t`Edit ${of.label}`}
            onClick={onEdit}
          >{t`Edit`}</Button>
          <More {...props} />
        </div>
      </div>
      <Sizes of={of} />
      {of.never !== null && (
        <p className="flex gap-2 border-b border-line px-4 py-2.5 text-[13px] text-warn">
          <TriangleAlert size={15} aria-hidden className="mt-0.5 shrink-0" />
          {of.never}
        </p>
      )}
      <Rules {...props} />
    </li>
  );
}

function More({ of, onCopy, onSwitch, onUp, onDown, onDelete }: ClassCardProps) {
  return (
    <Menu trigger={<IconButton icon={Ellipsis} label={t`More for ${of.label}`} />}>
      <MenuItem icon={Copy} onSelect={onCopy}>{t`Duplicate…`}</MenuItem>
      <MenuItem icon={Power} onSelect={onSwitch}>
        {of.enabled ? t`Switch off` : t`Switch on`}
      </MenuItem>
      <MenuItem icon={ArrowUp} disabled={onUp === null} onSelect={() => onUp?.()}>{t`Move up`}</MenuItem>
      <MenuItem icon={ArrowDown} disabled={onDown === null} onSelect={() => onDown?.()}>{t`Move down`}</MenuItem>
      <MenuSeparator />
      <MenuItem icon={Trash2} danger onSelect={onDelete}>{t`Delete`}</MenuItem>
    </Menu>
  );
}

function Sizes({ of }: { of: HardwareClass }) {
  const facts: [string, string][] = [
    ["CPU", of.cpus === null ? t`no limit` : cpuText(of.cpus)],
    [t`Memory`, of.memory_mib === null ? t`no limit` : mibText(of.memory_mib)],
    ["GPU", of.gpus === 0 ? t`none` : gpuText(of.gpus, of.gpu_type)],
    [t`Price`, of.price_per_hour === null ? t`none` : t`${amountText(of.price_per_hour)} an hour`],
  ];
  return (
    <dl className="figures grid grid-cols-2 gap-px border-y border-line bg-line sm:grid-cols-4">
      {facts.map(([name, value]) => (
        <div key={name} className={cx("px-4 py-2", of.enabled ? "bg-card" : "bg-panel")}>
          <dt className="text-xs text-fg3">{name}</dt>
          <dd className={cx("font-medium", (value === t`no limit` || value === t`none`) && "font-normal text-fg3")}>
            {value}
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Rules({ of, users, groups }: ClassCardProps) {
  const named = [
    ...of.groups.map((id) => groups.find((group) => group.id === id)?.name ?? t`a group`),
    ...of.users.map((id) => users.find((user) => user.id === id)?.display_name ?? "somebody"),
  ];
  const rules: string[] = [named.length === 0 ? t`For everybody` : t`For ${listed(named)}`];
  if (of.max_per_user !== null) rules.push(t`${of.max_per_user} a person`);
  if (of.idle_after_s !== null) rules.push(t`stops after ${durationField(of.idle_after_s)} idle`);
  if (of.max_life_s !== null)
    rules.push(
      t`${durationField(of.max_life_s)} at most${of.options["hard_life"] === true ? t`, also in a cell` : ""}`,
    );
  if (of.internet) rules.push(t`with internet`);
  if (of.disk_mib !== null) rules.push(t`${mibText(of.disk_mib)} of disk`);
  const options = Object.keys(of.options).filter((name) => name !== "hard_life");
  if (options.length > 0) rules.push(`options: ${options.join(", ")}`);
  return <p className="px-4 py-2.5 text-[13px] text-fg2">{rules.join(" · ")}</p>;
}

function listed(names: readonly string[]): string {
  const shown = names.slice(0, 3);
  const more = names.length - shown.length;
  return more > 0 ? t`${shown.join(", ")} and ${more} more` : shown.join(", ");
}
