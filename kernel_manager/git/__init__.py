"""Git for projects: addresses and names that may reach it, where it runs, and its words as ours."""
