"""The command line. Every command collects plain facts, then spells them as JSON or shows them to a person.

Modules that define commands do without postponed annotations: typer reads the annotations when a command is called.
Nothing but typer is imported before a command runs, so that help and shell completion answer at once.
"""
