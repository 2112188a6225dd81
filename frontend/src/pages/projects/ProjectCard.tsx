import { plural, t } from "@lingui/core/macro";
import { Ellipsis, Trash2, UserPlus } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { ROLE_WORDS } from "../../people/roles";
import { ShareDialog } from "../../people/ShareDialog";
import { Avatar } from "../../ui/Avatar";
import { Badge } from "../../ui/Badge";
import { IconButton } from "../../ui/IconButton";
import { Menu, MenuItem, MenuSeparator } from "../../ui/Menu";
import { Time } from "../../ui/Time";

import type { Project } from "../../wire/http";
import { ProjectTile } from "./ProjectTile";

/** A project in the list; the whole card leads into it. */
export function ProjectCard({ project, onDelete }: { project: Project; onDelete: () => void }) {
  const [sharing, setSharing] = useState(false);
  const mayDelete = project.rights.includes("DELETE");
  const mayShare = project.rights.includes("SHARE");
  return (
    <li className="group relative flex min-h-36 flex-col rounded-card border border-line bg-card p-4 shadow-low transition-colors duration-100 focus-within:border-line2 hover:border-line2">
      <div className="flex items-start gap-3">
        <ProjectTile id={project.id} name={project.name} />
        <div className="min-w-0 flex-1 pt-0.5">
          <h2 className="truncate text-[15px] leading-5 font-semibold tracking-[-0.006em]">
            <Link
              href={`/p/${project.id}`}
              className="outline-none after:absolute after:inset-0 after:rounded-card focus-visible:after:outline-2 focus-visible:after:outline-offset-2 focus-visible:after:outline-accent"
            >
              {project.name}
            </Link>
          </h2>
          <p className="text-[13px] text-fg3">{count(project.notebooks)}</p>
        </div>
        {(mayDelete || mayShare) && (
          <div className="relative z-10 -mt-1 -me-1.5">
            <Menu trigger={<IconButton icon={Ellipsis} label={t`More for ${project.name}`} />}>
              {mayShare && <MenuItem icon={UserPlus} onSelect={() => setSharing(true)}>{t`Share…`}</MenuItem>}
              {mayDelete && mayShare && <MenuSeparator />}
              {mayDelete && <MenuItem icon={Trash2} danger onSelect={onDelete}>{t`Delete`}</MenuItem>}
            </Menu>
          </div>
        )}
      </div>
      <div className="mt-auto flex items-center gap-2 pt-4 text-[13px] text-fg3">
        {project.owner !== null && <Avatar size="tiny" name={project.owner.display_name} color={project.owner.color} />}
        <span className="min-w-0 truncate">
          {project.owner !== null && `${project.owner.display_name} · `}
          <span className="relative z-10">
            <Time at={project.updated_at} />
          </span>
        </span>
        {project.role !== "owner" && (
          <span className="ms-auto">
            <Badge>{project.role === null ? t`By link` : ROLE_WORDS[project.role].name}</Badge>
          </span>
        )}
      </div>
      {mayShare && <ShareDialog project={project.id} open={sharing} onOpenChange={setSharing} />}
    </li>
  );
}

function count(notebooks: number): string {
  if (notebooks === 0) return t`No notebook yet`;
  return plural(notebooks, { one: "# notebook", other: "# notebooks" });
}
