"""The rules of one open notebook: what runs, what waits, what a kernel's word changes.

`decide` answers a person's command, `observe` takes in what a kernel said,
`resume` rebuilds the session after the server was restarted. All three are
pure: they return the next state and a list of effects, and know no clock, no
document, no kernel and no database.
"""
