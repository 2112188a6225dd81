"""Projects that belong to a repository: their notebooks as its files, and its changes as edits of them."""
