/** The addresses of the HTTP API, one function each. docs/api.md describes them. */
import {
  all,
  request,
  upload,
  type FileEntry,
  type FolderListing,
  type HardwareCatalogue,
  type HardwareClass,
  type Link,
  type Me,
  type Member,
  type NewHardwareClass,
  type NotebookSummary,
  type Options,
  type Project,
  type Schemas,
} from "./http";
import { socketAddress } from "./reach";

const at = (...parts: string[]): string => ["/api", ...parts.map(encodeURIComponent)].join("/");

/** Where a file is read and written. */
export const fileAddress = (project: string, address: string): string =>
  `${at("projects", project, "files")}${address === "" ? "" : `/${address}`}`;

export const api = {
  // The person signed in
  setUpState: (options?: Options) => request<Schemas["SetUpState"]>("GET", at("setup"), undefined, options),
  setUp: (body: Schemas["SetUp"]) => request<Me>("POST", at("setup"), body),
  signIn: (body: Schemas["SignIn"]) => request<Me>("POST", at("session"), body),
  /** Who wrote in a notebook under these client ids, by id. */
  writers: async (notebook: string, clients: readonly number[]): Promise<ReadonlyMap<number, string>> => {
    const asked = clients.map((client) => `client=${client}`).join("&");
    const found = await request<Schemas["Writers"]>("GET", `${at("notebooks", notebook, "writers")}?${asked}`);
    return new Map(found.items.map(({ client, user }) => [client, user.display_name]));
  },
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

  // Terminals
  terminals: (project: string, options?: Options) =>
    request<Schemas["TerminalList"]>("GET", at("projects", project, "terminals"), undefined, options),
  openTerminal: (project: string, shared: boolean) =>
    request<Schemas["TerminalState"]>("POST", at("projects", project, "terminals"), { shared }),
  closeTerminal: (project: string, id: string) =>
    request<undefined>("DELETE", at("projects", project, "terminals", id)),
  terminalSocket: (project: string, id: string): string =>
    socketAddress(at("projects", project, "terminals", id, "socket")),

  // The Python environment
  environment: (project: string, options?: Options) =>
    request<Schemas["Environment"]>("GET", at("projects", project, "environment"), undefined, options),
  requirements: (project: string, options?: Options) =>
    request<Schemas["ProjectRequirements"]>("GET", at("projects", project, "requirements"), undefined, options),
  declare: (project: string, lines: readonly string[]) =>
    request<undefined>("POST", at("projects", project, "requirements"), { lines }),
  importOffer: (project: string, module: string, options?: Options) =>
    request<Schemas["ImportOffer"]>("GET", at("projects", project, "imports", module), undefined, options),
  packageRequests: (project: string, options?: Options) =>
    all<Schemas["PackageRequest"]>(at("projects", project, "package-requests"), options),
  askForPackages: (project: string, lines: readonly string[]) =>
    request<undefined>("POST", at("projects", project, "package-requests"), { lines: [...lines] }),
  forgetRequest: (project: string, id: string) =>
    request<undefined>("DELETE", at("projects", project, "package-requests", id)),
  declineRequest: (project: string, id: string) =>
    request<undefined>("PATCH", at("projects", project, "package-requests", id), { state: "declined" }),
  changeEnvironment: (project: string, body: Schemas["ChangeEnvironment"]) =>
    request<Schemas["Job"]>("POST", at("projects", project, "environment"), body),
  installPackages: (project: string, body: Schemas["InstallPackages"]) =>
    request<Schemas["Job"]>("POST", at("projects", project, "packages"), body),
  removePackage: (project: string, name: string) =>
    request<Schemas["Job"]>("DELETE", at("projects", project, "packages", name)),
  upgradePackage: (project: string, name: string) =>
    request<Schemas["Job"]>("POST", at("projects", project, "packages", name, "upgrade"), {}),
  cancelJob: (job: string) => request<undefined>("DELETE", at("jobs", job)),

  // Connections
  connectionKinds: async (options?: Options) =>
    (await request<Schemas["ConnectionKinds"]>("GET", at("connection-kinds"), undefined, options)).items,
  connections: (project: string, options?: Options) =>
    all<Schemas["Connection"]>(at("projects", project, "connections"), options),
  makeConnection: (project: string, body: Schemas["NewConnection"]) =>
    request<Schemas["Connection"]>("POST", at("projects", project, "connections"), body),
  changeConnection: (project: string, id: string, body: Schemas["ChangeConnection"]) =>
    request<Schemas["Connection"]>("PATCH", at("projects", project, "connections", id), body),
  removeConnection: (project: string, id: string) =>
    request<undefined>("DELETE", at("projects", project, "connections", id)),
  testConnection: (project: string, id: string) =>
    request<Schemas["ConnectionTest"]>("POST", at("projects", project, "connections", id, "test"), {}),
  databaseSchema: (project: string, id: string, anew: boolean, options?: Options) =>
    request<Schemas["DatabaseSchema"]>(
      "GET",
      `${at("projects", project, "connections", id, "schema")}${anew ? "?anew=1" : ""}`,
      undefined,
      options,
    ),
  databaseRows: (project: string, id: string, place: { schema: string; table: string }, options?: Options) => {
    const path = at("projects", project, "connections", id, "rows");
    return request<Schemas["DatabaseRows"]>("GET", `${path}?${new URLSearchParams(place)}`, undefined, options);
  },
  objects: (
    project: string,
    id: string,
    place: { readonly bucket: string; readonly prefix: string } | null,
    after: string | null,
    options?: Options,
  ) => {
    const asked = new URLSearchParams(place === null ? {} : { bucket: place.bucket, prefix: place.prefix });
    if (after !== null) asked.set("after", after);
    const path = at("projects", project, "connections", id, "objects");
    return request<Schemas["StoreListing"]>("GET", `${path}?${asked.toString()}`, undefined, options);
  },
  previewObject: (project: string, id: string, bucket: string, key: string, options?: Options) => {
    const asked = new URLSearchParams({ bucket, key });
    const path = at("projects", project, "connections", id, "objects", "preview");
    return request<Schemas["ObjectPreview"]>("GET", `${path}?${asked.toString()}`, undefined, options);
  },
  objectLink: (project: string, id: string, body: Schemas["AskObjectLink"]) =>
    request<Schemas["ObjectLink"]>("POST", at("projects", project, "connections", id, "objects", "link"), body),
  putObject: (project: string, id: string, body: Schemas["UploadObject"]) =>
    request<undefined>("PUT", at("projects", project, "connections", id, "objects"), body),
  connectionEvents: async (project: string, id: string, options?: Options) =>
    (
      await request<Schemas["ConnectionEvents"]>(
        "GET",
        at("projects", project, "connections", id, "events"),
        undefined,
        options,
      )
    ).items,

  // Git
  git: (project: string, options?: Options) =>
    request<Schemas["Git"]>("GET", at("projects", project, "git"), undefined, options),
  connectGit: (project: string, body: Schemas["GitSource"]) =>
    request<Schemas["Git"]>("POST", at("projects", project, "git"), body),
  changeGit: (project: string, body: Schemas["ChangeGit"]) =>
    request<Schemas["Git"]>("PATCH", at("projects", project, "git"), body),
  disconnectGit: (project: string) => request<undefined>("DELETE", at("projects", project, "git")),
  gitDiff: (project: string, path: string, commit: string | null, options?: Options) =>
    request<Schemas["GitDiff"]>(
      "GET",
      `${at("projects", project, "git", "diff")}?path=${encodeURIComponent(path)}${commit === null ? "" : `&commit=${commit}`}`,
      undefined,
      options,
    ),
  gitHistory: (project: string, skip: number, options?: Options) =>
    request<Schemas["GitHistory"]>(
      "GET",
      `${at("projects", project, "git", "history")}?skip=${skip}`,
      undefined,
      options,
    ),
  gitCommitFiles: (project: string, commit: string, options?: Options) =>
    all<Schemas["GitChange"]>(at("projects", project, "git", "commits", commit), options),
  gitBranches: (project: string, options?: Options) =>
    request<Schemas["GitBranches"]>("GET", at("projects", project, "git", "branches"), undefined, options),
  makeGitBranch: (project: string, name: string) =>
    request<undefined>("POST", at("projects", project, "git", "branches"), { name }),
  switchGitBranch: (project: string, branch: string) =>
    request<undefined>("POST", at("projects", project, "git", "switch"), { branch }),
  commitGit: (project: string, body: Schemas["NewCommit"]) =>
    request<Schemas["MadeCommit"]>("POST", at("projects", project, "git", "commit"), body),
  pushGit: (project: string) => request<Schemas["Pushed"]>("POST", at("projects", project, "git", "push")),
  fetchGit: (project: string) => request<undefined>("POST", at("projects", project, "git", "fetch")),
  pullGit: (project: string, answers: Schemas["PullGit"]) =>
    request<Schemas["PulledGit"]>("POST", at("projects", project, "git", "pull"), answers),
  cloneGit: (project: string) => request<undefined>("POST", at("projects", project, "git", "clone")),
  stopGit: (project: string) => request<undefined>("DELETE", at("projects", project, "git", "work")),
  gitIgnore: (project: string, options?: Options) =>
    request<Schemas["GitIgnore"]>("GET", at("projects", project, "git", "ignore"), undefined, options),
  setGitIgnore: (project: string, text: string) =>
    request<undefined>("PUT", at("projects", project, "git", "ignore"), { text }),
  giveGitAccess: (project: string, body: Schemas["GiveGitAccess"]) =>
    request<undefined>("PUT", at("projects", project, "git", "access"), body),
  gitHost: (project: string) => request<Schemas["GitHost"]>("POST", at("projects", project, "git", "host")),
  acceptGitHost: (project: string, key: string) =>
    request<undefined>("PUT", at("projects", project, "git", "host"), { key }),

  // Notebooks
  /** The notebooks of all projects that were edited last. */
  latestNotebooks: async (limit: number, options?: Options): Promise<NotebookSummary[]> =>
    (await request<Schemas["Page_NotebookSummary_"]>("GET", `${at("notebooks")}?limit=${limit}`, undefined, options))
      .items,
  notebooks: (project: string, options?: Options) =>
    all<NotebookSummary>(at("projects", project, "notebooks"), options),
  bin: (project: string, options?: Options) =>
    all<NotebookSummary>(`${at("projects", project, "notebooks")}?deleted=true`, options),
  makeNotebook: (project: string, body: Schemas["NewNotebook"]) =>
    request<Schemas["MadeNotebook"]>("POST", at("projects", project, "notebooks"), body),
  importFile: (project: string, body: Schemas["NotebookFile"], onProgress: (share: number) => void) =>
    upload<Schemas["MadeNotebooks"]>(at("projects", project, "imports"), body, onProgress),
  changeNotebook: (id: string, body: Schemas["ChangeNotebook"]) => request<unknown>("PATCH", at("notebooks", id), body),
  ipynbAddress: (id: string) => at("notebooks", id, "ipynb"),
  exportAddress: (id: string, format: "py" | "deepnote" | "md" | "html") => at("notebooks", id, "export", format),

  // Comments
  comment: (notebook: string, body: Schemas["NewComment"]) =>
    request<Schemas["CommentThread"]>("POST", at("notebooks", notebook, "comments"), body),
  replyToComment: (notebook: string, thread: string, body: Schemas["NewReply"]) =>
    request<Schemas["CommentThread"]>("POST", at("notebooks", notebook, "comments", thread), body),
  resolveComment: (notebook: string, thread: string, resolved: boolean) =>
    request<Schemas["CommentThread"]>("PATCH", at("notebooks", notebook, "comments", thread), { resolved }),
  changeComment: (notebook: string, thread: string, message: string, body: Schemas["NewReply"]) =>
    request<Schemas["CommentThread"]>(
      "PATCH",
      at("notebooks", notebook, "comments", thread, "messages", message),
      body,
    ),
  deleteComment: (notebook: string, thread: string, message: string) =>
    request<undefined>("DELETE", at("notebooks", notebook, "comments", thread, "messages", message)),
  commentsRead: (notebook: string) =>
    request<Schemas["CommentsReading"]>("GET", at("notebooks", notebook, "comments-read")),
  readComments: (notebook: string, until: string) =>
    request<undefined>("PUT", at("notebooks", notebook, "comments-read"), { at: until }),

  // Versions
  versions: (notebook: string, options?: Options) =>
    all<Schemas["NotebookVersion"]>(at("notebooks", notebook, "versions"), options),
  keepVersion: (notebook: string, name: string) =>
    request<Schemas["NotebookVersion"]>("POST", at("notebooks", notebook, "versions"), { name }),
  compareVersion: (notebook: string, version: string, options?: Options) =>
    request<Schemas["ComparedVersion"]>("GET", at("notebooks", notebook, "versions", version), undefined, options),
  restoreVersion: (notebook: string, version: string, cells: readonly string[] | null) =>
    request<Schemas["RestoredVersion"]>("POST", at("notebooks", notebook, "versions", version, "restore"), { cells }),

  // Files: `address` is a path as the server encodes it, empty for the project's own folder
  folder: (project: string, address: string, cursor: string | null, options?: Options) =>
    request<FolderListing>(
      "GET",
      `${fileAddress(project, address)}${cursor === null ? "" : `?cursor=${encodeURIComponent(cursor)}`}`,
      undefined,
      options,
    ),
  folderMarks: async (project: string, folders: readonly string[], options?: Options) => {
    const query = new URLSearchParams(folders.map((folder) => ["folder", folder]));
    return (
      await request<Schemas["FolderMarks"]>(
        "GET",
        `${at("projects", project, "folder-marks")}?${query.toString()}`,
        undefined,
        options,
      )
    ).items;
  },
  textFile: (project: string, address: string, options?: Options) =>
    request<Schemas["TextFile"]>("GET", `${at("projects", project, "texts")}/${address}`, undefined, options),
  search: (query: string, options?: Options) =>
    request<Schemas["SearchFound"]>("GET", `/api/search?${query}`, undefined, options),
  unpack: (project: string, address: string) =>
    request<Schemas["UnpackedArchive"]>("POST", `${at("projects", project, "unpacked")}/${address}`),
  filesUsage: (project: string, options?: Options) =>
    request<Schemas["FilesUsage"]>("GET", at("projects", project, "files-usage"), undefined, options),
  makeFolder: (project: string, path: string) =>
    request<FileEntry>("POST", at("projects", project, "folders"), { path }),
  moveFile: (project: string, address: string, body: Schemas["MoveFile"]) =>
    request<FileEntry>("PATCH", fileAddress(project, address), body),
  deleteFile: (project: string, address: string) =>
    request<Schemas["DeletedFile"]>("DELETE", fileAddress(project, address)),
  deletedFiles: (project: string, options?: Options) =>
    all<Schemas["DeletedFile"]>(at("projects", project, "deleted-files"), options),
  restoreFile: (project: string, id: string) =>
    request<FileEntry>("PATCH", at("projects", project, "deleted-files", id), { deleted: false }),
  emptyFilesBin: (project: string) => request<undefined>("DELETE", at("projects", project, "deleted-files")),
  forgetUpload: (project: string, id: string) => request<undefined>("DELETE", at("projects", project, "uploads", id)),

  // Tables in the kernel
  askFrame: (notebook: string, table: string, question: Schemas["FrameQuestion"], options?: Options) =>
    request<Schemas["FrameAnswer"]>("POST", at("notebooks", notebook, "frames", table, "ask"), question, options),
  frames: (notebook: string, options?: Options) =>
    request<Schemas["DatabaseSchema"]>("GET", at("notebooks", notebook, "frames"), undefined, options),
  frameExport: (notebook: string, table: string) => at("notebooks", notebook, "frames", table, "export"),

  // Hardware
  hardware: (notebook: string, options?: Options) =>
    request<Schemas["HardwareChoices"]>(
      "GET",
      `${at("hardware")}?notebook=${encodeURIComponent(notebook)}`,
      undefined,
      options,
    ),
  chooseHardware: (project: string, hardware: string | null) =>
    request<Schemas["ChosenHardware"]>("PUT", at("projects", project, "hardware"), { class: hardware }),

  saved: async (notebook: string, options?: Options) =>
    (await request<Schemas["SavedSets"]>("GET", at("notebooks", notebook, "kernel", "saved"), undefined, options))
      .saved,
  keepable: (notebook: string, options?: Options) =>
    request<Schemas["KeepableVariables"]>("GET", at("notebooks", notebook, "kernel", "variables"), undefined, options),

  variables: (notebook: string) => request<Schemas["VariableList"]>("GET", at("notebooks", notebook, "variables")),
  variableChildren: (notebook: string, path: readonly (string | number)[], start: number) =>
    request<Schemas["VariableChildren"]>("POST", at("notebooks", notebook, "variables", "children"), { path, start }),
  seriesPoints: (notebook: string, path: readonly (string | number)[]) =>
    request<Schemas["SeriesPoints"]>("POST", at("notebooks", notebook, "variables", "points"), { path }),
  deleteVariable: (notebook: string, name: string) =>
    request<undefined>("DELETE", at("notebooks", notebook, "variables", "named", name)),

  // The site
  users: (options?: Options) => all<Schemas["SiteUser"]>(at("admin", "users"), options),
  changeUser: (id: string, body: Schemas["ChangeSiteUser"]) =>
    request<Schemas["SiteUser"]>("PATCH", at("admin", "users", id), body),
  makePasswordLink: (id: string) =>
    request<Schemas["MadePasswordLink"]>("POST", at("admin", "users", id, "password-link")),
  setPassword: (body: Schemas["NewPassword"]) => request<Me>("POST", at("password"), body),
  makeUser: (body: Schemas["NewAccount"]) => request<Me>("POST", at("admin", "users"), body),
  catalogue: (options?: Options) => request<HardwareCatalogue>("GET", at("admin", "hardware"), undefined, options),
  makeClass: (body: NewHardwareClass) => request<HardwareClass>("POST", at("admin", "hardware"), body),
  changeClass: (id: string, body: Partial<Omit<NewHardwareClass, "id">>) =>
    request<HardwareClass>("PATCH", at("admin", "hardware", id), body),
  removeClass: (id: string) => request<Schemas["RemovedHardware"]>("DELETE", at("admin", "hardware", id)),
  arrangeClasses: (order: string[]) => request<HardwareCatalogue>("PUT", at("admin", "hardware"), { order }),
  checkClass: (body: NewHardwareClass, options?: Options) =>
    request<Schemas["HardwareFaults"]>("POST", at("admin", "hardware-check"), body, options),
  classFile: () => request<Schemas["HardwareText"]>("GET", at("admin", "hardware-file")),
  importClasses: (toml: string, apply: boolean, options?: Options) =>
    request<Schemas["HardwareImport"]>("POST", at("admin", "hardware-file"), { toml, apply }, options),
  groups: async (options?: Options) =>
    (await request<Schemas["Groups"]>("GET", at("admin", "groups"), undefined, options)).items,
  makeGroup: (body: Schemas["NewGroup"]) => request<Schemas["Group"]>("POST", at("admin", "groups"), body),
  changeGroup: (id: string, body: Schemas["ChangeGroup"]) =>
    request<Schemas["Group"]>("PATCH", at("admin", "groups", id), body),
  removeGroup: (id: string) => request<undefined>("DELETE", at("admin", "groups", id)),
  audit: (kind: string | null, cursor: string | null, options?: Options) => {
    const asked = new URLSearchParams({ limit: "50" });
    if (kind !== null) asked.set("kind", kind);
    if (cursor !== null) asked.set("cursor", cursor);
    return request<Schemas["Page_AuditEntry_"]>(
      "GET",
      `${at("admin", "audit")}?${asked.toString()}`,
      undefined,
      options,
    );
  },
  kernels: (options?: Options) => request<Schemas["SiteKernels"]>("GET", at("admin", "kernels"), undefined, options),
  nudge: (id: string) => request<Schemas["Nudged"]>("POST", at("admin", "kernels", id, "nudge"), {}),
  stopKernel: (id: string) => request<undefined>("DELETE", at("admin", "kernels", id)),
};
