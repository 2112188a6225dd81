"""People, documents and the rules between them. Knows no kernel, no database and no web server."""
