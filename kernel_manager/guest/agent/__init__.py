"""The agent: answers questions about the variables while a cell runs, on a subshell of its own."""
