/** The addresses of the HTTP API, one function each. docs/api.md describes them. */
import {
  all,
  request,
  type Link,
  type Me,
  type Member,
  type NotebookSummary,
  type Options,
  type Project,
  type Schemas,
} from "./http";

const at = (...parts: string[]): string => ["/api", ...parts.map(encodeURIComponent)].join("/");

export const api = {
  // The person signed in
  setUpState: (options?: Options) => request<Schemas["SetUpState"]>("GET", at("setup"), undefined, options),
  setUp: (body: Schemas["SetUp"]) => request<Me>("POST", at("setup"), body),
  signIn: (body: Schemas["SignIn"]) => request<Me>("POST", at("session"), body),
  signOut: () => request<undefined>("DELETE", at("session")),
  signUp: (body: Schemas["NewAccount"]) => request<Me>("POST", at("accounts"), body),
  me: (options?: Options) => request<Me>("GET", at("me"), undefined, options),
  changeMe: (body: Schemas["ChangeMe"]) => request<Me>("PATCH", at("me"), body),
  sessions: (options?: Options) => all<Schemas["Session"]>(at("sessions"), options),
  endSession: (id: string) => request<undefined>("DELETE", at("sessions", id)),
  tokens: (options?: Options) => all<Schemas["Token"]>(at("tokens"), options),
  makeToken: (body: Schemas["NewToken"]) => request<Schemas["MadeToken"]>("POST", at("tokens"), body),
  endToken: (id: string) => request<undefined>("DELETE", at("tokens", id)),

  // Projects and who is in them
  projects: (options?: Options) => all<Project>(at("projects"), options),
  project: (id: string, options?: Options) => request<Project>("GET", at("projects", id), undefined, options),
  makeProject: (body: Schemas["NewProject"]) => request<Project>("POST", at("projects"), body),
  changeProject: (id: string, body: Schemas["ChangeProject"]) => request<Project>("PATCH", at("projects", id), body),
  deleteProject: (id: string) => request<undefined>("DELETE", at("projects", id)),
  projectBin: (options?: Options) => all<Project>(`${at("projects")}?deleted=true`, options),
  leave: (project: string) => request<undefined>("DELETE", at("projects", project, "membership")),
  members: (project: string, options?: Options) => all<Member>(at("projects", project, "members"), options),
  invite: (project: string, body: Schemas["Invite"]) =>
    request<Schemas["Invited"]>("POST", at("projects", project, "members"), body),
  setRole: (project: string, user: string, body: Schemas["SetRole"]) =>
    request<Member>("PUT", at("projects", project, "members", user), body),
  removeMember: (project: string, user: string) =>
    request<undefined>("DELETE", at("projects", project, "members", user)),
  links: (project: string, options?: Options) => all<Link>(at("projects", project, "links"), options),
  makeLink: (project: string, body: Schemas["NewLink"]) =>
    request<Schemas["MadeLink"]>("POST", at("projects", project, "links"), body),
  revokeLink: (project: string, link: string) => request<undefined>("DELETE", at("projects", project, "links", link)),
  useLink: (body: Schemas["UseLink"]) => request<Schemas["UsedLink"]>("POST", at("links", "use"), body),

  // Notebooks
  notebooks: (project: string, options?: Options) =>
    all<NotebookSummary>(at("projects", project, "notebooks"), options),
  bin: (project: string, options?: Options) =>
    all<NotebookSummary>(`${at("projects", project, "notebooks")}?deleted=true`, options),
  makeNotebook: (project: string, body: Schemas["NewNotebook"]) =>
    request<Schemas["MadeNotebook"]>("POST", at("projects", project, "notebooks"), body),
  changeNotebook: (id: string, body: Schemas["ChangeNotebook"]) => request<unknown>("PATCH", at("notebooks", id), body),
  ipynbAddress: (id: string) => at("notebooks", id, "ipynb"),

  // The site
  users: (options?: Options) => all<Schemas["SiteUser"]>(at("admin", "users"), options),
  makeUser: (body: Schemas["NewAccount"]) => request<Me>("POST", at("admin", "users"), body),
};
