"""Imports in cells, the distributions they mean, and the lines of requirements.txt that follow.

Pure: text and facts go in, answers come out. Nothing here runs or imports a person's code, asks an index, or
knows the server; `sources` reads files and `installed` asks an interpreter, for the commands and the server.
"""
