import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, type ComponentType } from "react";
import { Route, Switch } from "wouter";
import { ApiError } from "../wire/http";
import { meQuery } from "../wire/queries";
import { Toasts } from "../ui/Toast";
import { TooltipGroup } from "../ui/Tooltip";
import { ErrorBoundary } from "./shell/ErrorBoundary";
import { PageSkeleton } from "./shell/PageSkeleton";

const pages = {
  setup: lazy(() => import("./setup/SetupPage")),
  login: lazy(() => import("./login/LoginPage")),
  join: lazy(() => import("./join/JoinPage")),
  link: lazy(() => import("./link/LinkPage")),
  password: lazy(() => import("./password/PasswordPage")),
  projects: lazy(() => import("./projects/ProjectsPage")),
  project: lazy(() => import("./project/ProjectPage")),
  search: lazy(() => import("./search/SearchPage")),
  text: lazy(() => import("./text/TextPage")),
  notebook: lazy(() => import("./notebook/NotebookPage")),
  account: lazy(() => import("./account/AccountPage")),
  adminUsers: lazy(() => import("./adminUsers/AdminUsersPage")),
  adminGroups: lazy(() => import("./adminGroups/AdminGroupsPage")),
  adminHardware: lazy(() => import("./adminHardware/AdminHardwarePage")),
  adminKernels: lazy(() => import("./adminKernels/AdminKernelsPage")),
  adminAudit: lazy(() => import("./adminAudit/AdminAuditPage")),
  notFound: lazy(() => import("./notFound/NotFoundPage")),
} satisfies Record<string, ComponentType | ReturnType<typeof lazy>>;

const client = new QueryClient({
  queryCache: new QueryCache({
    // The session has ended elsewhere: the page goes to the sign-in and comes back here after it.
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) client.setQueryData(meQuery.queryKey, null);
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retryDelay: (failures) => 500 * 2 ** failures,
      // A refusal stays a refusal; only a lost connection and a stumbling server are worth asking again.
      retry: (failures, error) =>
        failures < 2 && error instanceof ApiError && (error.status === 0 || error.status >= 500),
    },
  },
});

/** The application: which page stands at which address. */
export function App() {
  return (
    <QueryClientProvider client={client}>
      <TooltipGroup>
        <ErrorBoundary>
          <Suspense fallback={<PageSkeleton />}>
            <Switch>
              <Route path="/" component={pages.projects} />
              <Route path="/setup" component={pages.setup} />
              <Route path="/login" component={pages.login} />
              <Route path="/join" component={pages.join} />
              <Route path="/link" component={pages.link} />
              <Route path="/password" component={pages.password} />
              <Route path="/p/:id">{({ id }) => <pages.project key={id} id={id} />}</Route>
              <Route path="/p/:id/files/*">
                {({ id }) => {
                  const address = window.location.pathname.split("/").slice(4).join("/");
                  return <pages.text key={id} project={id} address={address} />;
                }}
              </Route>
              <Route path="/n/:id">{({ id }) => <pages.notebook key={id} id={id} />}</Route>
              <Route path="/search" component={pages.search} />
              <Route path="/account" component={pages.account} />
              <Route path="/admin/users" component={pages.adminUsers} />
              <Route path="/admin/groups" component={pages.adminGroups} />
              <Route path="/admin/hardware" component={pages.adminHardware} />
              <Route path="/admin/kernels" component={pages.adminKernels} />
              <Route path="/admin/audit" component={pages.adminAudit} />
              <Route component={pages.notFound} />
            </Switch>
          </Suspense>
        </ErrorBoundary>
        <Toasts />
      </TooltipGroup>
    </QueryClientProvider>
  );
}
