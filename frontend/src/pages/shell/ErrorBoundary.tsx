import { t } from "@lingui/core/macro";
import { Component, type ReactNode } from "react";
import { Problem } from "./Problem";

interface State {
  error: unknown;
  failed: boolean;
}

/** Shows a page of words where a page of code failed. The notebook's text lives on the server, so nothing is lost. */
export class ErrorBoundary extends Component<{ children: ReactNode }, State> {
  override state: State = { error: null, failed: false };

  static getDerivedStateFromError(error: unknown): State {
    return { error, failed: true };
  }

  override render(): ReactNode {
    if (!this.state.failed) return this.props.children;
    return (
      <main className="flex min-h-dvh items-center justify-center">
        <Problem error={this.state.error} onRetry={() => window.location.reload()} retry={t`Reload the page`} />
      </main>
    );
  }
}
