import { plural, t } from "@lingui/core/macro";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { CaseSensitive, FileText, NotebookText, Regex, Search, Square } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { Link } from "wouter";
import { Banner } from "../../ui/Banner";
import { Button } from "../../ui/Button";
import { EmptyState } from "../../ui/EmptyState";
import { IconButton } from "../../ui/IconButton";
import { Input } from "../../ui/Input";
import { Select } from "../../ui/Select";
import { Spinner } from "../../ui/Spinner";
import { api } from "../../wire/api";
import { ApiError, reasonOf, type Me, type Schemas } from "../../wire/http";
import { projectsQuery } from "../../wire/queries";
import { Crumb, PageShell } from "../shell/PageShell";
import { SignedIn } from "../shell/SignedIn";
import "./search.css";

const RESTS_MS = 300;
const LEAST = 2;
const EVERYWHERE = "";

interface Asked {
  query: string;
  regex: boolean;
  matchCase: boolean;
  project: string;
}

/** /search: one box for the files and notebooks of all projects. */
export default function SearchPage() {
  return <SignedIn>{(me) => <Searching me={me} />}</SignedIn>;
}

function Searching({ me }: { me: Me }) {
  const [asked, setAsked] = useState(fromAddress);
  const [settled, setSettled] = useState(asked);
  const client = useQueryClient();
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), []);
  const projects = useQuery(projectsQuery);
  useEffect(() => {
    const later = setTimeout(() => {
      window.history.replaceState(window.history.state, "", `?${addressOf(asked)}`);
      setSettled(asked);
    }, RESTS_MS);
    return () => clearTimeout(later);
  }, [asked]);
  const isLong = settled.query.trim().length >= LEAST;
  const found = useQuery({
    queryKey: ["search", settled],
    queryFn: ({ signal }) => api.search(addressOf(settled), { signal }),
    enabled: isLong,
    retry: (failures, error) => failures < 1 && error instanceof ApiError && error.code === "replaced",
    gcTime: 60_000,
  });
  const change = (part: Partial<Asked>): void => setAsked((now) => ({ ...now, ...part }));
  return (
    <PageShell title={t`Search`} me={me} crumbs={<Crumb>{t`Search`}</Crumb>}>
      <h1 className="mb-4">{t`Search in files and notebooks`}</h1>
      <form
        role="search"
        className="search-form"
        onSubmit={(event) => {
          event.preventDefault();
          setSettled(asked);
        }}
      >
        <Input
          type="search"
          tall
          ref={box}
          aria-label={t`What to search for`}
          placeholder={t`Search in all your projects`}
          maxLength={200}
          value={asked.query}
          onChange={(event) => change({ query: event.target.value })}
        />
        <IconButton
          icon={CaseSensitive}
          label={t`Match case`}
          aria-pressed={asked.matchCase}
          onClick={() => change({ matchCase: !asked.matchCase })}
        />
        <IconButton
          icon={Regex}
          label={t`Regular expression`}
          aria-pressed={asked.regex}
          onClick={() => change({ regex: !asked.regex })}
        />
        <Select
          label={t`Project`}
          value={asked.project}
          options={[
            { value: EVERYWHERE, label: t`All projects` },
            ...(projects.data ?? []).map(({ id, name }) => ({ value: id, label: name })),
          ]}
          onChange={(project) => change({ project })}
        />
      </form>
      <div role="status" className="search-status">
        {found.isFetching ? (
          <>
            <Spinner /> {t`Searching…`}
            <Button
              size="small"
              kind="ghost"
              icon={Square}
              onClick={() => void client.cancelQueries({ queryKey: ["search"] })}
            >
              {t`Stop`}
            </Button>
          </>
        ) : found.data !== undefined && isLong ? (
          <Said {...found.data} />
        ) : null}
      </div>
      {found.isError && isLong && !found.isFetching && <Banner tone="err">{reasonOf(found.error)}</Banner>}
      {found.data?.partial != null && !found.isFetching && <Banner tone="warn">{found.data.partial}</Banner>}
      {!isLong && (
        <EmptyState icon={Search} title={t`Find a line anywhere`}>
          {t`Cells of notebooks, and every text file, of all projects that you can read. Two letters are enough.`}
        </EmptyState>
      )}
      {found.data !== undefined && isLong && <Results hits={found.data.items} />}
    </PageShell>
  );
}

function Said({ items, too_large }: Schemas["SearchFound"]) {
  return (
    <>
      <span>{plural(items.length, { 0: "Nothing was found.", one: "# line", other: "# lines" })}</span>
      {too_large > 0 && (
        <span>
          {plural(too_large, {
            one: "# file is too large to be searched.",
            other: "# files are too large to be searched.",
          })}
        </span>
      )}
    </>
  );
}

function Results({ hits }: { hits: readonly Schemas["SearchHit"][] }) {
  const byProject = grouped(hits, (hit) => hit.project);
  return (
    <div className="search-results">
      {byProject.map(([project, of]) => (
        <section key={project} aria-label={of[0]?.project_name ?? ""}>
          <h2>
            <Link href={`/p/${project}`}>{of[0]?.project_name}</Link>
          </h2>
          {grouped(of, (hit) => hit.address ?? hit.notebook ?? "").map(([place, lines]) => (
            <Place key={place} lines={lines} />
          ))}
        </section>
      ))}
    </div>
  );
}

function Place({ lines }: { lines: readonly Schemas["SearchHit"][] }) {
  const [first] = lines;
  if (first === undefined) return null;
  const isFile = first.address != null;
  const Icon = isFile ? FileText : NotebookText;
  return (
    <article className="search-place">
      <h3>
        <Icon size={15} aria-hidden />
        <span dir="ltr">{isFile ? first.path : first.notebook_name}</span>
      </h3>
      <ul>
        {lines.map((hit, index) => (
          <li key={index}>
            <Link href={placeOf(hit)} className="search-line">
              <Where>{isFile ? String(hit.line) : t`cell ${hit.number ?? 0}`}</Where>
              <code dir="ltr">
                {hit.before}
                <mark>{hit.hit}</mark>
                {hit.after}
              </code>
            </Link>
          </li>
        ))}
      </ul>
    </article>
  );
}

const Where = ({ children }: { children: ReactNode }) => <span className="search-where">{children}</span>;

const placeOf = (hit: Schemas["SearchHit"]): string =>
  hit.address != null
    ? `/p/${hit.project}/files/${hit.address}#L${hit.line}`
    : `/n/${hit.notebook ?? ""}#cell-${hit.cell ?? ""}`;

function grouped<T>(items: readonly T[], keyOf: (item: T) => string): [string, T[]][] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return [...groups];
}

function fromAddress(): Asked {
  const query = new URLSearchParams(window.location.search);
  return {
    query: query.get("query") ?? "",
    regex: query.get("regex") === "1",
    matchCase: query.get("case") === "1",
    project: query.get("project") ?? EVERYWHERE,
  };
}

function addressOf({ query, regex, matchCase, project }: Asked): string {
  const address = new URLSearchParams({ query });
  if (regex) address.set("regex", "1");
  if (matchCase) address.set("case", "1");
  if (project !== EVERYWHERE) address.set("project", project);
  return address.toString();
}
