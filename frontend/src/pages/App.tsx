import { QueryCache, QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense, type ComponentType } from "react";
import { Route, Switch } from "wouter";
import { ApiError } from "../wire/http";
import { meQuery } from "../wire/queries";
import { fetchCode } from "../ui/code/fetchCode";
import { Toasts } from "../ui/Toast";
import { TooltipGroup } from "../ui/Tooltip";
import { ErrorBoundary } from "./shell/ErrorBoundary";
import { PageSkeleton } from "./shell/PageSkeleton";

const page = <Props,>(load: () => Promise<{ default: ComponentType<Props> }>) => lazy(() => fetchCode(load));

const pages = {
  setup: page(() => import("./setup/SetupPage")),
  login: page(() => import("./login/LoginPage")),
  join: page(() => import("./join/JoinPage")),
  link: page(() => import("./link/LinkPage")),
  password: page(() => import("./password/PasswordPage")),
  projects: page(() => import("./projects/ProjectsPage")),
  project: page(() => import("./project/ProjectPage")),
  search: page(() => import("./search/SearchPage")),
  text: page(() => import("./text/TextPage")),
  notebook: page(() => import("./notebook/NotebookPage")),
  account: page(() => import("./account/AccountPage")),
  adminUsers: page(() => import("./adminUsers/AdminUsersPage")),
  adminGroups: page(() => import("./adminGroups/AdminGroupsPage")),
  adminHardware: page(() => import("./adminHardware/AdminHardwarePage")),
  adminKernels: page(() => import("./adminKernels/AdminKernelsPage")),
  adminAudit: page(() => import("./adminAudit/AdminAuditPage")),
  notFound: page(() => import("./notFound/NotFoundPage")),
};

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
