"""What is worth a person's attention, when it is told, and how it gets to them.

Pure but for `leeway.alerts.delivery`, where apprise sends. What happened to a model is gathered by `leeway.telling`.
"""
